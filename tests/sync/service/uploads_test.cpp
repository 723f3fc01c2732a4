// SPDX-License-Identifier: Apache-2.0
//
// Upload items: parts in any order, repeated, resumed after a restart; hostile names and limits.
#include "geodb/relationships/relationship.hpp"
#include "geodb/sqlite/transaction.hpp"
#include "platform/error.hpp"
#include "platform/files.hpp"
#include "platform/hash.hpp"
#include "platform/http/multipart.hpp"
#include "sync/service/uploads/upload_items.hpp"
#include "tests/support/catch.hpp"
#include "tests/support/office.hpp"

#include <thread>

using namespace rhumb;
using namespace rhumb::test;
using wire::Json;

namespace {

struct Uploader {
    Office office;

    Json post_file(const std::string& resource, const std::string& filename,
                   const std::string& bytes, std::vector<http::Part> more = {}) {
        more.push_back({"file", true, filename, "application/octet-stream", bytes});
        const auto body = http::encode_multipart(more);
        http::Request request;
        request.method = "POST";
        request.target = std::string(Office::kService) + resource + "?f=json";
        request.headers.set("Host", "office.test");
        request.headers.set("Content-Type", body.content_type);
        request.body = body.body;
        const auto answer = office.services().handle(request);
        return wire::parse_json(answer.text(), "answer");
    }
    std::string announce(const std::string& name = "edits.json") {
        return at(office.post("/uploads/register", {{"itemName", name}}), "item", "itemID")
            .as_string("id");
    }
    Json part(const std::string& item, const std::string& number, const std::string& bytes,
              const std::string& spelling = "partId") {
        return post_file("/uploads/" + item + "/uploadPart", "blob", bytes,
                         {{spelling, false, "", "", number}});
    }
    /// What an operation would read.
    std::string content(const std::string& item) {
        const auto found = open(item);
        return read_file(found.path);
    }
    service::UploadedFile open(const std::string& item) {
        service::GpkgStore store(office.file(), office.world().world());
        service::UploadItems items(store, office.folder() / "uploads" / "field", limits);
        return items.open("", "editsUploadId", item);
    }
    std::size_t files() {
        std::size_t count = 0;
        for ([[maybe_unused]] const auto& entry :
             std::filesystem::directory_iterator(office.folder() / "uploads" / "field")) {
            ++count;
        }
        return count;
    }
    service::UploadLimits limits;
};

std::string error_of(const Json& answer) {
    return wire::to_text(answer.require("error", "answer"));
}

}  // namespace

TEST_CASE("parts come in any order and are committed in the order of their numbers",
          "[service][upload]") {
    Uploader crew;
    const std::string item = crew.announce();
    CHECK(at(crew.part(item, "2", "third"), "success") == Json(true));
    CHECK(at(crew.part(item, "0", "first ", "partNumber"), "success") == Json(true));
    CHECK(at(crew.part(item, "1", "second ", "partNum"), "success") == Json(true));
    CHECK(wire::to_text(crew.office.get("/uploads/" + item + "/parts")) == R"({"parts":[0,1,2]})");
    const Json done = crew.office.post("/uploads/" + item + "/commit");
    CHECK(at(done, "item", "committed") == Json(true));
    CHECK(crew.content(item) == "first second third");
    CHECK(crew.files() == 1);
    CHECK(at(crew.office.get("/uploads/" + item), "itemName") == Json("edits.json"));
}

TEST_CASE("a part that comes again replaces the former one", "[service][upload]") {
    Uploader crew;
    const std::string item = crew.announce();
    crew.part(item, "1", "old");
    crew.part(item, "0", "a ");
    crew.part(item, "1", "new");
    CHECK(crew.files() == 2);
    const std::string sum = sha256("newa ").hex();
    const Json done =
        crew.office.post("/uploads/" + item + "/commit", {{"parts", "1,0"}, {"checksum", sum}});
    CHECK(at(done, "success") == Json(true));
    CHECK(crew.content(item) == "newa ");
    // The answer was lost: the commit comes again.
    CHECK(at(crew.office.post("/uploads/" + item + "/commit"), "success") == Json(true));
}

