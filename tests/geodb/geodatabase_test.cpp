// SPDX-License-Identifier: Apache-2.0
//
// Making and opening: what is refused is refused with the name of the file, and left as it was.
#include "geodb/sqlite/transaction.hpp"
#include "platform/error.hpp"
#include "tests/support/catch.hpp"
#include "tests/support/field_layers.hpp"

#include <unistd.h>
#include <fstream>
#include <functional>
#include <iterator>

using namespace rhumb;
using namespace rhumb::geodb;
using namespace rhumb::test;

namespace {

using Path = std::filesystem::path;

std::string bytes_of(const Path& path) {
    if (!std::filesystem::is_regular_file(path)) return "";
    std::ifstream file(path, std::ios::binary);
    return {std::istreambuf_iterator<char>(file), {}};
}

void write_bytes(const Path& path, const std::string& bytes) {
    std::ofstream(path, std::ios::binary) << bytes;
}

struct Place {
    TempFolder folder;
    TestWorld world;

    Path gpkg(const std::string& sql = "") {
        const Path path = folder / "field.gpkg";
        Geodatabase made = Geodatabase::create(path, world.world());
        make_layer(made, trees_plan());
        add_feature(made, "trees", {{"species", "oak"}}, point(1, 2));
        if (!sql.empty()) made.database().execute(sql);
        return path;
    }
    void check_refused(const Path& path, Status status, const std::string& words) {
        const std::string before = bytes_of(path);
        const auto check = [&](const std::function<void()>& open) {
            try {
                open();
                FAIL("was opened");
            } catch (const Error& error) {
                INFO(error.message());
                CHECK(error.status() == status);
                CHECK(error.message().find(path.string()) != std::string::npos);
                CHECK(error.message().find(words) != std::string::npos);
            }
            CHECK(bytes_of(path) == before);
            CHECK_FALSE(std::filesystem::exists(path.string() + "-journal"));
            CHECK_FALSE(std::filesystem::exists(path.string() + "-wal"));
        };
        check([&] { Geodatabase::open(path, world.world()); });
        check([&] { Geodatabase::open(path, world.world(), Geodatabase::Access::Read); });
        check([&] { Geodatabase::adopt(path, world.world()); });
        check([&] { Geodatabase::adopt(path, world.world(), Geodatabase::Journal::Wal); });
    }
};

/// Root may write everything: for a while, be somebody who may not.
class AsNobody {
public:
    AsNobody() : was_root_(::geteuid() == 0) { done_ = !was_root_ || ::seteuid(65534) == 0; }
    AsNobody(const AsNobody&) = delete;
    AsNobody& operator=(const AsNobody&) = delete;
    ~AsNobody() {
        if (was_root_ && ::seteuid(0) != 0) std::abort();
    }
    bool done() const { return done_; }

private:
    bool was_root_;
    bool done_;
};

}  // namespace

TEST_CASE("a new geodatabase is a GeoPackage 1.3 and opens again", "[geodatabase]") {
    Place place;
    const Path path = place.gpkg();
    Geodatabase opened = Geodatabase::open(path, place.world.world());
    CHECK(opened.database().int64_of("PRAGMA application_id") == 0x47504B47);
    CHECK(opened.database().int64_of("PRAGMA user_version") == 10300);
    CHECK(opened.database().text_of("PRAGMA integrity_check") == "ok");
    CHECK_FALSE(opened.database().text_of("PRAGMA foreign_key_check"));
    REQUIRE(opened.layers().size() == 1);
    CHECK(opened.layer("TREES").find_field("dbh") == 2);
    CHECK(opened.database_id() != Uuid{});
    CHECK(opened.timeline().head() == Generation{0});
}

