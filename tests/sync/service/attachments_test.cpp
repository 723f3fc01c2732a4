// SPDX-License-Identifier: Apache-2.0
//
// Attachments as any client of the protocol meets them, and what no client should send.
#include "platform/base64.hpp"
#include "platform/files.hpp"
#include "platform/http/multipart.hpp"
#include "sync/wire/content_pack.hpp"
#include "tests/support/catch.hpp"
#include "tests/support/office.hpp"
#include "tests/support/photos.hpp"

using namespace rhumb;
using namespace rhumb::geodb;
using namespace rhumb::test;
using wire::Json;

namespace {

struct Desk {
    Office office;
    GlobalId oak = office.add("trees", {{"species", "oak"}}, point(1, 1));
    GlobalId elm = office.add("trees", {{"species", "elm"}}, point(2, 2));

    http::Response raw(const std::string& method, const std::string& below,
                       http::Headers headers = {}, std::string body = {}) {
        http::Request request;
        request.method = method;
        request.target = std::string(Office::kService) + below;
        request.scheme = "http";
        request.headers = std::move(headers);
        request.headers.set("Host", "office.test");
        request.body = std::move(body);
        return office.services().handle(request);
    }
    /// The multipart part `attachment`, as clients send it.
    Json send(const std::string& below, const std::string& name, const std::string& type,
              std::string_view bytes, const std::vector<http::Part>& more = {}) {
        std::vector<http::Part> parts{{"f", false, "", "", "json"}};
        parts.insert(parts.end(), more.begin(), more.end());
        parts.push_back({"attachment", true, name, type, bytes});
        const auto form = http::encode_multipart(parts);
        const auto response = raw("POST", below, {{"Content-Type", form.content_type}}, form.body);
        return wire::parse_json(response.text(), "answer");
    }
    std::int64_t add(std::string_view bytes, const std::string& name = "a.jpg",
                     const std::string& type = "image/jpeg") {
        const Json answer = send("/0/1/addAttachment", name, type, bytes);
        return at(answer, "addAttachmentResult", "objectId").as_int64("id");
    }
    static std::string body(const http::Response& response) { return body_of(response); }
    std::string create(http::NameValues form = {}) {
        form.emplace_back("transportType", "esriTransportTypeEmbedded");
        return at(office.post("/createReplica", std::move(form)), "replicaID").as_string("id");
    }
};

std::string words(const Json& answer) {
    const Json* error = answer.find("error");
    return error == nullptr ? "" : wire::to_text(*error);
}

}  // namespace

TEST_CASE("an attachment is added, listed, read by range, changed and deleted",
          "[service][attachments]") {
    Desk desk;
    const std::string taken = photo(3'000'000);
    const std::int64_t id = desk.add(taken, "Höhe \"1\".jpg");
    const std::string path = "/0/1/attachments/" + std::to_string(id);
    const Json infos = desk.office.get("/0/1/attachments");
    CHECK(at(infos, "attachmentInfos", 0, "size") == Json(3'000'000));
    CHECK(at(infos, "attachmentInfos", 0, "rhumbSha256") == Json(sha256(taken).hex()));
    CHECK(at(infos, "attachmentInfos", 0, "parentGlobalId") == Json(desk.oak.value.braced()));

    const auto whole = desk.raw("GET", path);
    CHECK(Desk::body(whole) == taken);
    CHECK(whole.headers.get("Content-Type") == "image/jpeg");
    CHECK(whole.headers.get("ETag") == "\"" + sha256(taken).hex() + "\"");
    CHECK_THAT(std::string(whole.headers.get("Content-Disposition")),
               Catch::Contains("H%C3%B6he%20%221%22.jpg"));
    const auto part = desk.raw("GET", path, {{"Range", "bytes=1000-1999"}});
    CHECK(part.status == 206);
    CHECK(Desk::body(part) == taken.substr(1000, 1000));
    const auto old = desk.raw("GET", path, {{"Range", "bytes=5-9"}, {"If-Range", "\"other\""}});
    CHECK(old.status == 200);
    CHECK(Desk::body(old).size() == taken.size());
    CHECK(desk.raw("GET", path, {{"Range", "bytes=3000000-"}}).status == 416);
    const auto head = desk.raw("HEAD", path);
    CHECK(head.headers.get("Content-Length") == "3000000");
    CHECK(head.text().empty());
    CHECK(desk.raw("GET", path, {{"If-None-Match", whole.headers.get("ETag").data()}}).status ==
          304);

    const std::string number = std::to_string(id);
    desk.send("/0/1/updateAttachment", "b.png", "image/png", "small",
              {{"attachmentId", false, "", "", number}});
    CHECK(Desk::body(desk.raw("GET", path)) == "small");
    const Json deleted =
        desk.office.post("/0/1/deleteAttachments", {{"attachmentIds", number + ",77"}});
    CHECK(at(deleted, "deleteAttachmentResults", 0, "success") == Json(true));
    CHECK(at(deleted, "deleteAttachmentResults", 1, "error", "code") == Json(1010));
    CHECK(at(desk.office.get("/0/1/attachments"), "attachmentInfos").array()->empty());
    CHECK_THAT(words(desk.office.get(path)), Catch::Contains("404"));
    Geodatabase served = desk.office.open_file();
    CHECK(contents(served) == 0);
}