TEST_CASE("parts survive a restart, and files or rows without the other do not",
          "[service][upload]") {
    Uploader crew;
    const std::string whole = crew.announce();
    crew.part(whole, "0", "kept");
    const std::string broken = crew.announce();
    const std::size_t before = crew.files();
    crew.part(broken, "0", "lost");
    for (const auto& entry :
         std::filesystem::directory_iterator(crew.office.folder() / "uploads" / "field")) {
        const std::string name = entry.path().filename().string();
        if (name.find(broken.substr(1)) == 0) std::filesystem::remove(entry.path());
    }
    FileWriter(crew.office.folder() / "uploads/field/nobody.unfinished", FileWriter::Mode::Replace)
        .write("half");
    crew.office.restart();
    CHECK(crew.files() == before);
    CHECK_THAT(error_of(crew.office.get("/uploads/" + broken)), Catch::Contains("404"));
    CHECK(wire::to_text(crew.office.get("/uploads/" + whole + "/parts")) == R"({"parts":[0]})");
    crew.part(whole, "1", " whole");
    crew.office.post("/uploads/" + whole + "/commit");
    CHECK(crew.content(whole) == "kept whole");
}

TEST_CASE("a file is uploaded in one call", "[service][upload]") {
    Uploader crew;
    const std::string bytes("\0\xff--\r\n", 6);
    const Json answer = crew.post_file("/uploads/upload", "photo.JPG", bytes);
    CHECK(at(answer, "item", "committed") == Json(true));
    const std::string item = at(answer, "item", "itemID").as_string("id");
    CHECK(crew.content(item) == bytes);
    CHECK(crew.open(item).name == "photo.JPG");
    CHECK(at(crew.office.post("/uploads/" + item + "/delete"), "success") == Json(true));
    CHECK(crew.files() == 0);
    CHECK_THROWS_WITH(crew.open(item), Catch::Contains(item));
}

TEST_CASE("three parts at a time, numbered from 1, become one item", "[service][upload]") {
    Uploader crew;
    const std::string item = crew.announce();
    std::vector<std::thread> senders;
    for (int first = 1; first <= 3; ++first) {
        senders.emplace_back([&crew, &item, first] {
            for (int number = first; number <= 12; number += 3) {
                const std::string text = std::to_string(number) + ",";
                crew.part(item, std::to_string(number), "spoiled");
                crew.part(item, std::to_string(number), text, "PARTNUM");
            }
        });
    }
    for (std::thread& sender : senders) sender.join();
    crew.office.post("/uploads/" + item + "/commit");
    CHECK(crew.content(item) == "1,2,3,4,5,6,7,8,9,10,11,12,");
    CHECK(crew.files() == 1);
}

TEST_CASE("the items of a user are listed in pages, with what they take and when they go",
          "[service][upload]") {
    Uploader crew;
    crew.post_file("/uploads/upload", "a.bin", "12345");
    crew.office.world().clock.now += 1000;
    crew.announce("b.json");
    const Json all = crew.office.get("/uploads");
    CHECK(at(all, "total") == Json(2));
    CHECK(at(all, "items", 0, "itemName") == Json("a.bin"));
    CHECK(at(all, "items", 0, "size") == Json(5));
    CHECK(at(all, "items", 0, "expires").as_int64("ms") ==
          at(all, "items", 0, "date").as_int64("ms") + crew.limits.kept_ms);
    CHECK(at(all, "items", 1, "committed") == Json(false));
    const Json second = crew.office.get("/uploads", {{"resultOffset", "1"}});
    CHECK(at(second, "items").array()->size() == 1);
    CHECK(at(crew.office.get("/uploads", {{"resultRecordCount", "0"}}), "items").array()->empty());
}

