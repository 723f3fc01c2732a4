// SPDX-License-Identifier: Apache-2.0
//
// Changesets: our format against the public vectors and against SQLite's own session extension.
#define SQLITE_ENABLE_SESSION 1
#define SQLITE_ENABLE_PREUPDATE_HOOK 1
#include "geodb/changeset/change_reader.hpp"
#include "geodb/changeset/changeset_store.hpp"
#include "geodb/features/feature_reader.hpp"
#include "geodb/sqlite/statement.hpp"
#include "geodb/sqlite/transaction.hpp"
#include "platform/error.hpp"
#include "tests/support/catch.hpp"
#include "tests/support/field_layers.hpp"
#include "tests/support/random_edits.hpp"

#include <sqlite3.h>

#include <algorithm>
#include <cstring>

using namespace rhumb;
using namespace rhumb::geodb;
using namespace rhumb::test;

namespace {

std::string from_hex(std::string_view hex) {
    std::string bytes;
    for (std::size_t i = 0; i + 1 < hex.size(); i += 2) {
        bytes += static_cast<char>(std::stoi(std::string(hex.substr(i, 2)), nullptr, 16));
    }
    return bytes;
}

ChangeReader::Source source_of(const std::string& stream, std::size_t piece = 7) {
    return [&stream, piece, at = std::size_t{0}](char* into, std::size_t size) mutable {
        const std::size_t part = std::min({piece, size, stream.size() - at});
        std::memcpy(into, stream.data() + at, part);
        at += part;
        return part;
    };
}

std::vector<Change> read_all(const std::string& stream) {
    ChangeReader reader(source_of(stream));
    std::vector<Change> changes;
    for (Change change; reader.next(change);) changes.push_back(change);
    return changes;
}

std::string write_all(const ChangedTable& table, const std::vector<Change>& changes) {
    std::string stream;
    ChangeWriter writer([&](std::string_view bytes) { stream += bytes; });
    writer.begin_table(table);
    for (const Change& change : changes) writer.write(change);
    writer.finish();
    return stream;
}

std::string id_of(const std::string& parent_hex, const std::string& prefix,
                  const std::string& stream) {
    Sha1Stream id;
    id.add(parent_hex.empty() ? std::string(20, '\0') : from_hex(parent_hex));
    id.add(prefix);
    id.add(stream);
    return id.finish().hex();
}

/// The four changesets of a hydrant's life that the format's description works out.
struct Vector {
    const char* ddl;
    const char* stream;
    const char* id;
};
const Vector kHydrant[] = {
    {"", "54040100000068796472616e7473001200010000020000000001050303482d31024029000000000000",
     "8231535acf657bc5afe73f3db023c7c6e7b71f42"},
    {"",
     "54040100000068796472616e7473001700010000020000000001000002402900000000000000000002402c0000"
     "00000000",
     "eaa0e212f812d8924e8e03e0a85e19241a984f04"},
    {"ALTER TABLE hydrants ADD COLUMN owner TEXT;",
     "5405010000000068796472616e74730017000100000200000000010000000500000000030463697479",
     "50fe98b3b14bd63c3d9e50effcb5b4bb2e0b6265"},
    {"",
     "5405010000000068796472616e7473000900010000020000000001050303482d3102402c0000000000000304"
     "63697479",
     "11c693374d98dd75cfb9d04368843de37405cf06"},
};

/// A geodatabase that records a changeset for each edit, and a twin that hears of nothing but the
/// changesets, applied by SQLite itself.
struct Recorded {
    TempFolder folder;
    TestWorld world;
    Geodatabase geodatabase = Geodatabase::create(folder / "field.gpkg", world.world());

    Recorded() {
        make_layer(geodatabase, trees_plan());
        make_layer(geodatabase, visits_plan());
        sqlite::Transaction transaction(geodatabase.database());
        ChangesetStore::create_tables(geodatabase.database());
        transaction.commit();
        std::filesystem::copy_file(folder / "field.gpkg", folder / "twin.gpkg");
    }

