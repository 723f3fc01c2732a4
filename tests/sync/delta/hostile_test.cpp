// SPDX-License-Identifier: Apache-2.0
//
// Files that are no deltas, or deltas that somebody has tampered with: each is refused with a
// reason that names it, and none does harm.
#include "geodb/sqlite/transaction.hpp"
#include "platform/error.hpp"
#include "platform/files.hpp"
#include "platform/random.hpp"
#include "tests/support/catch.hpp"
#include "tests/sync/delta/delta_fixture.hpp"

#include <sys/stat.h>
#include <functional>

using namespace rhumb;
using namespace rhumb::geodb;
using namespace rhumb::test;
using sqlite::Database;

namespace {

void write_file(const std::filesystem::path& path, std::string_view bytes) {
    remove_quietly(path);  // truncating a file may wait for the disk
    FileWriter(path, FileWriter::Mode::Replace).write(bytes);
}

/// A sound delta, to be spoilt.
struct Spoilt : DeltaField {
    Spoilt() {
        edit();
        write();
    }
    /// Somebody edits the delta with SQL.
    void run(const std::string& sql) {
        Database database = Database::open(path, Database::Mode::ReadWrite);
        database.execute(sql);
    }
    /// A byte of the file is another one.
    void poke(std::size_t at, char byte) {
        std::string bytes = read_file(path);
        bytes.at(at) = byte;
        write_file(path, bytes);
    }
    std::string refusal() {
        try {
            read_whole(path, file);
        } catch (const Error& error) {
            return error.message();
        }
        return "";
    }
};

}  // namespace

TEST_CASE("what is no delta at all is refused with its reason", "[delta][hostile]") {
    Spoilt field;
    CHECK(field.refusal() == "");
    const auto refused = [&](std::string_view bytes, const std::string& why) {
        write_file(field.path, bytes);
        CHECK_THAT(field.refusal(), Catch::Contains("edits.delta") && Catch::Contains(why));
    };
    refused("", "empty");
    refused("SQLite format 3", "no SQLite file");
    refused(std::string(5000, 'x'), "no SQLite file");
    refused(std::string("PK\5\6") + std::string(18, '\0'), "no SQLite file");  // an empty zip
    refused(read_file(field.file.path()), "is no delta");
    remove_quietly(field.path);
    CHECK_THAT(field.refusal(), Catch::Contains("not there"));
    std::filesystem::create_directory(field.path);
    CHECK_THAT(field.refusal(), Catch::Contains("folder"));
    std::filesystem::remove(field.path);
    std::filesystem::create_symlink(field.file.path(), field.path);
    CHECK_THAT(field.refusal(), Catch::Contains("link"));
    std::filesystem::remove(field.path);
    REQUIRE(::mkfifo(field.path.c_str(), 0600) == 0);
    CHECK_THAT(field.refusal(), Catch::Contains("no ordinary file"));
}

TEST_CASE("a delta whose header lies is refused", "[delta][hostile]") {
    const auto refused = [](std::size_t at, char byte, const std::string& why) {
        Spoilt field;
        field.poke(at, byte);
        CHECK_THAT(field.refusal(), Catch::Contains(why));
    };
    refused(63, 2, "format 2");            // user version
    refused(68, 'Q', "is no delta");       // application id
    refused(59, 2, "not UTF-8");           // text encoding UTF-16
    refused(31, 1, "header says 4096");    // number of pages
    refused(28, 1, "cut off or changed");  // number of pages
    refused(16, 8, "not written as");      // page size 2048 and something
    refused(18, 2, "not written as");      // write version: WAL
}

TEST_CASE("a delta with anything in it that a delta has not is refused", "[delta][hostile]") {
    const auto refused = [](const std::string& sql, const std::string& why) {
        Spoilt field;
        field.run(sql);
        INFO(sql);
        CHECK_THAT(field.refusal(), Catch::Contains(why));
    };
    refused("CREATE TABLE more (a)", "'more'");
    refused("CREATE VIEW more AS SELECT 1", "view");
    refused("CREATE TRIGGER more AFTER INSERT ON adds_0 BEGIN DELETE FROM delta; END", "trigger");
    refused("CREATE INDEX more ON adds_0 (abs(feature))", "index");
    refused("CREATE VIRTUAL TABLE more USING rtree(id, a, b)", "more");
    refused("ALTER TABLE adds_0 ADD COLUMN more AS (length(feature))", "'adds_0' is not");
    refused("ALTER TABLE adds_0 RENAME COLUMN new_dbh TO new_girth", "'adds_0' is not");
    refused("DROP TABLE updates_0; VACUUM", "'updates_0' is missing");
    refused("DROP TABLE adds_0; CREATE VIEW adds_0 AS SELECT 1; VACUUM", "view");
    refused("CREATE TABLE more (a); INSERT INTO more VALUES (1); DROP TABLE more",
            "not written as");  // free pages
}