TEST_CASE("an item of one part is that part: nothing is written a second time",
          "[service][upload]") {
    Uploader crew;
    const std::string item = crew.announce();
    crew.part(item, "7", "all of it");
    const Json wrong =
        crew.office.post("/uploads/" + item + "/commit", {{"checksum", sha256("other").hex()}});
    CHECK_THAT(error_of(wrong), Catch::Contains("checksum"));
    const Json done =
        crew.office.post("/uploads/" + item + "/commit", {{"checksum", sha256("all of it").hex()}});
    CHECK(at(done, "item", "committed") == Json(true));
    crew.office.restart();
    CHECK(crew.content(item) == "all of it");
    CHECK(crew.files() == 1);
}

TEST_CASE("names that could be paths, and endings that are not allowed, are refused",
          "[service][upload]") {
    Uploader crew;
    const std::vector<std::string> names{"../x.json",
                                         "a/b.json",
                                         "a\\b.json",
                                         "..",
                                         "x.exe",
                                         "noending",
                                         "\xff.json",
                                         "new\nl.json",
                                         std::string("a\0.json", 7),
                                         std::string(300, 'a') + ".json"};
    for (const std::string& name : names) {
        INFO(name);
        const Json answer = crew.office.post("/uploads/register", {{"itemName", name}});
        CHECK_THAT(error_of(answer), Catch::Contains("\"code\":400"));
    }
    const Json fine = crew.office.post("/uploads/register", {{"itemName",
                                                              "Stra\xC3\x9F"
                                                              "e.json"}});
    CHECK(at(fine, "item", "itemName") == Json("Stra\xC3\x9F"
                                               "e.json"));
}

TEST_CASE("every quota is named when it is passed", "[service][upload]") {
    Uploader crew;
    crew.office.limits.uploads.max_item_bytes = 10;
    crew.office.limits.uploads.max_part_bytes = 8;
    crew.office.limits.uploads.max_bytes_per_owner = 15;
    crew.office.limits.uploads.max_items_per_owner = 2;
    crew.office.limits.uploads.max_part_number = 3;
    crew.office.restart();
    const std::string first = crew.announce();
    CHECK_THAT(error_of(crew.part(first, "0", "123456789")),
               Catch::Contains("bytes of a part of 8"));
    CHECK_THAT(error_of(crew.part(first, "4", "1")), Catch::Contains("partId"));
    CHECK_THAT(error_of(crew.part(first, "-1", "1")), Catch::Contains("partId"));
    CHECK_THAT(error_of(crew.part(first, "one", "1")), Catch::Contains("partId"));
    crew.part(first, "0", "12345678");
    CHECK_THAT(error_of(crew.part(first, "1", "123")), Catch::Contains("bytes of an item of 10"));
    CHECK(at(crew.part(first, "0", "1234567"), "success") == Json(true));
    const std::string second = crew.announce();
    CHECK(at(crew.part(second, "0", "12345678"), "success") == Json(true));
    CHECK_THAT(error_of(crew.part(second, "1", "1")), Catch::Contains("all items of a user of 15"));
    CHECK_THAT(error_of(crew.office.post("/uploads/register", {{"itemName", "x.json"}})),
               Catch::Contains("items of a user of 2"));
    CHECK(crew.files() == 2);
}

TEST_CASE("an item that nobody used for a day is gone; one in use stays", "[service][upload]") {
    Uploader crew;
    const std::string idle = crew.announce();
    crew.part(idle, "0", "x");
    const std::string used = crew.announce();
    crew.part(used, "0", "y");
    crew.office.post("/uploads/" + used + "/commit");
    const std::int64_t day = crew.limits.kept_ms;
    crew.office.world().clock.now += day / 2;
    CHECK(crew.content(used) == "y");
    crew.office.world().clock.now += day / 2 + 1;
    crew.announce();
    CHECK_THAT(error_of(crew.office.get("/uploads/" + idle)), Catch::Contains("404"));
    CHECK(crew.content(used) == "y");
}

