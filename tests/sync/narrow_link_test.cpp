// SPDX-License-Identifier: Apache-2.0
//
// A link that drops after so many bytes, over and over: what is longer goes up in pieces that get
// through, what got through stays there, and what comes down goes on where it broke.
#include "tests/support/narrow_link.hpp"
#include "geodb/sqlite/transaction.hpp"
#include "tests/support/catch.hpp"
#include "tests/support/loopback.hpp"
#include "tests/support/photos.hpp"

#include <algorithm>

using namespace rhumb;
using namespace rhumb::geodb;
using namespace rhumb::test;

namespace {

/// Says no word of Rhumb's.
class PlainLink final : public http::Transport {
public:
    explicit PlainLink(http::Transport& link) : link_(link) {}
    http::TransportResult send(const http::TransportRequest& request,
                               const CancelToken& cancel) override {
        auto result = link_.send(request, cancel);
        if (auto* response = std::get_if<http::Response>(&result);
            response != nullptr && response->file() == nullptr) {
            std::string text(response->text());
            for (auto at = text.find("\"rhumb\":"); at != std::string::npos;
                 at = text.find("\"rhumb\":", at + 1)) {
                text.replace(at, 8, "\"other\":");
            }
            response->body = text;
        }
        return result;
    }

private:
    http::Transport& link_;
};

struct FarCrew {
    Office office;
    GlobalId oak = office.add("trees", {{"species", "oak"}}, point(1, 1));
    Device ana{office, "ana"};
    PlainLink plain{ana.link()};
    NarrowLink link{ana.link()};
    NarrowLink plain_link{plain};

    sync::SyncReport sync(NarrowLink& over, const sync::SyncOptions& options = {}) {
        const auto ladder = sync::synchronize_ladder(ana.file(), options, nullptr);
        return sync::climb(*ladder, over, {}, [](std::int64_t) {});
    }
    void join(http::Transport& over) {
        sync::CreateOptions options;
        options.service_url = Office::kUrl;
        sync::climb(*sync::create_replica_ladder(ana.file(), options, nullptr), over, {},
                    [](std::int64_t) {});
    }
    /// Visits whose notes no packing makes shorter.
    void visit(int count) { visit(ana.file(), count); }
    void visit_from_office(int count) {
        Geodatabase served = office.open_file();
        visit(served, count);
    }
    static void visit(Geodatabase& file, int count) {
        const Layer& visits = file.layer("visits");
        sqlite::Transaction transaction(file.database());
        FeatureWriter writer(file, visits, FeatureWriter::Tracking::Logged);
        for (int i = 0; i < count; ++i) {
            std::string noise = photo(480, static_cast<std::uint32_t>(i) + 1);
            std::transform(noise.begin(), noise.end(), noise.begin(), [](char c) {
                return static_cast<char>('0' + static_cast<unsigned char>(c) % 75);
            });
            std::replace(noise.begin(), noise.end(), '\\', '/');
            std::vector<Value> row(visits.column_count());
            row[*visits.find_field("note")] = noise;
            writer.insert(row);
        }
        transaction.commit();
    }
    std::string visits() { return content(ana.file(), "visits"); }
    std::string visits_there() {
        Geodatabase served = office.open_file();
        return content(served, "visits");
    }
};

}  // namespace

TEST_CASE("a film gets through a link that drops every hundred kilobytes", "[sync][link]") {
    FarCrew field;
    const std::string film = photo(3'000'000);
    const bool to_a_rhumb = GENERATE(true, false);
    NarrowLink& link = to_a_rhumb ? field.link : field.plain_link;
    link.gateway = GENERATE(false, true);
    field.join(link);
    const GlobalId id = attach(field.ana.file(), "trees", field.oak, "film.mp4", film);
    link.bytes_up = 0;
    const auto report = field.sync(link);
    CHECK(report.attachments.sent == 1);
    CHECK(report.attachments.failures.empty());
    Geodatabase served = field.office.open_file();
    CHECK((bytes_of(served, id) == film));
    CHECK(link.broken > 0);
    CHECK(link.bytes_up < 4'500'000);
}

TEST_CASE("edits too long for the link go up in parts", "[sync][link]") {
    FarCrew field;
    const bool gateway = GENERATE(false, true);
    const int visits =
        GENERATE(600, 3000);  // within the call, and as an upload item from the start
    field.link.gateway = gateway;
    field.join(field.link);
    field.visit(visits);
    sync::SyncOptions options;
    options.async = false;
    const auto report = field.sync(field.link, options);
    CHECK(report.rejected.empty());
    CHECK(field.ana.pending() == 0);
    CHECK(field.link.broken > 0);
    CHECK((field.visits() == field.visits_there()));
}

TEST_CASE("edits too long for the link go to another vendor's service in slices", "[sync][link]") {
    FarCrew field;
    field.plain_link.gateway = GENERATE(false, true);
    field.join(field.plain_link);
    field.visit(600);
    const auto report = field.sync(field.plain_link);
    CHECK(report.rejected.empty());
    CHECK(field.ana.pending() == 0);
    CHECK(field.plain_link.broken > 0);
    CHECK((field.visits() == field.visits_there()));
}

TEST_CASE("a film comes through a link that drops every forty kilobytes", "[sync][link]") {
    FarCrew field;
    const std::string film = photo(1'500'000);
    const bool from_a_rhumb = GENERATE(true, false);
    NarrowLink& link = from_a_rhumb ? field.link : field.plain_link;
    const GlobalId id = [&] {
        Geodatabase served = field.office.open_file();
        return attach(served, "trees", field.oak, "film.mp4", film);
    }();
    link.room = 40'000;
    field.join(link);
    const auto report = field.sync(link);
    for (const auto& failure : report.attachments.failures) FAIL_CHECK(failure.reason);
    CHECK((bytes_of(field.ana.file(), id) == film));
    CHECK(link.broken > 5);
}

TEST_CASE("many changes come through a link that drops every forty kilobytes", "[sync][link]") {
    FarCrew field;
    field.visit_from_office(2000);
    field.link.room = 40'000;
    field.join(field.link);
    CHECK(field.link.broken > 5);
    CHECK((field.visits() == field.visits_there()));
    field.visit_from_office(2000);
    field.link.broken = 0;
    field.sync(field.link);
    CHECK(field.link.broken > 5);
    CHECK((field.visits() == field.visits_there()));
}

TEST_CASE("parts that were cut anew are not sent again after a kill", "[sync][link]") {
    FarCrew field;
    const bool photos = GENERATE(false, true);
    NarrowLink& link = photos ? field.plain_link : field.link;
    field.join(link);
    GlobalId film;
    if (photos) {
        film = attach(field.ana.file(), "trees", field.oak, "film.mp4", photo(2'000'000));
    } else {
        field.visit(3000);
    }
    link.killed_at = link.requests + 20;
    CHECK_THROWS_AS(field.sync(link), DeviceKilled);
    const std::int64_t before = link.bytes_up;
    link.killed_at = -1;
    field.ana.restart();
    field.office.restart();
    const auto report = field.sync(link);
    CHECK(report.resumed);
    const std::int64_t whole = photos ? 2'000'000 : 3000 * 600;
    // What broke, and one part at most, went twice.
    CHECK(link.bytes_up < whole + link.broken * link.room + 300'000);
    CHECK(before > 500'000);
    CHECK((field.visits() == field.visits_there()));
    if (!photos) return;
    Geodatabase served = field.office.open_file();
    CHECK((bytes_of(served, film) == photo(2'000'000)));
}