TEST_CASE("an attachment that a browser would run is sent as plain bytes",
          "[service][attachments]") {
    Desk desk;
    const auto id = desk.add("<script>", "x.html", "text/html");
    const auto response = desk.raw("GET", "/0/1/attachments/" + std::to_string(id));
    CHECK(response.headers.get("Content-Type") == "application/octet-stream");
    CHECK(response.headers.get("X-Content-Type-Options") == "nosniff");
}

TEST_CASE("an attachment of JSON comes as it was sent, to programs and people",
          "[service][attachments]") {
    Desk desk;
    const std::string form = GENERATE(std::string(R"({"name":"oak"})"), std::string("no JSON"),
                                      "[" + std::string(3'000'000, ' ') + "]");
    const auto id = desk.add(form, "form.json", "application/json");
    const char* accepted = GENERATE("*/*", "text/html,*/*");
    const auto response =
        desk.raw("GET", "/0/1/attachments/" + std::to_string(id), {{"Accept", accepted}});
    CHECK(response.headers.get("Content-Type") == "application/json");
    CHECK(Desk::body(response) == form);
}

TEST_CASE("queryAttachments finds by features, type, size and keywords", "[service][attachments]") {
    Desk desk;
    desk.add("1234", "a.jpg");
    desk.send("/0/1/addAttachment", "b.pdf", "application/pdf", "123456789",
              {{"keywords", false, "", "", "plan, old"}});
    const auto count = [&](http::NameValues form) {
        form.emplace_back("returnCountOnly", "true");
        const Json answer = desk.office.post("/0/queryAttachments", std::move(form));
        const auto& groups = *at(answer, "attachmentGroups").array();
        return groups.empty() ? 0 : at(groups[0], "count").as_int64("count");
    };
    CHECK(count({{"objectIds", "1,2"}}) == 2);
    CHECK(count({{"objectIds", "2"}}) == 0);
    CHECK(count({{"globalIds", desk.oak.value.plain()}}) == 2);
    CHECK(count({{"definitionExpression", "species = 'oak'"}}) == 2);
    CHECK(count({{"objectIds", "1"}, {"attachmentTypes", "application/pdf"}}) == 1);
    CHECK(count({{"objectIds", "1"}, {"size", "5,100"}}) == 1);
    CHECK(count({{"objectIds", "1"}, {"size", "5"}}) == 1);
    CHECK(count({{"objectIds", "1"}, {"keywords", "old"}}) == 1);
    const Json answer =
        desk.office.post("/0/queryAttachments", {{"objectIds", "1"}, {"returnUrl", "true"}});
    CHECK_THAT(at(answer, "attachmentGroups", 0, "attachmentInfos", 0, "url").as_string("url"),
               Catch::EndsWith("/FeatureServer/0/1/attachments/1"));
    CHECK_THAT(words(desk.office.post("/0/queryAttachments", {})), Catch::Contains("objectIds"));
    CHECK_THAT(
        words(desk.office.post("/0/queryAttachments", {{"objectIds", "1"}, {"size", "big"}})),
        Catch::Contains("'size'"));
    CHECK_THAT(words(desk.office.post("/0/queryAttachments", {{"globalIds", "x') OR 1=1"}})),
               Catch::Contains("no GlobalID"));
}