TEST_CASE("create takes no file that is there and leaves none behind that it could not make",
          "[geodatabase]") {
    Place place;
    const Path path = place.gpkg();
    const std::string before = bytes_of(path);
    CHECK_THROWS_WITH(Geodatabase::create(path, place.world.world()),
                      Catch::Contains(path.string()));
    CHECK(bytes_of(path) == before);
    const Path nowhere = place.folder / "no such folder" / "field.gpkg";
    CHECK_THROWS_WITH(Geodatabase::create(nowhere, place.world.world()),
                      Catch::Contains(nowhere.string()));
    CHECK_FALSE(std::filesystem::exists(nowhere));
}

TEST_CASE("a file that is no GeoPackage is refused by name and left alone", "[geodatabase]") {
    Place place;
    const Path path = place.folder / "notes.gpkg";
    SECTION("text") {
        write_bytes(path, "fid,species\n1,oak\n" + std::string(2000, 'x'));
        place.check_refused(path, Status::CorruptData, "not a database");
    }
    SECTION("empty") {
        write_bytes(path, "");
        place.check_refused(path, Status::CorruptData, "no GeoPackage");
    }
    SECTION("another SQLite file") {
        sqlite::Database::open(path, sqlite::Database::Mode::Create)
            .execute("CREATE TABLE notes (note)");
        place.check_refused(path, Status::CorruptData, "no GeoPackage");
    }
    SECTION("the mark of a GeoPackage without its tables") {
        sqlite::Database::open(path, sqlite::Database::Mode::Create)
            .execute("PRAGMA application_id = 1196444487; CREATE TABLE notes (note)");
        place.check_refused(path, Status::CorruptData, "no GeoPackage");
    }
}

TEST_CASE("a file of a newer format is refused by name and left alone", "[geodatabase]") {
    Place place;
    SECTION("GeoPackage 2.0") {
        place.check_refused(place.gpkg("PRAGMA user_version = 20000"), Status::Unsupported, "2.0");
    }
    SECTION("GeoPackage 1.5") {
        place.check_refused(place.gpkg("PRAGMA user_version = 10500"), Status::Unsupported, "1.5");
    }
    SECTION("a newer Rhumb") {
        place.check_refused(
            place.gpkg("UPDATE rhumb_meta SET value = 9 WHERE name = 'format_version'"),
            Status::Unsupported, "newer Rhumb");
    }
}

TEST_CASE("GeoPackage 1.4 and a later patch of it are taken", "[geodatabase]") {
    Place place;
    const Path path = place.gpkg("PRAGMA user_version = 10401");
    CHECK(Geodatabase::open(path, place.world.world()).layers().size() == 1);
}

TEST_CASE("a missing file and a folder are refused by name", "[geodatabase]") {
    Place place;
    place.check_refused(place.folder / "none.gpkg", Status::NotFound, "no file");
    CHECK_FALSE(std::filesystem::exists(place.folder / "none.gpkg"));
    std::filesystem::create_directory(place.folder / "folder.gpkg");
    place.check_refused(place.folder / "folder.gpkg", Status::InvalidArgument, "folder");
}

TEST_CASE("a GeoPackage that nobody prepared is not opened, only adopted", "[geodatabase]") {
    Place place;
    const Path path = place.gpkg("DROP TABLE rhumb_meta");
    CHECK_THROWS_WITH(Geodatabase::open(path, place.world.world()),
                      Catch::Contains(path.string()) && Catch::Contains("does not track"));
}

TEST_CASE("a file that was cut off is refused by name and left alone", "[geodatabase]") {
    Place place;
    const std::string whole = bytes_of(place.gpkg());
    const Path path = place.folder / "cut.gpkg";
    for (const std::size_t kept : {std::size_t{50}, std::size_t{100}, std::size_t{3000},
                                   std::size_t{4096}, whole.size() / 2, whole.size() - 4096}) {
        INFO(kept << " bytes of " << whole.size());
        write_bytes(path, whole.substr(0, kept));
        place.check_refused(path, Status::CorruptData, "cannot read");
    }
}

