// SPDX-License-Identifier: Apache-2.0
//
// What no client should send to the attachment and upload operations: each is refused by what it
// names, nothing is changed, and the service goes on.
#include "geodb/timeline.hpp"
#include "platform/http/multipart.hpp"
#include "sync/service/uploads/upload_items.hpp"
#include "tests/support/catch.hpp"
#include "tests/support/office.hpp"
#include "tests/support/photos.hpp"

using namespace rhumb;
using namespace rhumb::geodb;
using namespace rhumb::test;
using wire::Json;

namespace {

const std::string kForm = "application/x-www-form-urlencoded";
const std::string kMultipart = "multipart/form-data; boundary=cut";

std::string field(const std::string& name, const std::string& value) {
    return "--cut\r\nContent-Disposition: form-data; name=\"" + name + "\"\r\n\r\n" + value +
           "\r\n";
}
std::string file(const std::string& name, const std::string& filename, const std::string& bytes,
                 const std::string& type = "image/jpeg") {
    return "--cut\r\nContent-Disposition: form-data; name=\"" + name + "\"; filename=\"" +
           filename + "\"\r\nContent-Type: " + type + "\r\n\r\n" + bytes + "\r\n";
}
const std::string kEnd = "--cut--\r\n";

struct Refused {
    std::string path;  ///< below the service; @WHOLE, @PENDING and @OTHERS are upload items
    std::string body;  ///< "GET": called with GET
    int code;          ///< of the error, or of the row's result
    std::string says;
    std::string type = kForm;
};

std::string with_items(std::string text, const std::map<std::string, std::string>& items) {
    for (const auto& [name, id] : items) {
        for (std::size_t at = 0; (at = text.find(name, at)) != std::string::npos;) {
            text.replace(at, name.size(), id);
        }
    }
    return text;
}

/// The error of an answer, or of its only row.
std::string fault_of(const Json& answer) {
    if (const Json* error = answer.find("error")) return wire::to_text(*error);
    for (const char* name : {"addAttachmentResult", "updateAttachmentResult"}) {
        const Json* result = answer.find(name);
        if (result != nullptr && result->find("error"))
            return wire::to_text(*result->find("error"));
    }
    const Json* list = answer.find("deleteAttachmentResults");
    if (list == nullptr || list->array()->empty()) return "";
    const Json* error = list->array()->front().find("error");
    return error == nullptr ? "" : wire::to_text(*error);
}

/// An office with one photo at feature 1, and an upload item of each kind.
class Desk {
public:
    Desk() {
        office_.limits.max_attachment_bytes = 1000;
        office_.limits.uploads.max_item_bytes = 2000;
        office_.limits.uploads.max_part_bytes = 1500;
        office_.restart();
        for (const char* species : {"oak", "elm"}) {
            office_.add("trees", {{"species", species}}, point(1, 1));
        }
        post("/0/1/addAttachment", file("attachment", "a.jpg", "photo") + kEnd, kMultipart);
        items_["@PENDING"] = announce("pending.bin");
        items_["@WHOLE"] = announce("whole.bin");
        for (const char* item : {"@PENDING", "@WHOLE"}) {
            post("/uploads/" + items_[item] + "/uploadPart",
                 field("partId", "0") + file("file", "x", "bytes") + kEnd, kMultipart);
        }
        post("/uploads/" + items_["@WHOLE"] + "/commit", "", kForm);
        service::GpkgStore store(office_.file(), office_.world().world());
        service::UploadItems items(store, office_.folder() / "uploads" / "field",
                                   office_.limits.uploads);
        const auto theirs = items.announce("eve", "theirs.bin", "");
        items_["@OTHERS"] = service::UploadItems::wire_id(theirs.id);
        items.put_part("eve", items_["@OTHERS"], 0, "secret");
        items.commit("eve", items_["@OTHERS"], std::nullopt, "");
        before_ = state();
    }

    Json post(const std::string& path, const std::string& body, const std::string& type) {
        http::Request request;
        request.method = body == "GET" ? "GET" : "POST";
        const std::string target = with_items(path, items_);
        request.target =
            Office::kService + target + (target.find('?') == std::string::npos ? "?f=json" : "");
        request.headers.set("Host", "office.test");
        if (request.method == "POST") {
            request.headers.set("Content-Type", type);
            request.body = with_items(body, items_);
        }
        return wire::parse_json(body_of(office_.services().handle(request)), "answer");
    }