TEST_CASE("queryAttachments looks at attachments themselves, sorts them and gives them in pages",
          "[service][attachments]") {
    Desk desk;
    for (const int size : {30, 10, 20}) {
        desk.add(std::string(static_cast<std::size_t>(size), 'x'), "p" + std::to_string(size));
    }
    desk.send("/0/2/addAttachment", "p15", "image/png", std::string(15, 'y'));
    const auto names = [&](http::NameValues form) {
        form.emplace_back("objectIds", "1,2");
        const Json answer = desk.office.post("/0/queryAttachments", std::move(form));
        std::string text;
        for (const Json& group : *at(answer, "attachmentGroups").array()) {
            text += "| " + std::to_string(at(group, "parentObjectId").as_int64("id")) + " ";
            for (const Json& info : *at(group, "attachmentInfos").array()) {
                text += at(info, "name").as_string("name") + " ";
            }
        }
        return text + (answer.find("exceededTransferLimit") != nullptr ? "more" : "");
    };
    CHECK(names({}) == "| 1 p30 p10 p20 | 2 p15 ");
    CHECK(names({{"attachmentsDefinitionExpression", "size > 10 AND name LIKE 'p%'"}}) ==
          "| 1 p30 p20 | 2 p15 ");
    CHECK(names({{"attachmentsDefinitionExpression", "CONTENT_TYPE = 'image/png'"}}) == "| 2 p15 ");
    CHECK(names({{"orderByFields", "size"}}) == "| 1 p10 p20 p30 | 2 p15 ");
    CHECK(names({{"orderByFields", "DATA_SIZE DESC"}, {"resultRecordCount", "3"}}) ==
          "| 1 p30 p20 | 2 p15 more");
    CHECK(names({{"resultOffset", "1"}, {"resultRecordCount", "2"}}) == "| 1 p10 p20 more");
    CHECK(names({{"resultOffset", "3"}}) == "| 2 p15 ");
    CHECK(names({{"resultOffset", "4"}}).empty());
    CHECK(names({{"attachmentTypes", "IMAGE/PNG, text/plain"}}) == "| 2 p15 ");
    CHECK(names({{"size", ",15"}}) == "| 1 p10 | 2 p15 ");
    const Json counted = desk.office.post(
        "/0/queryAttachments",
        {{"objectIds", "[1,2]"}, {"returnCountOnly", "true"}, {"resultRecordCount", "1"}});
    CHECK(at(counted, "attachmentGroups").array()->size() == 1);
    CHECK(at(counted, "attachmentGroups", 0, "count") == Json(3));
    CHECK(at(counted, "exceededTransferLimit") == Json(true));
}

TEST_CASE("each call that edits attachments is one changeset, and replicas get it",
          "[service][attachments]") {
    Desk desk;
    const std::string id = desk.create({{"returnAttachments", "true"}});
    const auto head = [&] { return desk.office.open_file().timeline().head().value; };
    const std::int64_t before = head();
    const Json added = desk.send("/0/1/addAttachment", "a.jpg", "", photo(3'000'000),
                                 {{"returnEditMoment", false, "", "", "true"},
                                  {"gdbVersion", false, "", "", "sde.default"}});
    CHECK(at(added, "editMoment").as_int64("moment") > 0);
    CHECK(head() == before + 1);
    desk.add("small", "b.jpg");
    desk.office.post("/0/1/deleteAttachments", {{"attachmentIds", "[2]"}});
    CHECK(head() == before + 3);
    const Json answer =
        desk.office.post("/synchronizeReplica", {{"replicaID", id},
                                                 {"syncDirection", "download"},
                                                 {"transportType", "esriTransportTypeEmbedded"}});
    const auto& adds = at(answer, "edits", 0, "attachments", "adds");
    REQUIRE(adds.array()->size() == 1);
    CHECK(at(adds, 0, "contentType") == Json("image/jpeg"));
    CHECK(at(adds, 0, "rhumbSha256") == Json(sha256(photo(3'000'000)).hex()));
}