TEST_CASE("a delta whose rows are none is refused, naming table and row", "[delta][hostile]") {
    const auto refused = [](const std::string& sql, const std::string& why) {
        Spoilt field;
        field.run(sql);
        INFO(sql);
        CHECK_THAT(field.refusal(), Catch::Contains("edits.delta") && Catch::Contains(why));
    };
    refused("UPDATE adds_0 SET feature = x'00' WHERE rowid = 2", "'adds_0', row 2: the GlobalID");
    refused("UPDATE deletes_0 SET feature = NULL", "'deletes_0', row 1");
    refused("UPDATE adds_0 SET new_geom = 'here'", "'geom' is no geometry");
    refused("UPDATE adds_0 SET new_geom = x'00'", "'geom' is no geometry");
    refused("UPDATE adds_0 SET new_species = x'00'", "'species' is a BLOB");
    refused("UPDATE adds_1 SET new_tree = zeroblob(17)", "'tree' is a BLOB");
    refused("UPDATE updates_0 SET changed = -1 WHERE rowid = 3", "'updates_0', row 3: 'changed'");
    refused("UPDATE updates_0 SET changed = 32", "'changed'");
    refused("UPDATE updates_0 SET changed = 'all'", "'changed'");
    refused("UPDATE updates_0 SET changed = 0", "has a value, though");
    refused("DELETE FROM deletes_0 WHERE rowid = 4", "there are 4");
    refused("UPDATE adds_0 SET new_species = zeroblob(70000000) WHERE rowid = 1", "too big");
    refused("UPDATE delta SET direction = 3", "'direction'");
    refused("UPDATE delta SET replica = 'x'", "'replica'");
    refused("UPDATE delta SET batch = zeroblob(15)", "'batch'");
    refused("INSERT INTO delta SELECT * FROM delta", "more than one row");
    refused("DELETE FROM delta", "'delta' is empty");
    refused("UPDATE delta_layer SET adds = -1", "'adds'");
    refused("UPDATE delta_layer SET adds = 'many'", "'adds'");
    refused("UPDATE delta_layer SET fingerprint = NULL", "'fingerprint'");
    refused("UPDATE delta_layer SET whole = 1", "whole layer");
    refused("UPDATE delta_layer SET layer = -1 WHERE layer = 0", "'layer'");
    refused("UPDATE delta_column SET number = 7 WHERE number = 0", "counted from 0");
    refused("UPDATE delta_column SET type = 2 WHERE number = 0", "unknown type");
    refused("UPDATE delta_column SET type = 99 WHERE number = 0", "unknown type");
    refused("UPDATE delta_column SET name = 'dbh'", "there twice");
    refused("UPDATE delta_column SET name = x'FF' WHERE number = 1", "no text");
}

TEST_CASE("a delta cut off at any place is refused", "[delta][hostile]") {
    Spoilt field;
    const std::string whole = read_file(field.path);
    for (std::size_t size = 0; size < whole.size(); size += size < 200 ? 1 : 97) {
        write_file(field.path, std::string_view(whole).substr(0, size));
        CHECK(field.refusal() != "");
    }
}

TEST_CASE("a delta that was spoilt at random is refused or sound, and never harms",
          "[delta][hostile]") {
    Spoilt field;
    const std::string whole = read_file(field.path);
    const std::int64_t rows = read_whole(field.path, field.file);
    SeededRandom random(20261122);
    int refused = 0;
    for (int round = 0; round < 3000; ++round) {
        std::string bytes = whole;
        const std::uint64_t pokes = 1 + random.below(4);
        for (std::uint64_t i = 0; i < pokes; ++i) {
            // Half of them near the start of a page, where the tree is described.
            std::size_t at = random.below(bytes.size());
            if (random.below(2) == 0) at = at / 4096 * 4096 + random.below(200);
            bytes[at] = random.below(2) == 0 ? static_cast<char>(bytes[at] ^ (1 << random.below(8)))
                                             : static_cast<char>(random.below(256));
        }
        write_file(field.path, bytes);
        std::int64_t read = rows;
        try {
            read = read_whole(field.path, field.file);
        } catch (const Error& error) {
            ++refused;
            INFO(error.message());
            CHECK(error.status() != Status::Internal);
        }
        CHECK(read == rows);
    }
    CHECK(refused > 300);
}