    void expect_refused(const Refused& one) {
        INFO(one.path << " " << one.body.substr(0, 300));
        const Json answer = post(one.path, one.body, one.type);
        const std::string fault = fault_of(answer);
        INFO(wire::to_text(answer));
        CHECK_THAT(fault, Catch::Contains("\"code\":" + std::to_string(one.code)));
        CHECK_THAT(fault, Catch::Contains(one.says));
        CHECK(state() == before_);
        ++refused_;
    }
    int refused() const { return refused_; }

private:
    std::string announce(const std::string& name) {
        const Json answer = post("/uploads/register", "itemName=" + name, kForm);
        return at(answer, "item", "itemID").as_string("id");
    }
    /// All that a refused call could have changed.
    std::string state() {
        Geodatabase served = office_.open_file();
        std::string text = photos(served) + std::to_string(contents(served)) + " contents, at " +
                           std::to_string(served.timeline().head().value) + ", items ";
        sqlite::Statement rows(served.database(),
                               "SELECT i.name || i.committed || i.file || ' ' || (SELECT count(*) "
                               "FROM rhumb_upload_part p WHERE p.item_id = i.item_id) FROM "
                               "rhumb_upload_item i ORDER BY i.name");
        while (rows.step()) text += std::string(rows.column_text(0)) + ", ";
        std::size_t files = 0;
        for ([[maybe_unused]] const auto& entry :
             std::filesystem::directory_iterator(office_.folder() / "uploads" / "field")) {
            ++files;
        }
        return text + std::to_string(files) + " files";
    }

