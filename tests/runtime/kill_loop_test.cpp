// SPDX-License-Identifier: Apache-2.0
//
// The built program over real sockets: `rhumb serve`, `rhumb replicate` and `rhumb sync` are killed
// at random moments, over and over. In the end one clean synchronization makes both files equal,
// with every edit in them once. RHUMB_KILL_SECONDS says for how long; RHUMB_KILL_SEED repeats the
// moments as far as the machine lets it.
#include "geodb/sqlite/transaction.hpp"
#include "tests/runtime/tool_fixture.hpp"

#include <poll.h>
#include <chrono>
#include <cstdlib>
#include <iostream>

using namespace rhumb;
using namespace rhumb::geodb;
using namespace rhumb::test;

namespace {

using Steady = std::chrono::steady_clock;

constexpr int kEditsARound = 120;

std::uint64_t number_from(const char* variable, std::uint64_t otherwise) {
    const char* text = std::getenv(variable);
    return text == nullptr ? otherwise : std::strtoull(text, nullptr, 10);
}

/// The moment of the kill is the matter of this test, so it lets time pass.
void let_pass(std::uint64_t ms) {
    ::poll(nullptr, 0, static_cast<int>(ms));
}

class KillLoop {
public:
    KillLoop() : random_(number_from("RHUMB_KILL_SEED", std::random_device{}())) {
        world_.random = SeededRandom(random_.below(1'000'000'000));
        bench_.make_city();
        start_office("0");
    }

    void replicate();
    void round();
    void finish();
    int kills() const { return kills_; }

private:
    void start_office(const std::string& port);
    void kill_office();
    void edit(const std::string& file, const std::string& who);
    Arguments sync() const { return {"sync", "day.gpkg"}; }

    SeededRandom random_;
    TestWorld world_;
    Bench bench_;
    std::unique_ptr<RunningTool> office_;
    std::string url_, port_;
    std::vector<std::string> species_;  ///< of the trees that were planted, each once
    int kills_ = 0;
};

void KillLoop::start_office(const std::string& port) {
    office_ = std::make_unique<RunningTool>(bench_.folder.path(),
                                            Arguments{"serve", "city.gpkg", "--port", port});
    url_ = office_->read_line();
    REQUIRE(url_.starts_with("http://127.0.0.1:"));
    const std::size_t from = std::string("http://127.0.0.1:").size();
    port_ = url_.substr(from, url_.find('/', from) - from);
}

void KillLoop::kill_office() {
    office_->signal(SIGKILL);
    office_->wait();
    ++kills_;
    // While nobody serves the file, so that the two do not wait for each other's locks.
    if (random_.below(2) == 0) edit("city.gpkg", "office");
    start_office(port_);
}

/// Plants, measures and fells, in one transaction.
void KillLoop::edit(const std::string& path, const std::string& who) {
    Geodatabase file = Geodatabase::open(bench_.folder / path, world_.world());
    const Layer& trees = file.layer("trees");
    const std::size_t species = *trees.find_field("species");
    const std::size_t dbh = *trees.find_field("dbh_in");
    const std::int64_t most = file.database().int64_of("SELECT max(fid) FROM trees").value_or(0);
    sqlite::Transaction transaction(file.database());
    FeatureWriter writer(file, trees, FeatureWriter::Tracking::Logged);
    for (int i = 0; i < kEditsARound; ++i) {
        std::vector<Value> row(trees.column_count());
        const std::string name = who + " " + std::to_string(species_.size());
        row[species] = name;
        row[trees.geometry_index()] = point(-122.4, 37.7, trees.geometry->srs_id);
        writer.insert(row);
        species_.push_back(name);
        const auto some =
            static_cast<std::int64_t>(random_.below(static_cast<std::uint64_t>(most)));
        writer.update({some + 1}, {{dbh, static_cast<double>(random_.below(1000)) / 7}});
    }
    transaction.commit();
}

void KillLoop::replicate() {
    const Arguments arguments{"replicate", url_, "day.gpkg"};
    for (int life = 0; life < 6; ++life) {
        RunningTool device(bench_.folder.path(), arguments);
        let_pass(random_.below(250));
        if (random_.below(3) == 0) kill_office();
        device.signal(SIGKILL);
        ++kills_;
    }
    const ToolResult last = bench_.run(arguments);  // refused when the file is whole by now
    INFO(last.out << last.err);
    REQUIRE(std::filesystem::exists(bench_.folder / "day.gpkg"));
    REQUIRE(bench_.text_of("day.gpkg", "SELECT state FROM rhumb_replica") == "2");
}

void KillLoop::round() {
    edit("day.gpkg", "device");
    RunningTool device(bench_.folder.path(), sync());
    let_pass(random_.below(400));
    if (random_.below(2) == 0) {
        kill_office();
        let_pass(random_.below(200));
    }
    device.signal(SIGKILL);
    ++kills_;
}

void KillLoop::finish() {
    bench_.done(sync());
    bench_.done(sync());
    office_->signal(SIGTERM);
    CHECK(office_->wait().exit_code == 0);
    const ToolResult equal = bench_.run({"diff", "city.gpkg", "day.gpkg"});
    INFO(equal.out);
    CHECK(equal.exit_code == 0);
    for (const char* file : {"city.gpkg", "day.gpkg"}) {
        CHECK(bench_.text_of(file, "PRAGMA integrity_check") == "ok");
        CHECK(bench_.text_of(file, "SELECT rtreecheck('rtree_trees_geom')") == "ok");
        CHECK(bench_.text_of(file,
                             "SELECT count(*) || ' ' || count(DISTINCT species) FROM trees "
                             "WHERE species GLOB 'office *' OR species GLOB 'device *'") ==
              std::to_string(species_.size()) + " " + std::to_string(species_.size()));
    }
    CHECK(bench_.text_of("city.gpkg", "SELECT count(*) FROM rhumb_served_replica") == "1");
    std::cout << "kills: " << kills_ << ", trees planted: " << species_.size() << "\n";
}

}  // namespace

TEST_CASE("office and device that are killed again and again come to agree with every edit once",
          "[tool][slow]") {
    KillLoop loop;
    loop.replicate();
    const auto end = Steady::now() + std::chrono::seconds(number_from("RHUMB_KILL_SECONDS", 20));
    while (Steady::now() < end) loop.round();
    loop.finish();
    CHECK(loop.kills() > 5);
}