TEST_CASE("any damaged byte of a file is an error or is not noticed, never a crash",
          "[geodatabase][damage]") {
    Place place;
    const std::string whole = bytes_of(place.gpkg());
    const Path path = place.folder / "damaged.gpkg";
    SeededRandom random(11);
    for (int i = 0; i < 300; ++i) {
        std::string damaged = whole;
        for (int k = 0; k < 4; ++k) {
            damaged[random.below(whole.size())] = static_cast<char>(random.below(256));
        }
        write_bytes(path, damaged);
        try {
            Geodatabase opened = Geodatabase::adopt(path, place.world.world());
            add_feature(opened, "trees", {{"species", "elm"}}, point(3, 4));
        } catch (const Error& error) {
            CHECK_FALSE(error.message().empty());
        }
    }
}

TEST_CASE("a file that may not be written opens for reading only", "[geodatabase]") {
    Place place;
    const Path path = place.gpkg();
    namespace fs = std::filesystem;
    fs::permissions(place.folder.path(), fs::perms(0755));
    fs::permissions(path, fs::perms(0444));
    const AsNobody nobody;
    if (!nobody.done()) {
        WARN("this user cannot become another one: read-only files are not tested");
        return;
    }
    CHECK(Geodatabase::open(path, place.world.world(), Geodatabase::Access::Read)
              .database()
              .int64_of("SELECT count(*) FROM trees") == 1);
    const std::string refused = "the file '" + path.string() + "' cannot be written";
    CHECK_THROWS_WITH(Geodatabase::open(path, place.world.world()), refused);
    CHECK_THROWS_WITH(Geodatabase::adopt(path, place.world.world()), refused);
}

TEST_CASE("a folder that may not be written is named when an edit fails", "[geodatabase]") {
    Place place;
    const Path path = place.gpkg();
    namespace fs = std::filesystem;
    fs::permissions(place.folder.path(), fs::perms(0555));
    fs::permissions(path, fs::perms(0666));
    const AsNobody nobody;
    if (!nobody.done()) {
        WARN("this user cannot become another one: read-only folders are not tested");
        return;
    }
    const std::string before = bytes_of(path);
    CHECK_THROWS_WITH(Geodatabase::create(place.folder / "new.gpkg", place.world.world()),
                      Catch::Contains("new.gpkg"));
    Geodatabase opened = Geodatabase::open(path, place.world.world());
    CHECK_THROWS_WITH(add_feature(opened, "trees", {{"species", "elm"}}),
                      Catch::Contains(path.string()));
    CHECK_THROWS_WITH(Geodatabase::adopt(path, place.world.world(), Geodatabase::Journal::Wal),
                      Catch::Contains(path.string()));
    CHECK(bytes_of(path) == before);
}

TEST_CASE("hand_over leaves one plain file", "[geodatabase]") {
    Place place;
    const Path path = place.gpkg();
    Geodatabase opened = Geodatabase::open(path, place.world.world(), Geodatabase::Access::Write,
                                           Geodatabase::Journal::Wal);
    add_feature(opened, "trees", {{"species", "elm"}}, point(3, 4));
    CHECK(std::filesystem::exists(path.string() + "-wal"));
    opened.hand_over();
    CHECK_FALSE(std::filesystem::exists(path.string() + "-wal"));
    CHECK(opened.database().int64_of("SELECT count(*) FROM trees") == 2);
    add_feature(opened, "trees", {{"species", "ash"}}, point(3, 4));
}

TEST_CASE("a layer that is not there is refused with the names of those that are",
          "[geodatabase]") {
    Place place;
    Geodatabase opened = Geodatabase::open(place.gpkg(), place.world.world());
    CHECK_THROWS_WITH(opened.layer("bushes"),
                      Catch::Contains("'bushes'") && Catch::Contains("trees"));
    CHECK_THROWS_WITH(opened.layer(LayerId{7}), Catch::Contains("layer 7"));
    CHECK(opened.layer("0").name == "trees");
}