TEST_CASE("an item that is not whole cannot be used or committed", "[service][upload]") {
    Uploader crew;
    const std::string item = crew.announce();
    CHECK_THROWS_WITH(crew.open(item), Catch::Contains("not committed"));
    CHECK_THROWS_WITH(crew.open("i../../field.gpkg"), Catch::Contains("does not exist"));
    CHECK_THAT(error_of(crew.office.post("/uploads/" + item + "/commit")),
               Catch::Contains("has no parts"));
    crew.part(item, "0", "x");
    const auto refused = [&](const http::NameValues& parameters) {
        return error_of(crew.office.post("/uploads/" + item + "/commit", parameters));
    };
    CHECK_THAT(refused({{"parts", "0,1"}}), Catch::Contains("no part 1"));
    CHECK_THAT(refused({{"parts", "0,0"}}), Catch::Contains("twice"));
    CHECK_THAT(refused({{"checksum", "00"}}), Catch::Contains("checksum"));
    CHECK(at(crew.office.post("/uploads/" + item + "/commit"), "success") == Json(true));
    CHECK_THAT(error_of(crew.part(item, "0", "y")), Catch::Contains("committed already"));
}

TEST_CASE("the service says that it takes uploads and how large they may be", "[service][upload]") {
    Uploader crew;
    CHECK_THAT(at(crew.office.get(""), "capabilities").as_string("c"), Catch::Contains("Uploads"));
    CHECK(at(crew.office.get("/uploads/info"), "maxUploadFileSize") == Json(2048));
}

namespace {

std::string numbered(int n) {
    std::string digits = std::to_string(n);
    return "{00000000-0000-4000-8000-" + std::string(12 - digits.size(), '0') + digits + "}";
}

/// A replica whose edits go up as an item.
struct ItemCrew : Uploader {
    std::string replica, generation;

    ItemCrew() {
        const Json answer = office.post("/createReplica", {{"layers", "0,1"}});
        replica = at(answer, "replicaID").as_string("id");
        generation = std::to_string(at(answer, "replicaServerGen").as_int64("gen"));
    }
    std::string item(const std::string& edits) {
        const std::string item = announce();
        part(item, "1", edits.substr(edits.size() / 2));
        part(item, "0", edits.substr(0, edits.size() / 2));
        office.post("/uploads/" + item + "/commit");
        return item;
    }
    Json sync(http::NameValues parameters) {
        parameters.emplace_back("replicaID", replica);
        parameters.emplace_back("replicaServerGen", generation);
        parameters.emplace_back("transportType", "esriTransportTypeEmbedded");
        return office.post("/synchronizeReplica", parameters);
    }
    std::int64_t count() {
        return at(office.get("/0/query", {{"where", "1=1"}, {"returnCountOnly", "true"}}), "count")
            .as_int64("count");
    }
};

std::string add_trees(int from, int to) {
    std::string adds;
    for (int n = from; n < to; ++n) {
        adds += (adds.empty() ? "" : ",") + std::string(R"({"attributes":{"global_id":")") +
                numbered(n) + R"(","species":"oak"}})";
    }
    return "[" + adds + "]";
}

}  // namespace

TEST_CASE("edits come from an upload item, in pieces, adds before deletes", "[service][upload]") {
    ItemCrew crew;
    // The deletes stand first, and undo some of the adds.
    const std::string edits = R"([{"id":0,"features":{"deleteIds":[")" + numbered(3) + R"(",")" +
                              numbered(1700) + R"("],"adds":)" + add_trees(0, 1800) +
                              R"(}},{"id":1,"adds":)" + add_trees(0, 2) + R"(}])";
    const Json answer =
        crew.sync({{"editsUploadID", crew.item(edits)},
                   {"editsUploadFormat", "json"},
                   {"edits", R"([{"id":0,"features":{"adds":[{"attributes":{)"
                             R"("global_id":"{99999999-0000-4000-8000-000000000000}"}}]}}])"}});
    INFO(wire::to_text(answer));
    CHECK(answer.find("error") == nullptr);
    CHECK(crew.count() == 1798);
}

