// SPDX-License-Identifier: Apache-2.0
//
// Attachments of one geodatabase: content by hash, edits tracked, orphans told.
#include "geodb/attachments/attachment_edits.hpp"
#include "geodb/attachments/attachment_files.hpp"
#include "geodb/sqlite/transaction.hpp"
#include "platform/error.hpp"
#include "platform/files.hpp"
#include "tests/support/catch.hpp"
#include "tests/support/field_layers.hpp"

#include <sqlite3.h>

using namespace rhumb;
using namespace rhumb::geodb;
using namespace rhumb::test;

namespace {

struct Yard {
    TempFolder folder;
    TestWorld world;
    Geodatabase file = Geodatabase::create(folder / "yard.gpkg", world.world());
    GlobalId oak;

    Yard() {
        make_layer(file, trees_plan());
        oak = add_feature(file, "trees", {{"species", "oak"}}, point(1, 1));
    }
    AttachmentPlan plan(const std::string& name = "a.jpg") const {
        return {LayerId{0}, oak, name, "", ""};
    }
    std::int64_t count(const std::string& sql) {
        return file.database().int64_of(sql).value_or(-1);
    }
    std::string bytes(const GlobalId& id) {
        std::string out;
        read_attachment(file, id, [&](std::string_view piece) {
            out.append(piece);
            return true;
        });
        return out;
    }
    std::string edits() {
        std::string text;
        each_attachment_edit(file.database(), {{0}, std::nullopt}, [&](const AttachmentEdit& edit) {
            if (edit.is_trace()) return;
            text += !edit.before ? "+" : !edit.after ? "-" : "~";
            text += edit.known.name;
        });
        return text;
    }
    void close() {
        sqlite::Transaction transaction(file.database());
        file.timeline().close({}, 1, 0);
        transaction.commit();
    }
};

/// Another program: SQLite and nothing else.
void as_another_program(const std::filesystem::path& path, const char* sql) {
    sqlite3* handle = nullptr;
    REQUIRE(sqlite3_open(path.c_str(), &handle) == SQLITE_OK);
    char* problem = nullptr;
    sqlite3_exec(handle, sql, nullptr, nullptr, &problem);
    INFO((problem == nullptr ? "" : problem));
    CHECK(problem == nullptr);
    sqlite3_free(problem);
    sqlite3_close(handle);
}

}  // namespace

TEST_CASE("content of any length comes back as it went in, kept once", "[geodb][attachments]") {
    Yard yard;
    const auto chunk = static_cast<std::size_t>(ContentStore::kChunkBytes);
    for (const std::size_t length :
         {std::size_t{0}, std::size_t{1}, chunk - 1, chunk, chunk + 1, 3 * chunk + 7}) {
        std::string content(length, 'x');
        for (std::size_t i = 0; i < length; i += 97) content[i] = static_cast<char>(i);
        const Attachment made = attach_bytes(yard.file, yard.plan(), content);
        attach_bytes(yard.file, yard.plan("b.jpg"), content);
        CHECK(made.size == static_cast<std::int64_t>(length));
        CHECK(*made.content == sha256(content));
        CHECK(yard.bytes(made.global_id) == content);
    }
    CHECK(yard.count("SELECT count(*) FROM rhumb_content") == 6);
    CHECK(yard.count("SELECT count(*) FROM rhumb_attachment") == 12);
    CHECK(check_attachments(yard.file).empty());
    CHECK(yard.count(
              "SELECT count(*) FROM gpkg_extensions WHERE table_name = 'rhumb_content_chunk'") ==
          1);
}

