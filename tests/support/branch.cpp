// SPDX-License-Identifier: Apache-2.0
#include "tests/support/branch.hpp"

#include "platform/http/url.hpp"
#include "sync/replica/replica_store.hpp"
#include "tests/support/catch.hpp"

namespace rhumb::test {

using namespace geodb;

std::string content_of(Office& office, std::string_view layer) {
    Geodatabase file = office.open_file();
    return content(file, layer);
}

Branch::Branch(Office& home, wire::SyncModel model, const std::function<void(Geodatabase&)>& edit,
               sync::CreateOptions options)
    : home_(home) {
    Device surveyor(home, "branch");
    options.model = model;
    options.target = wire::TargetType::Server;
    surveyor.join(options);
    replica_ = sync::ReplicaStore(surveyor.file()).load().id.value();
    if (edit) edit(surveyor.file());
    surveyor.close();
    office_ = std::make_unique<Office>();
    office_->restart([&] {
        std::filesystem::copy_file(surveyor.path(), office_->file(),
                                   std::filesystem::copy_options::overwrite_existing);
        runtime::publish_data_set(office_->file(), office_->world().world());
    });
    link_ = std::make_unique<LoopbackTransport>(home_);
    link_->reach("branch.test", *office_);
    restart_state();
}

Branch::Branch(Office& home, const Branch& frozen)
    : home_(home), office_(std::make_unique<Office>(*frozen.office_)), replica_(frozen.replica_) {
    link_ = std::make_unique<LoopbackTransport>(home_);
    link_->reach("branch.test", *office_);
    restart_state();
}

void Branch::close() {
    state_.reset();
    office_->close();
}

void Branch::restart_state(const std::function<void()>& while_dead) {
    state_.reset();
    if (while_dead) while_dead();
    const bool there = std::filesystem::exists(state_path());
    state_ = std::make_unique<Geodatabase>(
        there ? Geodatabase::open(state_path(), office_->world().world())
              : Geodatabase::create(state_path(), office_->world().world()));
}

void Branch::forget_state() {
    restart_state([this] { std::filesystem::remove(state_path()); });
}

void Branch::rule(const std::string& sql) {
    office_->open_file().database().execute(sql);
    office_->restart();
}

sync::SyncReport Branch::carry(sync::RelayOptions options) {
    options.replica = replica_;
    const auto ladder = sync::relay_ladder(*state_, options, nullptr);
    http::Transport& transport = over_ != nullptr ? *over_ : *link_;
    return sync::climb(*ladder, transport, {}, [](std::int64_t) {});
}

sync::SyncReport Branch::carry_out(sync::RelayOptions options) {
    options.source_url = Office::kUrl;
    options.target_url = kUrl;
    return carry(options);
}

sync::SyncReport Branch::carry_home(sync::RelayOptions options) {
    options.source_url = kUrl;
    options.target_url = Office::kUrl;
    return carry(options);
}

int Branch::requests_out() {
    const int before = link_->requests();
    carry_out();
    return link_->requests() - before;
}

}  // namespace rhumb::test
