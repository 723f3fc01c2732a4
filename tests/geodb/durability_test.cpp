// SPDX-License-Identifier: Apache-2.0
//
// A full disk and a dead battery in the middle of a write: the file is what it was before.
#include "geodb/sqlite/transaction.hpp"
#include "geodb/tracking/net_edits.hpp"
#include "platform/error.hpp"
#include "tests/support/catch.hpp"
#include "tests/support/field_layers.hpp"

#include <sys/mount.h>
#include <sys/wait.h>
#include <unistd.h>
#include <csignal>

using namespace rhumb;
using namespace rhumb::geodb;
using namespace rhumb::test;

namespace {

using Path = std::filesystem::path;

constexpr int kTrees = 300;

void add_trees(FeatureWriter& writer, const Layer& layer, int count) {
    for (int i = 0; i < count; ++i) {
        std::vector<Value> values(layer.column_count());
        values[1] = "a species with a name that fills its page soon " + std::to_string(i);
        values[layer.geometry_index()] = point(i % 100, i / 100);
        writer.insert(values);
    }
}

/// Updates, moves, deletes and inserts, enough to need far more room than there is.
void edit_much(Geodatabase& file) {
    const Layer& layer = file.layer("trees");
    sqlite::Transaction transaction(file.database());
    FeatureWriter writer(file, layer, FeatureWriter::Tracking::Logged);
    for (std::int64_t fid = 1; fid <= kTrees; ++fid) {
        if (fid % 3 == 0) {
            writer.erase({fid});
        } else {
            writer.update({fid}, {{1, "elm"}, {layer.geometry_index(), point(50, 50)}});
        }
    }
    add_trees(writer, layer, 20'000);
    file.timeline().close({}, writer.edits(), 0);
    transaction.commit();
}

/// A geodatabase of trees in one closed generation.
void make_forest(const Path& path, TestWorld& world) {
    Geodatabase file = Geodatabase::create(path, world.world());
    make_layer(file, trees_plan());
    const Layer& layer = file.layer("trees");
    sqlite::Transaction transaction(file.database());
    FeatureWriter writer(file, layer, FeatureWriter::Tracking::Logged);
    add_trees(writer, layer, kTrees);
    file.timeline().close({}, writer.edits(), 0);
    transaction.commit();
}

/// Rows, log, R-tree and timeline are those of make_forest.
void check_untouched(Geodatabase& file) {
    sqlite::Database& database = file.database();
    CHECK(database.text_of("PRAGMA integrity_check") == "ok");
    CHECK(database.text_of("SELECT rtreecheck('rtree_trees_geom')") == "ok");
    CHECK(database.int64_of("SELECT count(*) FROM trees") == kTrees);
    CHECK(database.int64_of("SELECT count(*) FROM trees WHERE species = 'elm'") == 0);
    CHECK(database.int64_of("SELECT count(*) FROM rtree_trees_geom") == kTrees);
    CHECK(database.int64_of("SELECT count(*) FROM rhumb_edit_0") == kTrees);
    CHECK(file.timeline().head() == Generation{1});
    int edits = 0;
    NetEdits(database, file.layer("trees")).each({{1}, {}}, [&](NetEdit&&) { ++edits; });
    CHECK(edits == 0);
}

void check_usable(Geodatabase& file) {
    add_feature(file, "trees", {{"species", "oak"}}, point(1, 2));
    int edits = 0;
    NetEdits(file.database(), file.layer("trees")).each({{1}, {}}, [&](NetEdit&&) { ++edits; });
    CHECK(edits == 1);
}

void check_disk_full(Geodatabase& file) {
    try {
        edit_much(file);
        FAIL("there was room");
    } catch (const Error& error) {
        INFO(error.message());
        CHECK(error.status() == Status::DiskFull);
        CHECK(error.message().find(file.path().string()) != std::string::npos);
    }
    CHECK_FALSE(file.database().in_transaction());
    check_untouched(file);
    check_usable(file);
}

/// A file system of one megabyte.
class TinyDisk {
public:
    explicit TinyDisk(const Path& folder) : folder_(folder) {
        mounted_ = ::mount("tmpfs", folder.c_str(), "tmpfs", 0, "size=1m") == 0;
    }
    TinyDisk(const TinyDisk&) = delete;
    TinyDisk& operator=(const TinyDisk&) = delete;
    ~TinyDisk() {
        if (mounted_) ::umount2(folder_.c_str(), MNT_DETACH);
    }
    bool mounted() const { return mounted_; }

private:
    Path folder_;
    bool mounted_;
};

}  // namespace

TEST_CASE("on a full disk a transaction rolls back whole and the file stays usable",
          "[durability]") {
    const TempFolder folder;
    const TinyDisk disk(folder.path());
    if (!disk.mounted()) {
        WARN("no tmpfs can be mounted here: a full disk is only tested by a limit of pages");
        return;
    }
    TestWorld world;
    for (const auto journal : {Geodatabase::Journal::Keep, Geodatabase::Journal::Wal}) {
        make_forest(folder / "other.gpkg", world);
        Geodatabase file = Geodatabase::open(folder / "other.gpkg", world.world(),
                                             Geodatabase::Access::Write, journal);
        check_disk_full(file);
        std::filesystem::remove(folder / "other.gpkg");
    }
}

TEST_CASE("at the limit of its pages a transaction rolls back whole and the file stays usable",
          "[durability]") {
    const TempFolder folder;
    TestWorld world;
    make_forest(folder / "forest.gpkg", world);
    for (const auto journal : {Geodatabase::Journal::Keep, Geodatabase::Journal::Wal}) {
        std::filesystem::copy_file(folder / "forest.gpkg", folder / "other.gpkg");
        Geodatabase file = Geodatabase::open(folder / "other.gpkg", world.world(),
                                             Geodatabase::Access::Write, journal);
        file.database().execute("PRAGMA max_page_count = 200");
        check_disk_full(file);
        file.hand_over();
        std::filesystem::remove(folder / "other.gpkg");
    }
}

TEST_CASE("no geodatabase is left where the disk was too full to make one", "[durability]") {
    const TempFolder folder;
    const TinyDisk disk(folder.path());
    if (!disk.mounted()) return;
    TestWorld world;
    std::FILE* filler = std::fopen((folder / "filler").c_str(), "wb");
    REQUIRE(filler != nullptr);
    const std::string block(4096, 'x');
    while (std::fwrite(block.data(), 1, block.size(), filler) == block.size()) {
    }
    std::fclose(filler);
    CHECK_THROWS_AS(Geodatabase::create(folder / "new.gpkg", world.world()), Error);
    CHECK_FALSE(std::filesystem::exists(folder / "new.gpkg"));
    std::filesystem::remove(folder / "filler");
    CHECK(Geodatabase::create(folder / "new.gpkg", world.world()).layers().empty());
}

TEST_CASE("a process killed while it writes leaves the state before", "[durability]") {
    for (const auto journal : {Geodatabase::Journal::Keep, Geodatabase::Journal::Wal}) {
        for (const int rows : {20, 5000}) {
            const TempFolder folder;
            TestWorld world;
            make_forest(folder / "forest.gpkg", world);
            const ::pid_t child = ::fork();
            REQUIRE(child >= 0);
            if (child == 0) {
                Geodatabase file = Geodatabase::open(folder / "forest.gpkg", world.world(),
                                                     Geodatabase::Access::Write, journal);
                file.database().execute("PRAGMA cache_size = 10");  // spills pages to the file
                sqlite::Transaction transaction(file.database());
                const Layer& layer = file.layer("trees");
                FeatureWriter writer(file, layer, FeatureWriter::Tracking::Logged);
                for (std::int64_t fid = 1; fid <= kTrees; ++fid) {
                    writer.update({fid}, {{1, "elm"}, {layer.geometry_index(), point(9, 9)}});
                }
                add_trees(writer, layer, rows);
                file.timeline().close({}, writer.edits(), 0);
                ::raise(SIGKILL);
            }
            int status = 0;
            REQUIRE(::waitpid(child, &status, 0) == child);
            REQUIRE(WIFSIGNALED(status));
            if (journal == Geodatabase::Journal::Keep) {
                CHECK(std::filesystem::file_size((folder / "forest.gpkg-journal")) > 0);
            }
            Geodatabase file = Geodatabase::open(folder / "forest.gpkg", world.world());
            check_untouched(file);
            check_usable(file);
        }
    }
}

TEST_CASE("a file whose writer was killed is read by those who may only read", "[durability]") {
    const TempFolder folder;
    TestWorld world;
    make_forest(folder / "forest.gpkg", world);
    const ::pid_t child = ::fork();
    REQUIRE(child >= 0);
    if (child == 0) {
        Geodatabase file = Geodatabase::open(folder / "forest.gpkg", world.world(),
                                             Geodatabase::Access::Write, Geodatabase::Journal::Wal);
        add_feature(file, "trees", {{"species", "oak"}}, point(1, 2));
        ::raise(SIGKILL);
    }
    int status = 0;
    REQUIRE(::waitpid(child, &status, 0) == child);
    Geodatabase file =
        Geodatabase::open(folder / "forest.gpkg", world.world(), Geodatabase::Access::Read);
    CHECK(file.database().int64_of("SELECT count(*) FROM trees") == kTrees + 1);
}