TEST_CASE("deleteAttachments with rollback deletes all or none", "[service][attachments]") {
    Desk desk;
    desk.add("1");
    const Json refused = desk.office.post(
        "/0/1/deleteAttachments", {{"attachmentIds", "1,77"}, {"rollbackOnFailure", "true"}});
    CHECK(at(refused, "error", "extendedCode") == Json(-2147207418));
    CHECK(at(desk.office.get("/0/1/attachments"), "attachmentInfos").array()->size() == 1);
}

TEST_CASE("an attachment comes from an upload item, an empty file is one too",
          "[service][attachments]") {
    Desk desk;
    const Json empty = desk.send("/0/1/addAttachment", "empty.txt", "text/plain", "");
    CHECK(at(empty, "addAttachmentResult", "success") == Json(true));
    CHECK(Desk::body(desk.raw("GET", "/0/1/attachments/1")).empty());
    const auto form = http::encode_multipart({{"file", true, "long.pdf", "", photo(2'500'000)}});
    const auto sent = desk.raw("POST", "/uploads/upload?f=json",
                               {{"Content-Type", form.content_type}}, form.body);
    const std::string item =
        at(wire::parse_json(sent.text(), "answer"), "item", "itemID").as_string("id");
    for (int i = 0; i < 2; ++i) {  // a repeated call still finds it
        const Json added = desk.office.post("/0/2/addAttachment", {{"UPLOADID", item}});
        CHECK(at(added, "addAttachmentResult", "success") == Json(true));
    }
    const Json info = at(desk.office.get("/0/2/attachments"), "attachmentInfos", 0);
    CHECK(at(info, "name") == Json("long.pdf"));
    CHECK(at(info, "contentType") == Json("application/pdf"));
    const auto bytes = desk.raw("GET", "/0/2/attachments/2", {{"Range", "bytes=-700000"}});
    CHECK(Desk::body(bytes) == photo(2'500'000).substr(1'800'000));
    Geodatabase served = desk.office.open_file();
    CHECK(contents(served) == 2);
}

TEST_CASE("attachments that lost their feature without a word are deleted by the housekeeping",
          "[service][attachments]") {
    Desk desk;
    const std::string id = desk.create({{"returnAttachments", "true"}});
    desk.add("photo");
    {
        Geodatabase served = desk.office.open_file();
        served.database().execute(
            "DROP TRIGGER rhumb_track_0_attachments; DELETE FROM trees WHERE fid = 1");
        CHECK(check_attachments(served).size() == 1);
    }
    desk.office.services().housekeep();
    Geodatabase served = desk.office.open_file();
    CHECK(check_attachments(served).empty());
    CHECK(contents(served) == 0);
    const Json answer =
        desk.office.post("/synchronizeReplica", {{"replicaID", id}, {"syncDirection", "download"}});
    CHECK(answer.find("error") == nullptr);
}

TEST_CASE("only the combinations of the protocol are agreed upon", "[service][attachments]") {
    Desk desk;
    struct Try {
        const char *returned, *direction;
        bool fine;
    };
    for (const Try& one : {Try{"true", "bidirectional", true},
                           {"true", "upload", true},
                           {"true", "none", false},
                           {"false", "upload", true},
                           {"false", "none", true},
                           {"false", "bidirectional", false},
                           {"true", "sideways", false}}) {
        INFO(one.returned << " " << one.direction);
        const Json answer = desk.office.post(
            "/createReplica",
            {{"returnAttachments", one.returned}, {"attachmentsSyncDirection", one.direction}});
        CHECK((answer.find("error") == nullptr) == one.fine);
        if (!one.fine) CHECK_THAT(words(answer), Catch::Contains("400"));
    }
}