    Office office_;
    std::map<std::string, std::string> items_;
    std::string before_;
    int refused_ = 0;
};

std::string numbers(int count) {
    std::string list;
    for (int i = 0; i < count; ++i) list += (i == 0 ? "" : ",") + std::to_string(1000 + i);
    return list;
}

std::string many_parts() {
    std::string body;
    for (std::size_t i = 0; i <= http::kMaxParts; ++i) body += field("a", "b");
    return body + file("attachment", "a.jpg", "x") + kEnd;
}

const std::string kAdd = "/0/1/addAttachment";
const std::string kUpdate = "/0/1/updateAttachment";
const std::string kDelete = "/0/1/deleteAttachments";
const std::string kQuery = "/0/queryAttachments";
const std::string kPhoto = file("attachment", "b.jpg", "other") + kEnd;

const std::vector<Refused> kRefusedAdds{
    {kAdd, "GET", 405, "POST"},
    {kAdd, "", 400, "neither a file part 'attachment' nor an 'uploadId'"},
    {kAdd, "keywords=x", 400, "uploadId"},
    {kAdd, kPhoto, 400, "boundary", "multipart/form-data"},
    {kAdd, kPhoto, 400, "boundary", "multipart/form-data; boundary="},
    {kAdd, kPhoto, 400, "boundary", "multipart/form-data; boundary=" + std::string(300, 'b')},
    {kAdd, kPhoto, 400, "does not occur", "multipart/form-data; boundary=other"},
    {kAdd, "", 400, "does not occur", kMultipart},
    {kAdd, kPhoto.substr(0, kPhoto.size() - kEnd.size() - 3), 400, "ends inside part 1",
     kMultipart},
    {kAdd, file("attachment", "b.jpg", "x").substr(0, 50), 400, "part 1", kMultipart},
    {kAdd, file("", "b.jpg", "x") + kEnd, 400, "no name", kMultipart},
    {kAdd, file("file", "b.jpg", "x") + kEnd, 400, "the file part's name is 'file'", kMultipart},
    {kAdd, field("attachment", "text") + kEnd, 400, "neither", kMultipart},
    {kAdd, file("attachment", "", "") + kEnd, 400, "no file was chosen", kMultipart},
    {kAdd, file("attachment", "..", "x") + kEnd, 400, "file name", kMultipart},
    {kAdd, file("attachment", "a%0Ab.jpg", "x") + kEnd, 400, "file name", kMultipart},
    {kAdd, file("attachment", "\xFF.jpg", "x") + kEnd, 400, "not UTF-8", kMultipart},
    {kAdd, file("attachment", std::string(300, 'a'), "x") + kEnd, 400, "255 bytes", kMultipart},
    {kAdd, file("attachment", "b.jpg", "x", "im\x01ge") + kEnd, 400, "content type", kMultipart},
    {kAdd,
     file("attachment", "b.jpg", "x", "image/jpeg\r\nContent-Transfer-Encoding: base64") + kEnd,
     400, "base64", kMultipart},
    {kAdd, file("attachment", "b.jpg", std::string(1001, 'x')) + kEnd, 413, "limit of 1000",
     kMultipart},
    {kAdd, many_parts(), 400, "more than 1000 parts", kMultipart},
    {kAdd, file("attachment", "b.jpg", "x", std::string(17'000, 'x')) + kEnd, 400, "too long",
     kMultipart},
    {kAdd, "bytes", 400, "neither", "application/octet-stream"},
    {kAdd, "uploadId=nothing", 400, "'uploadId': upload item nothing does not exist"},
    {kAdd, "uploadId=i00000000-0000-4000-8000-000000000001", 400, "does not exist"},
    {kAdd, "uploadId=../../field.gpkg", 400, "does not exist"},
    {kAdd, "uploadId=@OTHERS", 400, "does not exist"},
    {kAdd, "uploadId=@PENDING", 400, "not committed"},
    {kAdd, field("uploadId", "@WHOLE") + kPhoto, 400, "both", kMultipart},
    {kAdd, field("globalId", "oak") + kPhoto, 400, "'globalId'", kMultipart},
    {kAdd, field("keywords", std::string(5000, 'k')) + kPhoto, 400, "'keywords'", kMultipart},
    {kAdd, field("keywords", "\xFF") + kPhoto, 400, "'keywords'", kMultipart},
    {kAdd, field("returnEditMoment", "maybe") + kPhoto, 400, "'returnEditMoment'", kMultipart},
    {kAdd + "?f=xml", kPhoto, 400, "'f'", kMultipart},
    {kAdd + "?f=json&callback=a%28b", kPhoto, 400, "'callback'", kMultipart},
    {"/99/1/addAttachment", kPhoto, 404, "99", kMultipart},
    {"/trees/1/addAttachment", kPhoto, 400, "trees", kMultipart},
    {"/0/one/addAttachment", kPhoto, 400, "not supported", kMultipart},
    {"/0/77/addAttachment", kPhoto, 1008, "has no feature 77", kMultipart},
    {"/0/-1/addAttachment", kPhoto, 1008, "has no feature -1", kMultipart},
    {"/0/77/addAttachment", "uploadId=@WHOLE", 1008, "has no feature 77"},
    {"/0/1/addAttachments", kPhoto, 400, "not supported", kMultipart},
};

const std::vector<Refused> kRefusedChanges{
    {kUpdate, "GET", 405, "POST"},
    {kUpdate, kPhoto, 400, "'attachmentId' is missing", kMultipart},
    {kUpdate, field("attachmentId", "") + kPhoto, 400, "'attachmentId' is missing", kMultipart},
    {kUpdate, field("attachmentId", "first") + kPhoto, 400, "'attachmentId'", kMultipart},
    {kUpdate, field("attachmentId", "1.5") + kPhoto, 400, "'attachmentId'", kMultipart},
    {kUpdate, field("attachmentId", "99999999999999999999") + kPhoto, 400, "'attachmentId'",
     kMultipart},
    {kUpdate, field("attachmentId", "77") + kPhoto, 1009, "no attachment 77", kMultipart},
    {kUpdate, field("attachmentId", "-1") + kPhoto, 1009, "no attachment -1", kMultipart},
    {"/0/2/updateAttachment", field("attachmentId", "1") + kPhoto, 1009, "no attachment 1",
     kMultipart},
    {"/0/77/updateAttachment", field("attachmentId", "1") + kPhoto, 1011, "no feature 77",
     kMultipart},
    {kUpdate, "attachmentId=1", 400, "neither"},
    {kUpdate, "attachmentId=1&uploadId=@PENDING", 400, "not committed"},
    {kUpdate, "attachmentId=1&uploadId=@OTHERS", 400, "does not exist"},
    {kDelete, "GET", 405, "POST"},
    {kDelete, "", 400, "'attachmentIds' is missing"},
    {kDelete, "attachmentIds=one", 400, "'attachmentIds'"},
    {kDelete, "attachmentIds=1,,2", 400, "'attachmentIds'"},
    {kDelete, "attachmentIds=[1,\"x\"]", 400, "'attachmentIds'"},
    {kDelete, "attachmentIds=[1", 400, "'attachmentIds'"},
    {kDelete, "attachmentIds={\"a\":1}", 400, "'attachmentIds'"},
    {kDelete, "attachmentIds=" + numbers(10'001), 400, "more than 10000"},
    {kDelete, "attachmentIds=77", 1010, "no attachment 77"},
    {kDelete, "attachmentIds=-5", 1010, "no attachment -5"},
    {"/0/2/deleteAttachments", "attachmentIds=1", 1010, "no attachment 1"},
    {"/0/77/deleteAttachments", "attachmentIds=1", 1011, "no feature 77"},
    {kDelete, "attachmentIds=1,77&rollbackOnFailure=true", 400, "no attachment 77"},
    {kDelete, "attachmentIds=1&rollbackOnFailure=perhaps", 400, "'rollbackOnFailure'"},
    {kDelete, "attachmentIds=1&returnEditMoment=perhaps", 400, "'returnEditMoment'"},
};

const std::vector<Refused> kRefusedReads{
    {"/0/77/attachments", "GET", 404, "no feature 77"},
    {"/0/one/attachments", "GET", 400, "not supported"},
    {"/0/1/attachments/77", "GET", 404, "no attachment 77"},
    {"/0/2/attachments/1", "GET", 404, "no attachment 1"},
    {"/0/1/attachments/-1", "GET", 404, "no attachment -1"},
    {"/0/1/attachments/photo", "GET", 400, "not supported"},
    {"/0/1/attachments/1/thumbnail", "GET", 400, "not supported"},
    {kQuery, "", 400, "objectIds"},
    {kQuery, "objectIds=one", 400, "'objectIds'"},
    {kQuery, "objectIds=1;2", 400, "'objectIds'"},
    {kQuery, "globalIds=oak", 400, "'globalIds'"},
    {kQuery, "globalIds=x') OR 1=1", 400, "no GlobalID"},
    {kQuery, "definitionExpression=weight > 1", 400, "weight"},
    {kQuery, "definitionExpression=1=1;DROP TABLE trees", 400, "where"},
    {kQuery, "objectIds=1&attachmentsDefinitionExpression=weight > 1", 400,
     "attachmentsDefinitionExpression"},
    {kQuery, "objectIds=1&attachmentsDefinitionExpression=size >", 400,
     "attachmentsDefinitionExpression"},
    {kQuery, "objectIds=1&attachmentsDefinitionExpression=size > 'big'", 400,
     "attachmentsDefinitionExpression"},
    {kQuery, "objectIds=1&attachmentsDefinitionExpression=sha256 IS NULL", 400, "sha256"},
    {kQuery, "objectIds=1&size=big", 400, "'size'"},
    {kQuery, "objectIds=1&size=1,2,3", 400, "'size'"},
    {kQuery, "objectIds=1&size=5,1", 400, "'size'"},
    {kQuery, "objectIds=1&size=-1", 400, "'size'"},
    {kQuery, "objectIds=1&orderByFields=weight", 400, "weight"},
    {kQuery, "objectIds=1&orderByFields=size UP", 400, "orderByFields"},
    {kQuery, "objectIds=1&resultOffset=-1", 400, "'resultOffset'"},
    {kQuery, "objectIds=1&resultOffset=x", 400, "'resultOffset'"},
    {kQuery, "objectIds=1&resultRecordCount=-1", 400, "'resultRecordCount'"},
    {kQuery, "objectIds=1&resultRecordCount=x", 400, "'resultRecordCount'"},
    {kQuery, "objectIds=1&returnCountOnly=maybe", 400, "'returnCountOnly'"},
    {kQuery, "objectIds=1&returnUrl=maybe", 400, "'returnUrl'"},
    {kQuery, "objectIds=1&returnMetadata=maybe", 400, "'returnMetadata'"},
    {kQuery, "objectIds=1&keywords=" + numbers(501), 400, "'keywords'"},
    {kQuery, "objectIds=1&attachmentTypes=" + numbers(501), 400, "'attachmentTypes'"},
    {"/99/queryAttachments", "objectIds=1", 404, "99"},
};

const std::string kBytes = file("file", "x.bin", "bytes") + kEnd;

const std::vector<Refused> kRefusedUploads{
    {"/uploads?f=json&resultOffset=-1", "GET", 400, "'resultOffset'"},
    {"/uploads?f=json&resultRecordCount=x", "GET", 400, "'resultRecordCount'"},
    {"/uploads/register", "GET", 405, "POST"},
    {"/uploads/register", "", 400, "'itemName'"},
    {"/uploads/register", "itemName=a.exe", 400, "extensions"},
    {"/uploads/register", "itemName=a%2Fb.bin", 400, "'itemName'"},
    {"/uploads/upload", "GET", 405, "POST"},
    {"/uploads/upload", "", 400, "'file' is missing"},
    {"/uploads/upload", kBytes, 400, "boundary", "multipart/form-data"},
    {"/uploads/upload", field("file", "text") + kEnd, 400, "'file' is missing", kMultipart},
    {"/uploads/upload", file("a", "a.bin", "1") + file("b", "b.bin", "2") + kEnd, 400,
     "'file' is missing", kMultipart},
    {"/uploads/upload", file("file", "a.exe", "x") + kEnd, 400, "extensions", kMultipart},
    {"/uploads/upload", file("file", "a.bin", std::string(2001, 'x')) + kEnd, 400,
     "bytes of a part of 1500", kMultipart},
    {"/uploads/upload", kBytes.substr(0, kBytes.size() - kEnd.size() - 3), 400, "ends inside",
     kMultipart},
    {"/uploads/@PENDING/uploadPart", "GET", 405, "POST"},
    {"/uploads/@PENDING/uploadPart", kBytes, 400, "'partId' is missing", kMultipart},
    {"/uploads/@PENDING/uploadPart", field("partId", "x") + kBytes, 400, "'partId'", kMultipart},
    {"/uploads/@PENDING/uploadPart", field("partNum", "1.5") + kBytes, 400, "'partNum'",
     kMultipart},
    {"/uploads/@PENDING/uploadPart", field("partId", "-1") + kBytes, 400, "'partId'", kMultipart},
    {"/uploads/@PENDING/uploadPart", field("partId", "100001") + kBytes, 400, "'partId'",
     kMultipart},
    {"/uploads/@PENDING/uploadPart", field("partId", "1") + kEnd, 400, "'file' is missing",
     kMultipart},
    {"/uploads/@PENDING/uploadPart", "partId=1", 400, "'file' is missing"},
    {"/uploads/@PENDING/uploadPart",
     field("partId", "1") + file("file", "x", std::string(1501, 'x')) + kEnd, 400,
     "bytes of a part of 1500", kMultipart},
    {"/uploads/@PENDING/uploadPart",
     field("partId", "1") + file("file", "x", std::string(1998, 'x')) + kEnd, 400, "1500",
     kMultipart},
    {"/uploads/@WHOLE/uploadPart", field("partId", "1") + kBytes, 400, "committed already",
     kMultipart},
    {"/uploads/nothing/uploadPart", field("partId", "1") + kBytes, 404, "not found", kMultipart},
    {"/uploads/@PENDING/commit", "GET", 405, "POST"},
    {"/uploads/@PENDING/commit", "parts=0,1", 400, "no part 1"},
    {"/uploads/@PENDING/commit", "parts=0,0", 400, "twice"},
    {"/uploads/@PENDING/commit", "parts=first", 400, "'parts'"},
    {"/uploads/@PENDING/commit", "parts=[0", 400, "'parts'"},
    {"/uploads/@PENDING/commit", "checksum=00", 400, "'checksum'"},
    {"/uploads/nothing/commit", "", 404, "not found"},
    {"/uploads/nothing", "GET", 404, "not found"},
    {"/uploads/@PENDING/delete", "GET", 405, "POST"},
    {"/uploads/nothing/delete", "", 404, "not found"},
    {"/uploads/@PENDING/rename", "", 400, "rename"},
    {"/uploads/@PENDING/parts/0", "GET", 404, "below uploads"},
};

}  // namespace

TEST_CASE(
    "every wrong call of an attachment or upload operation names what is wrong and does "
    "nothing",
    "[service][attachments][upload]") {
    Desk desk;
    for (const auto& list : {kRefusedAdds, kRefusedChanges, kRefusedReads, kRefusedUploads}) {
        for (const Refused& one : list) desk.expect_refused(one);
    }
    CHECK(desk.refused() >= 140);
}

TEST_CASE("every cut of a call with a file is refused, and nothing of it stays",
          "[service][attachments]") {
    Desk desk;
    const std::string whole = field("keywords", "a") + file("attachment", "b.jpg", "other");
    for (std::size_t size = 0; size < whole.size(); size += 3) {
        desk.expect_refused({kAdd, whole.substr(0, size), 400, "multipart", kMultipart});
    }
}