    ChangesetFacts close() {
        sqlite::Transaction transaction(geodatabase.database());
        const Generation closed = geodatabase.timeline().close({}, 0, world.clock.now);
        const auto facts =
            ChangesetStore(geodatabase.database()).record(geodatabase.layers(), closed);
        transaction.commit();
        return facts;
    }
    std::string stream(Generation generation) {
        std::string bytes;
        ChangesetStore(geodatabase.database()).read(generation, [&](std::string_view piece) {
            bytes += piece;
        });
        return bytes;
    }
};

/// Every row of the layers' tables as text.
std::string rows_of(Geodatabase& geodatabase) {
    std::string rows;
    for (const Layer& layer : geodatabase.layers()) {
        std::string sql = "SELECT quote(" + layer.fid_column + ")";
        for (std::size_t i = 0; i < layer.column_count(); ++i) {
            sql += " || '|' || quote(" + sqlite::quoted_name(layer.column_name(i)) + ")";
        }
        sqlite::Statement read(geodatabase.database(),
                               sql + " FROM " + sqlite::quoted_name(layer.table) + " ORDER BY 1");
        while (read.step()) rows += std::string(read.column_text(0)) + "\n";
    }
    return rows;
}

int no_conflict(void*, int, sqlite3_changeset_iter*) {
    return SQLITE_CHANGESET_ABORT;
}

/// SQLite applies the stream. Our triggers on the twin are taken off: the changeset has it all.
void apply_by_sqlite(Geodatabase& twin, std::string stream) {
    REQUIRE(sqlite3changeset_apply(twin.database().handle(), static_cast<int>(stream.size()),
                                   stream.data(), nullptr, no_conflict, nullptr) == SQLITE_OK);
}

}  // namespace

TEST_CASE("a hydrant's life reads and writes byte for byte as the format describes",
          "[changeset]") {
    std::string parent;
    for (const Vector& expected : kHydrant) {
        const std::string stream = from_hex(expected.stream);
        ChangeReader reader(source_of(stream));
        std::vector<Change> changes;
        for (Change change; reader.next(change);) changes.push_back(change);
        CHECK(reader.table().name == "hydrants");
        CHECK(write_all(reader.table(), changes) == stream);
        CHECK(id_of(parent, changeset_prefix(expected.ddl), stream) == expected.id);
        parent = expected.id;
    }
    CHECK(changeset_prefix(kHydrant[2].ddl).size() == 83);
}

TEST_CASE("SQLite applies the changesets of a served file to a copy, and the copy is equal",
          "[changeset]") {
    Recorded served;
    Geodatabase twin = Geodatabase::open(served.folder / "twin.gpkg", served.world.world());
    for (const Layer& layer : twin.layers()) {
        sqlite::Statement names(twin.database(),
                                "SELECT name FROM sqlite_schema WHERE type = 'trigger' AND name "
                                "LIKE 'rhumb_%' AND tbl_name = ?1");
        names.bind(1, layer.table);
        std::vector<std::string> triggers;
        while (names.step()) triggers.emplace_back(names.column_text(0));
        for (const std::string& name : triggers) {
            twin.database().execute("DROP TRIGGER " + sqlite::quoted_name(name));
        }
    }
    SeededRandom random{41};
    const std::uint32_t seed = 41;
    CAPTURE(seed);
    std::vector<GlobalId> trees;
    Sha1 parent{};
    for (int generation = 0; generation < 60; ++generation) {
        for (int edit = 0; edit < 5; ++edit) {
            const auto dice = random.below(10);
            if (trees.empty() || dice < 4) {
                trees.push_back(add_feature(
                    served.geodatabase, "trees",
                    {{"species", std::string("oak 'ü'")}, {"dbh", 0.1 * static_cast<double>(dice)}},
                    point(static_cast<double>(edit), -0.0)));
            } else if (dice < 8) {
                const auto& tree = trees[random.below(trees.size())];
                update_feature(served.geodatabase, "trees", tree,
                               {{"dbh", dice == 5 ? Value(Null{}) : Value(1e300)}});
            } else {
                const auto victim = random.below(trees.size());
                erase_feature(served.geodatabase, "trees", trees[victim]);
                trees.erase(trees.begin() + static_cast<std::ptrdiff_t>(victim));
            }
        }
        add_feature(served.geodatabase, "visits", {{"note", std::string(200, 'x')}});
        const ChangesetFacts facts = served.close();
        CHECK(facts.parent == parent);
        parent = facts.id;
        const std::string stream = served.stream(facts.generation);
        CHECK(static_cast<std::int64_t>(stream.size()) == facts.size);
        CHECK(id_of(facts.parent.hex(), "", stream) == facts.id.hex());
        apply_by_sqlite(twin, stream);
    }
    CHECK(rows_of(twin) == rows_of(served.geodatabase));
}