TEST_CASE("a replica gets attachments as links, or as base64 in each spelling",
          "[service][attachments]") {
    Desk desk;
    const std::string taken = photo(400'001);
    desk.add(taken);
    const http::NameValues embedded{{"returnAttachments", "true"},
                                    {"transportType", "esriTransportTypeEmbedded"}};
    const Json linked = desk.office.post("/createReplica", embedded);
    CHECK_THAT(at(linked, "layers", 0, "attachments", 0, "url").as_string("url"),
               Catch::EndsWith("/0/1/attachments/1"));
    for (const char* spelling : {"returnAttachmentsDataByUrl", "returnAttachmentsDatabyUrl",
                                 "returnAttachmentDatabyURL"}) {
        http::NameValues form = embedded;
        form.emplace_back(spelling, "false");
        const Json answer = desk.office.post("/createReplica", form);
        const auto& entry = at(answer, "layers", 0, "attachments", 0);
        CHECK(base64_decode(at(entry, "data").as_string("data")) == taken);
        CHECK(entry.find("url") == nullptr);
    }
    CHECK(at(desk.office.post("/createReplica", {{"transportType", "esriTransportTypeEmbedded"}}),
             "layers", 0, "attachments")
              .array()
              ->empty());
}

TEST_CASE("an upload names each attachment that fails, with code and reason",
          "[service][attachments]") {
    Desk desk;
    const std::string id = desk.create({{"returnAttachments", "true"}});
    const std::string oak = desk.oak.value.braced();
    const auto entry = [&](int n, const std::string& parent, const std::string& content) {
        return R"({"globalId":"{00000000-0000-4000-8000-00000000000)" + std::to_string(n) +
               R"(}","parentGlobalId":")" + parent +
               R"(","name":"a.jpg","contentType":"image/jpeg",)" + content + "}";
    };
    const std::string adds =
        entry(1, oak, R"("data":"aGVsbG8=")") + "," +
        entry(2, "{00000000-0000-4000-8000-00000000000F}", R"("data":"aGVsbG8=")") + "," +
        entry(3, oak, R"("data":"not base64!")") + "," +
        entry(4, oak, R"("url":"file:///etc/passwd")") + "," +
        entry(5, oak, R"("uploadId":"i00000000-0000-4000-8000-000000000001")") + "," +
        entry(6, oak, R"("rhumbSha256":")" + std::string(64, 'a') + "\"") + "," +
        entry(7, oak, R"("data":"aGVsbG8=","rhumbSha256":")" + std::string(64, 'b') + "\"") + "," +
        entry(8, oak, R"("size":3)") + R"(,17,{"name":"x"})";
    const Json answer = desk.office.post(
        "/synchronizeReplica",
        {{"replicaID", id},
         {"transportType", "esriTransportTypeEmbedded"},
         {"edits", R"([{"id":0,"attachments":{"adds":[)" + adds +
                       R"(],"updates":[{"globalId":"{00000000-0000-4000-8000-0000000000AA}"}],
                          "deleteIds":["{00000000-0000-4000-8000-0000000000BB}",5]}}])"}});
    const auto& results = at(answer, "edits", 0, "attachments");
    CHECK(at(results, "addResults").array()->size() == 9);
    for (const Json& result : *at(results, "addResults").array()) {
        CHECK(at(result, "error", "code") == Json(1008));
        CHECK_FALSE(at(result, "error", "description").as_string("words").empty());
    }
    CHECK(at(results, "updateResults", 0, "error", "code") == Json(1009));
    CHECK(at(results, "deleteResults").array()->size() == 1);
    Geodatabase served = desk.office.open_file();
    CHECK(served.database().int64_of("SELECT count(*) FROM rhumb_attachment") == 1);
    CHECK(contents(served) == 1);  // nothing stays of what was refused
    CHECK(check_attachments(served).empty());
}

TEST_CASE("with rollback a failing attachment takes the features back too",
          "[service][attachments]") {
    Desk desk;
    const std::string id = desk.create({{"returnAttachments", "true"}});
    const Json answer = desk.office.post(
        "/synchronizeReplica",
        {{"replicaID", id},
         {"rollbackOnFailure", "true"},
         {"edits",
          R"([{"id":0,"features":{"deleteIds":[")" + desk.elm.value.braced() +
              R"("]},"attachments":{"adds":[{"globalId":"{00000000-0000-4000-8000-000000000001}",
             "parentGlobalId":"{00000000-0000-4000-8000-00000000000F}","data":"aGk="}]}}])"}});
    CHECK_THAT(words(answer), Catch::Contains("1008") && Catch::Contains("rolled back"));
    Geodatabase served = desk.office.open_file();
    CHECK(served.database().int64_of("SELECT count(*) FROM trees") == 2);
}