TEST_CASE("pieces may come in any cut and again; another hash drops all of it",
          "[geodb][attachments]") {
    Yard yard;
    Attachments attachments(yard.file);
    const std::string content(700'000, 'q');
    const Sha256 hash = sha256(content);
    const auto size = static_cast<std::int64_t>(content.size());
    sqlite::Transaction transaction(yard.file.database());
    attachments.make_tables();
    ContentStore& store = attachments.contents();
    const auto put = [&](std::int64_t from, std::size_t length) {
        return store.append(
            hash, size, from,
            std::string_view(content).substr(static_cast<std::size_t>(from), length), 0);
    };
    CHECK(put(0, 100'000) == 100'000);
    CHECK(put(0, 100'000) == 100'000);       // again
    CHECK(put(300'000, 10) == 100'000);      // a gap is not taken
    CHECK(put(50'000, 300'000) == 350'000);  // it overlaps
    CHECK_FALSE(store.has_whole(hash));
    CHECK_THROWS_AS(store.read(hash, 0, size, [](std::string_view) { return true; }), Error);
    CHECK(put(350'000, 350'000) == 700'000);
    CHECK(store.has_whole(hash));
    CHECK_THROWS_AS(store.append(hash, size, size, "more", 0), Error);
    CHECK_THROWS_AS(store.append(hash, -1, 0, "", 0), Error);
    CHECK_THROWS_AS(store.append(hash, ContentStore::kMaxBytes + 1, 0, "", 0), Error);
    const Sha256 other = sha256("something else");
    CHECK_THROWS_WITH(store.append(other, 3, 0, "bad", 0), Catch::Contains("another hash"));
    CHECK_FALSE(store.find(other).has_value());
}

TEST_CASE("attachments are tracked like features, with what they were before",
          "[geodb][attachments]") {
    Yard yard;
    const GlobalId a = attach_bytes(yard.file, yard.plan("a"), "1").global_id;
    const GlobalId b = attach_bytes(yard.file, yard.plan("b"), "2").global_id;
    CHECK(yard.edits() == "+a+b");
    remove_attachment(yard.file, b);
    CHECK(yard.edits() == "+a");
    yard.close();
    FileWriter writer(yard.folder / "new", FileWriter::Mode::Replace);
    writer.write("3");
    writer.close_durably();
    replace_with_file(yard.file, a, yard.folder / "new");
    AttachmentEdit last;
    each_attachment_edit(yard.file.database(), {yard.file.timeline().head(), std::nullopt},
                         [&](const AttachmentEdit& edit) { last = edit; });
    REQUIRE((last.before && last.after));
    CHECK(*last.before->content == sha256("1"));
    CHECK(*last.after->content == sha256("3"));
    CHECK(yard.file.timeline().has_open_edits(yard.file.layers()));
    // The state of before, though it was changed since.
    each_attachment_edit(yard.file.database(), {{0}, yard.file.timeline().head()},
                         [&](const AttachmentEdit& edit) {
                             if (!edit.is_trace()) CHECK(*edit.after->content == sha256("1"));
                         });
}

TEST_CASE("another program that deletes a feature deletes its attachments, and that is tracked",
          "[geodb][attachments]") {
    Yard yard;
    attach_bytes(yard.file, yard.plan("a"), "1");
    yard.close();
    // An attribute table needs no ST_ functions of the editor; trees has an R-tree, so drop that.
    as_another_program(yard.folder / "yard.gpkg",
                       "DROP TRIGGER IF EXISTS rtree_trees_geom_delete; DELETE FROM trees;");
    CHECK(yard.count("SELECT count(*) FROM rhumb_attachment") == 0);
    std::string edits;
    each_attachment_edit(yard.file.database(), {yard.file.timeline().head(), std::nullopt},
                         [&](const AttachmentEdit& edit) { edits += "-" + edit.before->name; });
    CHECK(edits == "-a");
    sqlite::Transaction transaction(yard.file.database());
    Attachments(yard.file).contents().reclaim(false);
    transaction.commit();
    CHECK(yard.count("SELECT count(*) FROM rhumb_content") == 0);
    CHECK(yard.count("SELECT count(*) FROM rhumb_content_chunk") == 0);
}

TEST_CASE("an attachment needs its feature, and its own GlobalID", "[geodb][attachments]") {
    Yard yard;
    AttachmentPlan plan = yard.plan();
    plan.feature = yard.file.new_global_id();
    CHECK_THROWS_WITH(attach_bytes(yard.file, plan, "1"), Catch::Contains("has no feature"));
    CHECK(yard.count("SELECT count(*) FROM sqlite_schema WHERE name = 'rhumb_attachment'") == 0);
    Attachment made = attach_bytes(yard.file, yard.plan(), "1");
    CHECK_THROWS_WITH(Attachments(yard.file).insert(made, Attachments::Tracking::Logged),
                      Catch::Contains("already"));
    CHECK_THROWS_AS(attach_file(yard.file, yard.plan(), yard.folder / "none.jpg"), Error);
    CHECK_THROWS_AS(attach_file(yard.file, yard.plan(), yard.folder.path()), Error);
    CHECK(yard.count("SELECT count(*) FROM rhumb_content") == 1);
}

TEST_CASE("orphans are found both ways, and missing pieces", "[geodb][attachments]") {
    Yard yard;
    const Attachment made = attach_bytes(yard.file, yard.plan(), "photo");
    CHECK(check_attachments(yard.file).empty());
    auto& database = yard.file.database();
    database.execute(
        "INSERT INTO rhumb_content VALUES (99, x'AA', 2, 2, 0);"
        "INSERT INTO rhumb_content_chunk VALUES (99 * 16777216, x'0102');"
        "UPDATE rhumb_attachment SET parent = '{00000000-0000-4000-8000-000000000001}'");
    const auto problems = check_attachments(yard.file);
    REQUIRE(problems.size() == 2);
    CHECK_THAT(problems[0], Catch::Contains("which is not there"));
    CHECK_THAT(problems[1], Catch::Contains("belongs to no attachment"));
    database.execute("DELETE FROM rhumb_content_chunk WHERE id < 99 * 16777216");
    CHECK(check_attachments(yard.file).size() == 3);
    CHECK_THROWS_WITH(yard.bytes(made.global_id), Catch::Contains("is missing"));
}