TEST_CASE("our reader understands what SQLite's session recorded", "[changeset]") {
    sqlite::Database database = sqlite::Database::open_memory();
    database.execute(
        "CREATE TABLE \"odd name\" (a INTEGER, k TEXT PRIMARY KEY, b BLOB, r REAL);"
        "INSERT INTO \"odd name\" VALUES (1, 'kept', x'00ff', 1.5), (2, 'goes', NULL, "
        "-0.0)");
    sqlite3_session* session = nullptr;
    REQUIRE(sqlite3session_create(database.handle(), "main", &session) == SQLITE_OK);
    REQUIRE(sqlite3session_attach(session, nullptr) == SQLITE_OK);
    database.execute(
        "INSERT INTO \"odd name\" VALUES (-9223372036854775808, 'new', zeroblob(300), "
        "9e99); UPDATE \"odd name\" SET a = 7 WHERE k = 'kept'; DELETE FROM \"odd "
        "name\" WHERE k = 'goes'");
    int size = 0;
    void* bytes = nullptr;
    REQUIRE(sqlite3session_changeset(session, &size, &bytes) == SQLITE_OK);
    const std::string stream(static_cast<const char*>(bytes), static_cast<std::size_t>(size));
    sqlite3_free(bytes);
    sqlite3session_delete(session);

    const std::vector<Change> changes = read_all(stream);
    REQUIRE(changes.size() == 3);
    const auto of = [&](Change::Kind kind) {
        return *std::find_if(changes.begin(), changes.end(),
                             [&](const Change& change) { return change.kind == kind; });
    };
    CHECK(of(Change::Kind::Insert).now[0] == Value(std::int64_t{INT64_MIN}));
    CHECK(of(Change::Kind::Insert).now[2] == Value(Blob(300)));
    CHECK(of(Change::Kind::Update).old[0] == Value(std::int64_t{1}));
    CHECK(of(Change::Kind::Update).now[0] == Value(std::int64_t{7}));
    CHECK(of(Change::Kind::Delete).old[1] == Value(std::string("goes")));
    ChangeReader reader(source_of(stream));
    Change change;
    reader.next(change);
    CHECK(write_all(reader.table(), changes) == stream);
}

TEST_CASE("a row renumbered in a generation is a delete and an insert of its changeset",
          "[changeset]") {
    Recorded served;
    add_feature(served.geodatabase, "trees", {{"species", std::string("elm")}}, point(1, 2));
    served.close();
    served.geodatabase.database().execute("UPDATE trees SET fid = 900 WHERE species = 'elm'");
    const ChangesetFacts facts = served.close();
    CHECK(facts.inserts == 1);
    CHECK(facts.deletes == 1);
    CHECK(facts.updates == 0);
}

TEST_CASE("edits that cancel each other within a generation leave no change", "[changeset]") {
    Recorded served;
    const auto tree = add_feature(served.geodatabase, "trees", {{"species", std::string("elm")}});
    served.close();
    update_feature(served.geodatabase, "trees", tree, {{"species", std::string("ash")}});
    update_feature(served.geodatabase, "trees", tree, {{"species", std::string("elm")}});
    const auto brief = add_feature(served.geodatabase, "trees", {{"species", std::string("fir")}});
    erase_feature(served.geodatabase, "trees", brief);
    const ChangesetFacts facts = served.close();
    CHECK(facts.size == 0);
    CHECK(served.stream(facts.generation).empty());
}

TEST_CASE("a damaged changeset is refused naming the byte, and never crashes the reader",
          "[changeset][hostile]") {
    const std::string good = from_hex(kHydrant[0].stream) + from_hex(kHydrant[1].stream);
    CHECK(read_all(good).size() == 2);
    for (std::size_t length = 1; length < good.size(); ++length) {
        const std::string cut = good.substr(0, length);
        if (length == from_hex(kHydrant[0].stream).size()) continue;  // a whole one
        INFO("cut after " << length);
        try {
            read_all(cut);
            CHECK(length <= from_hex(kHydrant[0].stream).size() + 15);  // only a header is left
        } catch (const Error& error) {
            CHECK(error.status() == Status::CorruptData);
            CHECK(error.message().find("at byte") != std::string::npos);
        }
    }
    SeededRandom random{5};
    for (int run = 0; run < 4'000; ++run) {
        std::string flipped = good;
        for (int flips = 0; flips < 3; ++flips) {
            flipped[random.below(flipped.size())] ^= static_cast<char>(1 << random.below(8));
        }
        try {
            read_all(flipped);
        } catch (const Error& error) {
            CHECK(error.status() == Status::CorruptData);
        }
    }
    // A value that claims a gigabyte costs nothing before its bytes are there.
    CHECK_THROWS_AS(read_all(from_hex("54010168001200040083ffffff7f")), Error);
}
