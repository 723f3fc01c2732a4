// SPDX-License-Identifier: Apache-2.0
#include "platform/http/multipart.hpp"
#include "platform/error.hpp"
#include "tests/support/catch.hpp"

using namespace rhumb;
using namespace rhumb::http;

namespace {

const std::string kType = "multipart/form-data; boundary=cut";

std::string part(const std::string& parameters, const std::string& body = "x") {
    return "--cut\r\nContent-Disposition: form-data; " + parameters + "\r\n\r\n" + body + "\r\n";
}

Part only_part(const std::string& parameters) {
    static std::string whole;  // parts are views into it
    whole = part(parameters) + "--cut--\r\n";
    return parse_multipart(kType, whole).at(0);
}

}  // namespace

TEST_CASE("a multipart body is taken apart without copying", "[http][multipart]") {
    const std::string body =
        "preamble\r\n--cut  \r\nContent-Disposition: form-data; name=\"f\"\r\n\r\njson\r\n--cut\r\n"
        "content-disposition: Form-Data; name=file; filename=\"a b.jpg\"\r\n"
        "Content-Type: image/jpeg\r\n\r\n\r\n--cu\r\nbytes\r\n\r\n--cut--\r\nepilogue";
    const std::vector<Part> parts = parse_multipart(kType, body);
    REQUIRE(parts.size() == 2);
    CHECK(parts[0].name == "f");
    CHECK(parts[0].body == "json");
    CHECK_FALSE(parts[0].is_file);
    CHECK(parts[1].name == "file");
    CHECK(parts[1].is_file);
    CHECK(parts[1].filename == "a b.jpg");
    CHECK(parts[1].content_type == "image/jpeg");
    CHECK(parts[1].body == "\r\n--cu\r\nbytes\r\n");
    std::string room;
    const char* const where = parts[1].body.look(0, 1, room).data();
    CHECK(where > body.data());
    CHECK(where < body.data() + body.size());
}

TEST_CASE("a boundary may be quoted", "[http][multipart]") {
    const std::string body =
        "--a b;c\r\nContent-Disposition: form-data; name=n\r\n\r\n1\r\n--a b;c--";
    CHECK(parse_multipart("Multipart/Form-Data; charset=utf-8; Boundary=\"a b;c\"", body).size() ==
          1);
}

TEST_CASE("file names are UTF-8 and never paths", "[http][multipart]") {
    CHECK(only_part("name=\"n\"; filename=\"Brücke.jpg\"").filename == "Brücke.jpg");
    CHECK(only_part("name=n; filename=\"a\\\"b;c.jpg\"").filename == "a\"b;c.jpg");
    CHECK(only_part("name=n; filename=\"a%22b.jpg\"").filename == "a\"b.jpg");
    CHECK(only_part("name=n; filename=\"../../etc/passwd\"").filename == "passwd");
    CHECK(only_part("name=n; filename=\"C:\\Photos\\a.jpg\"").filename == "a.jpg");
    CHECK(only_part("name=n; filename=x; filename*=UTF-8''na%C3%AFve%20a.jpg").filename ==
          "naïve a.jpg");
    CHECK(only_part("name=n; filename=\"\"").is_file);
}

TEST_CASE("a malformed multipart body is refused with the part that is wrong",
          "[http][multipart]") {
    struct Row {
        std::string type, body, said;
    };
    const std::string end = "--cut--";
    const auto row = GENERATE_COPY(values<Row>({
        {"text/plain", "", "not multipart"},
        {"multipart/form-data", "", "no boundary"},
        {"multipart/form-data; boundary=", "", "boundary"},
        {"multipart/form-data; boundary=\"\"", "", "empty"},
        {"multipart/form-data; boundary=" + std::string(300, 'b'), "", "too long"},
        {kType, "", "does not occur"},
        {kType, "nothing here", "does not occur"},
        {kType, "--cut", "part 1"},
        {kType, "--cut-", "part 1"},
        {kType, "--cutter\r\n", "part 1"},
        {kType, "--cut\r\n", "ends inside part 1"},
        {kType, part("name=a"), "ends inside part 1"},
        {kType, part("name=a") + "--cut\r\nContent-Disposition: form-data; name=b\r\n\r\nhalf",
         "ends inside part 2"},
        {kType, "--cut\r\nContent-Disposition: form-data; name=a\r\n" + end, "part 1"},
        {kType, "--cut\r\nno colon\r\n\r\nx\r\n" + end, "without ':'"},
        {kType, "--cut\r\n\r\nx\r\n" + end, "no name"},
        {kType, part("filename=a") + end, "no name"},
        {kType, "--cut\r\nContent-Disposition: attachment; name=a\r\n\r\nx\r\n" + end,
         "not form-data"},
        {kType, part("name=\"\xFF\"") + end, "not UTF-8"},
        {kType, part("name=a; filename=\"\xC3\"") + end, "not UTF-8"},
        {kType, part("name=a; filename*=latin1''x") + end, "not UTF-8"},
        {kType, part("name=a; filename*=x") + end, "malformed filename*"},
        {kType,
         "--cut\r\nContent-Transfer-Encoding: base64\r\nContent-Disposition: form-data; "
         "name=a\r\n\r\nx\r\n" +
             end,
         "base64"},
        {kType, part("name=a; x=" + std::string(kMaxPartHeaderBytes, 'y')) + end, "too long"},
    }));
    CAPTURE(row.type, row.body, row.said);
    try {
        parse_multipart(row.type, row.body);
        FAIL("accepted");
    } catch (const Error& error) {
        CHECK(error.status() == Status::InvalidArgument);
        CHECK_THAT(error.message(), Catch::Contains(row.said));
    }
}

TEST_CASE("the number of parts is bounded", "[http][multipart]") {
    std::string body;
    for (std::size_t i = 0; i < kMaxParts; ++i) body += part("name=a");
    CHECK(parse_multipart(kType, body + "--cut--").size() == kMaxParts);
    CHECK_THROWS_AS(parse_multipart(kType, body + part("name=a") + "--cut--"), Error);
}

TEST_CASE("every cut of a multipart body is refused or read, never worse", "[http][multipart]") {
    const std::string body = part("name=\"a\"; filename=\"b\\\"c\"") + part("name=d") + "--cut--";
    for (std::size_t size = 0; size < body.size(); ++size) {
        const std::string cut = body.substr(0, size);
        CHECK_THROWS_AS(parse_multipart(kType, cut), Error);
    }
}

TEST_CASE("an encoded multipart body reads back the same", "[http][multipart]") {
    Part file;
    file.name = "fi\"le";
    file.is_file = true;
    file.filename = "Brücke \"1\".jpg";
    file.content_type = "image/jpeg";
    const std::string content = "\r\n------rhumb-part-0\r\n" + std::string("\0\xFF", 2);
    file.body = content;
    Part field;
    field.name = "f";
    field.body = "json";

    const EncodedMultipart encoded = encode_multipart({file, field});
    const std::vector<Part> parts = parse_multipart(encoded.content_type, encoded.body);
    REQUIRE(parts.size() == 2);
    CHECK(parts[0].name == file.name);
    CHECK(parts[0].filename == file.filename);
    CHECK(parts[0].content_type == file.content_type);
    CHECK(parts[0].body == content);
    CHECK(parts[1].body == "json");
    file.content_type = "image/jpeg\r\nX: y";
    CHECK_THROWS_AS(encode_multipart({file}), Error);
}