TEST_CASE("a replica without attachments neither gets nor sends them", "[service][attachments]") {
    Desk desk;
    const std::string id = desk.create();
    desk.add("1");
    const Json answer =
        desk.office.post("/synchronizeReplica", {{"replicaID", id}, {"syncDirection", "download"}});
    CHECK(at(answer, "responseType") == Json("esriReplicaResponseTypeNoEdits"));
    CHECK_THAT(words(desk.office.post(
                   "/synchronizeReplica",
                   {{"replicaID", id}, {"edits", R"([{"id":0,"attachments":{"adds":[{}]}}])"}})),
               Catch::Contains("attachmentsSyncDirection"));
}

TEST_CASE("what is no pack is refused, and what a broken one brought is not believed",
          "[service][attachments]") {
    Desk desk;
    const auto put = [&](std::string body) {
        const auto response = desk.raw("POST", "/rhumbContents/put?f=json",
                                       {{"Content-Type", wire::kPackType}}, std::move(body));
        return wire::parse_json(response.text(), "answer");
    };
    const std::string magic(wire::kPackMagic);
    CHECK_FALSE(words(put("")).empty());
    CHECK_FALSE(words(put("<html>")).empty());
    CHECK_FALSE(words(put(magic + wire::pack_head({sha256("a"), 1, 2, 3}) + "abc")).empty());
    CHECK_FALSE(words(put(magic + wire::pack_head({sha256("a"), -1, 0, -1}))).empty());
    CHECK_FALSE(
        words(put(magic + wire::pack_head({sha256("a"), std::int64_t{1} << 62, 0, 1}) + "a"))
            .empty());
    // Another hash than said: dropped; cut off: kept as a part, which nobody takes for the whole.
    const Json spoiled = put(magic + wire::pack_head({sha256("a"), 1, 0, 1}) + "b");
    CHECK(at(spoiled, "contents", 0, "have") == Json(-1));
    const Json part = put(magic + wire::pack_head({sha256("hello"), 5, 0, 5}) + "hel");
    CHECK(at(part, "contents", 0, "have") == Json(3));
    const auto got = desk.raw(
        "POST", "/rhumbContents/get", {{"Content-Type", "application/x-www-form-urlencoded"}},
        http::encode_form({{"contents", R"([{"sha256":")" + sha256("hello").hex() + R"("}])"}}));
    CHECK(Desk::body(got) == magic);
    for (const char* bad :
         {"", "[", "{}", "[1]", R"([{"sha256":"zz"}])", R"([{"sha256":"00","from":-1}])"}) {
        INFO(bad);
        CHECK_FALSE(words(desk.office.post("/rhumbContents/have", {{"contents", bad}})).empty());
        CHECK_FALSE(words(desk.office.post("/rhumbContents/get", {{"contents", bad}})).empty());
    }
    CHECK_FALSE(words(desk.office.get("/rhumbContents/have")).empty());
    CHECK_FALSE(words(desk.office.post("/rhumbContents/nothing")).empty());
}

TEST_CASE("addresses of attachments that are not there are told apart from errors of ours",
          "[service][attachments]") {
    Desk desk;
    const auto id = desk.add("1");
    for (const std::string& path :
         {"/0/2/attachments/" + std::to_string(id), std::string("/0/1/attachments/99"),
          std::string("/0/99/attachments"), std::string("/1/1/attachments/1"),
          std::string("/0/1/attachments/x"), std::string("/0/1/attachments/1/2")}) {
        INFO(path);
        CHECK_THAT(words(desk.office.get(path)), Catch::Contains("40"));
    }
    CHECK_FALSE(words(desk.office.post("/0/1/addAttachment")).empty());
    CHECK_FALSE(words(desk.office.post("/0/1/updateAttachment", {{"uploadId", "x"}})).empty());
    CHECK_FALSE(words(desk.office.post("/0/1/deleteAttachments")).empty());
    CHECK_FALSE(words(desk.office.get("/0/1/addAttachment")).empty());
}
