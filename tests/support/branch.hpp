// SPDX-License-Identifier: Apache-2.0
//
// A second office, whose data came from the first one, and the relay that carries edits between
// them over a link that fails when it is told to.

#pragma once

#include "runtime/server/publish_data_set.hpp"
#include "sync/client/relay_ladder.hpp"
#include "tests/support/loopback.hpp"

#include <functional>
#include <memory>
#include <optional>
#include <string>

namespace rhumb::test {

std::string content_of(Office& office, std::string_view layer);

class Branch {
public:
    /// Takes the first office's data, lets `edit` work in them, and publishes them.
    Branch(Office& home, wire::SyncModel model,
           const std::function<void(geodb::Geodatabase&)>& edit = {},
           sync::CreateOptions options = {});
    /// The same in copies of both offices, which were closed.
    Branch(Office& home, const Branch& frozen);

    Office& office() { return *office_; }
    const std::string& replica() const { return replica_; }
    LoopbackTransport& link() { return *link_; }
    /// Relays go over this from now on, which goes over link().
    void go_over(http::Transport& transport) { over_ = &transport; }
    std::string content(std::string_view layer) { return content_of(*office_, layer); }
    /// SQL in the branch's file, whose service is started anew.
    void rule(const std::string& sql);

    /// From the first office to the branch, and back.
    sync::SyncReport carry_out(sync::RelayOptions options = {});
    sync::SyncReport carry_home(sync::RelayOptions options = {});
    /// How many requests an undisturbed carry_out makes.
    int requests_out();
    /// The relay's own file is lost.
    void forget_state();
    std::filesystem::path state_path() const { return office_->folder() / "relay.gpkg"; }
    /// As if the relay had died; `while_dead` is called in between.
    void restart_state(const std::function<void()>& while_dead = {});
    void close();

    static constexpr const char* kUrl =
        "http://branch.test/arcgis/rest/services/field/FeatureServer";

private:
    sync::SyncReport carry(sync::RelayOptions options);

    Office& home_;
    std::unique_ptr<Office> office_;
    std::unique_ptr<LoopbackTransport> link_;
    http::Transport* over_ = nullptr;
    std::unique_ptr<geodb::Geodatabase> state_;
    std::string replica_;
};

}  // namespace rhumb::test
