// SPDX-License-Identifier: Apache-2.0
//
// Cuts where jobs and upload items carry a synchronization: once for every request and every way a
// link or an end can fail at it, and once for every store of the device.
#include "platform/error.hpp"
#include "sync/replica/replica_store.hpp"
#include "tests/support/catch.hpp"
#include "tests/support/loopback.hpp"

#include <functional>
#include <iostream>

using namespace rhumb;
using namespace rhumb::geodb;
using namespace rhumb::test;
using wire::SyncModel;

namespace {

const std::vector<LinkFault> kFaults{
    LinkFault::RequestLost, LinkFault::AnswerLost, LinkFault::AnswerCut, LinkFault::Garbage,
    LinkFault::Html,        LinkFault::BadGateway, LinkFault::Killed,    LinkFault::ServiceKilled};

std::string identity(int n) {
    const std::string digits = std::to_string(n);
    return "{00000000-0000-4000-8000-" + std::string(12 - digits.size(), '0') + digits + "}";
}

/// The same field day every time, large enough for some parts.
struct FieldDay {
    Office office;
    Device ana{office, "ana"};
    std::vector<GlobalId> trees;

    FieldDay() {
        for (int i = 0; i < 6; ++i) {
            trees.push_back(office.add(
                "trees", {{"global_id", identity(i)}, {"species", "tree " + std::to_string(i)}},
                point(i, i)));
        }
    }
    FieldDay& joined() {
        ana.join();
        for (int i = 100; i < 110; ++i) {
            ana.add("trees", {{"global_id", identity(i)}, {"species", "ana's"}}, point(i, 7));
        }
        ana.add("visits", {{"global_id", identity(8)}, {"note", "seen"}});
        ana.update("trees", trees[0], {{"species", "ana 0"}});
        ana.erase("trees", trees[2]);
        office.update("trees", trees[3], {{"species", "office 3"}});
        office.erase("trees", trees[4]);
        return *this;
    }
    std::string office_content() {
        Geodatabase served = office.open_file();
        return content(served, "trees") + content(served, "visits");
    }
    std::string ana_content() {
        return content(ana.file(), "trees") + content(ana.file(), "visits");
    }
    std::size_t replicas() { return office.get("/replicas").array()->size(); }
    std::int64_t generations() {
        Geodatabase served = office.open_file();
        return served.database().int64_of("SELECT count(*) FROM rhumb_changeset").value_or(0);
    }
};

sync::SyncOptions by_item(bool async) {
    sync::SyncOptions options;
    options.async = async;
    options.most_inline_bytes = 100;
    options.part_bytes = 120;
    return options;
}

sync::SyncOptions by_job() {
    sync::SyncOptions options;
    options.async = true;
    return options;
}

/// Synchronizes undisturbed, then with each fault at each request; all must end alike.
int cut_everywhere(const sync::SyncOptions& options, const std::string& must_ask,
                   const std::vector<LinkFault>& faults = kFaults) {
    FieldDay undisturbed;
    undisturbed.joined();
    const int before = undisturbed.ana.link().requests();
    undisturbed.ana.sync(options);
    const int requests = undisturbed.ana.link().requests() - before;
    const std::string expected = undisturbed.office_content();
    const std::int64_t generations = undisturbed.generations();
    REQUIRE(undisturbed.ana_content() == expected);
    bool asked = false;
    for (const std::string& line : undisturbed.ana.link().log()) {
        asked |= line.find(must_ask) != std::string::npos;
    }
    REQUIRE(asked);
    int cuts = 0;
    for (int n = 0; n < requests; ++n) {
        for (const LinkFault fault : faults) {
            INFO("request " << n << ", " << name_of(fault));
            FieldDay day;
            day.joined();
            day.ana.link().fail_at(n, fault);
            day.ana.sync_stubbornly(options);
            CHECK(day.office_content() == expected);
            CHECK(day.ana_content() == expected);
            CHECK(day.ana.pending() == 0);
            CHECK(day.generations() == generations);
            CHECK_FALSE(std::filesystem::exists(day.office.folder() / "ana.gpkg.sync-edits"));
            ++cuts;
        }
    }
    return cuts;
}

/// The device dies after each of its stores in turn.
int kill_after_every_store(const sync::SyncOptions& options) {
    FieldDay undisturbed;
    undisturbed.joined().ana.sync(options);
    const std::string expected = undisturbed.office_content();
    for (int stores = 1;; ++stores) {
        INFO("killed after " << stores << " answers");
        FieldDay day;
        day.joined();
        {
            const auto ladder = sync::synchronize_ladder(day.ana.file(), options, nullptr);
            auto request = ladder->next_request();
            for (int n = 0; request && n < stores; ++n) {
                ladder->take_result(day.ana.link().send(*request, {}));
                request = ladder->next_request();
            }
            if (!request) return stores - 1;
        }
        day.ana.restart();
        day.ana.sync(options);
        CHECK(day.office_content() == expected);
        CHECK(day.ana_content() == expected);
        CHECK(day.generations() == undisturbed.generations());
    }
}

}  // namespace

