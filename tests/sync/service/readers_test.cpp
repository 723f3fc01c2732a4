// SPDX-License-Identifier: Apache-2.0
//
// Readers beside the writer: nobody who asks waits for somebody who edits, and connections are
// used again.
#include "tests/support/catch.hpp"
#include "tests/support/office.hpp"

#include <chrono>
#include <filesystem>
#include <future>
#include <thread>

using namespace rhumb;
using namespace rhumb::test;
using wire::Json;

namespace {

/// A service whose store a test may write to beside the requests.
struct OpenOffice {
    TempFolder folder;
    TestWorld world;
    std::unique_ptr<service::FeatureServices> services;
    service::Store* store = nullptr;

    OpenOffice() {
        {
            auto file = geodb::Geodatabase::create(folder / "field.gpkg", world.world());
            make_layer(file, trees_plan());
            add_feature(file, "trees", {{"species", geodb::Value{std::string("oak")}}},
                        point(1, 1));
        }
        service::ServerOptions options;
        options.result_folder = folder / "results";
        options.work_folder = folder.path();
        services = std::make_unique<service::FeatureServices>(options, world.clock);
        auto owned = std::make_unique<service::GpkgStore>(folder / "field.gpkg", world.world());
        store = owned.get();
        services->add("field", std::move(owned));
    }
    std::int64_t count() const {
        http::Request request;
        request.target =
            std::string(Office::kService) + "/0/query?where=1%3D1&returnCountOnly=true&f=json";
        const auto answer = services->handle(request);
        return at(wire::parse_json(answer.text(), "answer"), "count").as_int64("count");
    }
    std::unique_ptr<service::StoreTransaction> edit() {
        auto transaction = store->write();
        const service::Layer& trees = store->layers().at(0);
        std::vector<geodb::Value> values(trees.column_count());
        values[trees.global_id_index()] = store_id();
        transaction->insert(trees.id, values, {});
        return transaction;
    }

private:
    geodb::Value store_id() { return Uuid::random(world.random).braced(); }
};

std::size_t open_descriptors() {
    std::size_t count = 0;
    for ([[maybe_unused]] const auto& entry :
         std::filesystem::directory_iterator("/proc/self/fd")) {
        ++count;
    }
    return count;
}

}  // namespace

TEST_CASE("queries are answered while a long write transaction is open", "[service][readers]") {
    OpenOffice office;
    auto writing = office.edit();
    std::vector<std::future<std::int64_t>> asked;
    for (int i = 0; i < 4; ++i) {
        asked.push_back(std::async(std::launch::async, [&] { return office.count(); }));
    }
    bool all_here = true;
    for (auto& answer : asked) {
        all_here =
            all_here && answer.wait_for(std::chrono::seconds(30)) == std::future_status::ready;
    }
    CHECK(all_here);
    if (!all_here) writing.reset();  // lets them go, so that the test can end
    for (auto& answer : asked) CHECK(answer.get() == 1);
    if (!writing) return;
    writing->commit({});
    writing.reset();
    CHECK(office.count() == 2);
}

TEST_CASE("what is read stays as it was while others write", "[service][readers]") {
    OpenOffice office;
    service::StoreQuery all;
    all.layer = office.store->layers().at(0).id;
    const auto before = office.store->snapshot();
    CHECK(before->count(all) == 1);
    auto writing = office.edit();
    writing->commit({});
    writing.reset();
    CHECK(before->count(all) == 1);
    CHECK(office.store->snapshot()->count(all) == 2);
}

TEST_CASE("a reader's connection serves the next request", "[service][readers]") {
    OpenOffice office;
    office.count();
    const std::size_t before = open_descriptors();
    for (int i = 0; i < 50; ++i) office.count();
    CHECK(open_descriptors() == before);
}