TEST_CASE("an item that cannot be read to its end changes nothing", "[service][upload]") {
    ItemCrew crew;
    const std::string edits = R"([{"id":0,"features":{"adds":)" + add_trees(0, 1200) + "}";
    const std::string item = crew.item(edits);
    CHECK_THAT(error_of(crew.sync({{"editsUploadId", item}})), Catch::Contains("\"code\":400"));
    CHECK_THAT(error_of(crew.sync({{"editsUploadId", "inone"}})), Catch::Contains("inone"));
    CHECK_THAT(error_of(crew.sync({{"editsUploadId", crew.announce()}})),
               Catch::Contains("not committed"));
    CHECK_THAT(error_of(crew.sync({{"editsUploadId", item}, {"editsUploadFormat", "sqlite"}})),
               Catch::Contains("json"));
    const std::string stranger = crew.item(R"([{"id":7,"features":{"adds":[]}}])");
    CHECK_THAT(error_of(crew.sync({{"editsUploadId", stranger}})), Catch::Contains("layer 7"));
    CHECK(crew.count() == 0);
}

TEST_CASE("one refused edit of an item rolls all its pieces back when that was asked",
          "[service][upload]") {
    ItemCrew crew;
    const std::string edits = R"([{"id":0,"features":{"adds":)" + add_trees(0, 1200) +
                              R"(,"updates":[{"attributes":{"species":"nobody"}}]}}])";
    const Json answer =
        crew.sync({{"editsUploadId", crew.item(edits)}, {"rollbackOnFailure", "true"}});
    CHECK_THAT(error_of(answer), Catch::Contains("rolled back"));
    CHECK(crew.count() == 0);
}

TEST_CASE("an item may tell children before their parents", "[service][upload]") {
    ItemCrew crew;
    crew.office.restart([&] {
        geodb::Geodatabase file = crew.office.open_file();
        geodb::sqlite::Transaction transaction(file.database());
        geodb::RelationshipPlan visits{file.layer("trees").id, file.layer("visits").id, "global_id",
                                       "tree", ""};
        visits.composite = true;
        add_relationship(file, visits);
        transaction.commit();
    });
    const std::string visit =
        R"({"attributes":{"global_id":")" + numbered(9) + R"(","tree":")" + numbered(0) + R"("}})";
    const std::string edits = R"([{"id":1,"features":{"adds":[)" + visit +
                              R"(]}},{"id":0,"features":{"adds":)" + add_trees(0, 2) + "}}]";
    const Json answer = crew.sync({{"editsUploadId", crew.item(edits)},
                                   {"editsUploadFormat", "json"},
                                   {"rollbackOnFailure", "true"}});
    INFO(wire::to_text(answer));
    CHECK(answer.find("error") == nullptr);
    CHECK(crew.count() == 2);
    CHECK(at(crew.office.get("/1/query", {{"where", "1=1"}, {"returnCountOnly", "true"}}),
             "count") == Json(1));
}

TEST_CASE("updates of an item that swap UNIQUE values find each other across its pieces",
          "[service][upload]") {
    ItemCrew crew;
    constexpr int kTrees = 1200;  // more than one piece
    crew.office.restart([&] {
        crew.office.open_file().database().execute(
            "CREATE UNIQUE INDEX one_each ON trees (site_order)");
    });
    const auto trees = [](int first, int last) {
        std::string rows;
        for (int n = 0; n < kTrees; ++n) {
            const int order = n == 0 ? first : n == kTrees - 1 ? last : n;
            rows += (rows.empty() ? "" : ",") + std::string(R"({"attributes":{"global_id":")") +
                    numbered(n) + R"(","site_order":)" + std::to_string(order) + "}}";
        }
        return "[" + rows + "]";
    };
    const auto send = [&](const char* list, const std::string& rows) {
        const std::string edits = R"([{"id":0,"features":{")" + std::string(list) + "\":" + rows;
        const Json answer = crew.sync({{"editsUploadId", crew.item(edits + "}}]")},
                                       {"syncDirection", "upload"},
                                       {"rollbackOnFailure", "true"}});
        INFO(wire::to_text(answer));
        CHECK(answer.find("error") == nullptr);
    };
    send("adds", trees(0, kTrees - 1));
    send("updates", trees(kTrees - 1, 0));  // the first and the last change places
    CHECK(crew.office.open_file().database().int64_of(
              "SELECT site_order FROM trees WHERE global_id LIKE '%000000}'") == kTrees - 1);
}