TEST_CASE("a synchronization by jobs survives a cut at every request", "[sync][cut][job]") {
    const int cuts = cut_everywhere(by_job(), "/jobs/");
    std::cout << "cuts of a synchronization by jobs: " << cuts << "\n";
}

TEST_CASE("an upload by parts survives a cut at every request", "[sync][cut][upload]") {
    const int cuts = cut_everywhere(by_item(false), "/uploadPart");
    std::cout << "cuts of an upload by parts: " << cuts << "\n";
    CHECK(cuts >= 80);
}

TEST_CASE("an upload by parts for a job survives a cut at every request",
          "[sync][cut][upload][job]") {
    const int cuts =
        cut_everywhere(by_item(true), "/uploadPart",
                       {LinkFault::AnswerLost, LinkFault::Killed, LinkFault::ServiceKilled});
    std::cout << "cuts of an upload by parts for a job: " << cuts << "\n";
}

TEST_CASE(
    "a device that dies after every store finishes its upload by parts, and sends no part "
    "that is there",
    "[sync][cut][upload]") {
    CHECK(kill_after_every_store(by_item(false)) > 5);
    CHECK(kill_after_every_store(by_item(true)) > 5);
    CHECK(kill_after_every_store(by_job()) > 3);
    FieldDay day;
    day.joined();
    {
        const auto ladder = sync::synchronize_ladder(day.ana.file(), by_item(false), nullptr);
        for (int n = 0; n < 7; ++n) {
            ladder->take_result(day.ana.link().send(*ladder->next_request(), {}));
        }
    }
    day.ana.restart();
    day.ana.sync(by_item(false));
    int registered = 0;
    int parts = 0;
    for (const std::string& line : day.ana.link().log()) {
        registered += line.find("/register") != std::string::npos ? 1 : 0;
        parts += line.find("/uploadPart") != std::string::npos ? 1 : 0;
    }
    FieldDay plain;
    plain.joined().ana.sync(by_item(false));
    int plain_parts = 0;
    for (const std::string& line : plain.ana.link().log()) {
        plain_parts += line.find("/uploadPart") != std::string::npos ? 1 : 0;
    }
    CHECK(registered == 1);
    CHECK(parts == plain_parts);
}

TEST_CASE("an item that the service has dropped is brought anew", "[sync][upload]") {
    FieldDay day;
    day.joined();
    {
        const auto ladder = sync::synchronize_ladder(day.ana.file(), by_item(false), nullptr);
        for (int n = 0; n < 6; ++n) {
            ladder->take_result(day.ana.link().send(*ladder->next_request(), {}));
        }
    }
    std::filesystem::remove_all(day.office.folder() / "uploads");
    day.office.restart();
    day.ana.restart();
    day.ana.sync(by_item(false));
    CHECK(day.ana_content() == day.office_content());
    CHECK(day.ana.pending() == 0);
}

TEST_CASE(
    "the creation of a replica by a job survives a cut at every request and leaves one "
    "replica behind",
    "[sync][cut][job]") {
    FieldDay undisturbed;
    undisturbed.ana.join();
    const int requests = undisturbed.ana.link().requests();
    const std::string expected = undisturbed.office_content();
    int cuts = 0;
    for (int n = 0; n < requests; ++n) {
        for (const LinkFault fault : kFaults) {
            INFO("request " << n << ", " << name_of(fault));
            FieldDay day;
            day.ana.link().fail_at(n, fault);
            try {
                day.ana.join();
            } catch (const DeviceKilled&) {
                day.ana.restart();
                sync::climb(*sync::resume_create_ladder(day.ana.file(), nullptr), day.ana.link(),
                            {}, [](std::int64_t) {});
                day.ana.file().reload();
            }
            while (day.office.services().run_next_job()) continue;
            CHECK(day.ana_content() == expected);
            CHECK(day.replicas() == 1);
            ++cuts;
        }
    }
    std::cout << "cuts of a creation by a job: " << cuts << "\n";
}

namespace {

/// A service behind a door that lets no large form in.
class NarrowDoor final : public http::Transport {
public:
    explicit NarrowDoor(http::Transport& link) : link_(link) {}
    http::TransportResult send(const http::TransportRequest& request,
                               const CancelToken& cancel) override {
        if (request.body.size() > 1500) return http::error_response(413, "too large");
        return link_.send(request, cancel);
    }

private:
    http::Transport& link_;
};

}  // namespace

TEST_CASE("edits that are too large for a call go up as an item, where the service takes one",
          "[sync][upload]") {
    FieldDay day;
    day.joined();
    NarrowDoor door(day.ana.link());
    sync::SyncOptions options;
    options.part_bytes = 500;
    const auto ladder = sync::synchronize_ladder(day.ana.file(), options, nullptr);
    sync::climb(*ladder, door, {}, [](std::int64_t) {});
    CHECK(day.ana_content() == day.office_content());
    CHECK(day.ana.pending() == 0);
}
