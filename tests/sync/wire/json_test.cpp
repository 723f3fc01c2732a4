// SPDX-License-Identifier: Apache-2.0
#include "sync/wire/json.hpp"

#include "platform/error.hpp"
#include "platform/random.hpp"
#include "tests/support/catch.hpp"

#include <cmath>

using namespace rhumb;
using namespace rhumb::wire;

namespace {

/// The message with which `text` is refused, empty when it is read.
std::string refusal(std::string_view text, const JsonLimits& limits = {}) {
    try {
        parse_json(text, "answer", limits);
    } catch (const Error& error) {
        CHECK(error.status() == Status::CorruptData);
        return error.message();
    }
    return {};
}

bool contains(std::string_view text, std::string_view part) {
    return text.find(part) != std::string_view::npos;
}

const std::string kFeature =
    R"({"attributes":{"OBJECTID":12,"GlobalID":"{0B1C}","note":"Stra\u00dfe \"7\" \ud83c\udf33 東",)"
    R"("height":-1.25e2,"seen":null,"tags":[true,false,{}]},"geometry":{"x":-120.4,"y":35.1}})";

std::string mutated(std::string text, SeededRandom& random) {
    const std::string_view spice = "{}[]\",:\\0-.eEu\n\xC3\xED\xFF ntf/'";
    for (std::uint64_t edits = 1 + random.below(4); edits > 0; --edits) {
        const auto at = static_cast<std::size_t>(random.below(text.size() + 1));
        const char c = spice[static_cast<std::size_t>(random.below(spice.size()))];
        switch (random.below(5)) {
            case 0:
                text.insert(at, 1, c);
                break;
            case 1:
                text.resize(at);
                break;
            case 2:
                text.insert(at, text.substr(at / 2, 20));
                break;
            case 3:
                if (at < text.size()) text.erase(at, 1 + random.below(5));
                break;
            default:
                if (at < text.size()) text[at] = c;
        }
    }
    return text;
}

}  // namespace

TEST_CASE("JSON is written back as it was read", "[wire][json]") {
    for (const std::string_view text : {"null", "true", "-7", "0.5", R"("")", "[]", "{}",
                                        R"([1,[2,{"a":[]}],"x"])", R"({"b":1,"a":{"b":null}})"}) {
        CHECK(to_text(parse_json(text, "answer")) == text);
    }
    const Json feature = parse_json(kFeature, "feature");
    CHECK(parse_json(to_text(feature), "feature") == feature);
    CHECK(parse_json(to_pretty_text(feature), "feature") == feature);
    CHECK(*feature.find("attributes")->find("note")->text() == "Straße \"7\" 🌳 東");
}

TEST_CASE("whole numbers keep all their digits", "[wire][json]") {
    const auto number = [](std::string_view text) { return parse_json(text, "number"); };
    CHECK(*number("9223372036854775807").integer() == INT64_MAX);
    CHECK(*number("-9223372036854775808").integer() == INT64_MIN);
    CHECK(*number("9223372036854775808").real() == 9223372036854775808.0);
    CHECK(*number("1e3").real() == 1000.0);
    CHECK(number("5") == number("5.0"));
    CHECK(std::signbit(*number("-0").real()));
}

TEST_CASE("numerals that broke other readers are harmless", "[wire][json]") {
    // CVE-2024-38517: this one read out of bounds in RapidJSON 1.1.0.
    const Json tiny = parse_json("0.00000000000000000001e-2147483639", "number");
    CHECK(to_double(tiny) == 0.0);
    CHECK(to_double(parse_json("1e-99999999999999999999", "number")) == 0.0);
    CHECK(contains(refusal("[1e400]"), "too large"));
    CHECK(contains(refusal("[1e99999999999]"), "too large"));
    CHECK(contains(refusal("1e999"), "too large"));
    CHECK(contains(refusal("[" + std::string(5000, '1') + "]"), "too l"));
}

TEST_CASE("text that is no JSON is refused with its place", "[wire][json]") {
    CHECK(refusal("[1,\n 2,\n  x]") == "answer, line 3, column 3: no JSON value");
    CHECK(contains(refusal("{} {}"), "line 1, column 4: something follows"));
    CHECK(contains(refusal("[1,]"), "column 4"));
    CHECK(contains(refusal(R"({"a":1,})"), "member name"));
    CHECK(contains(refusal("{a:1}"), "member name"));
    CHECK(contains(refusal(R"({"a" 1})"), "':' is missing"));
    CHECK(contains(refusal(R"({"a":[1)"), "ends too early"));
    CHECK(contains(refusal("\"a"), "ends too early"));
    CHECK(contains(refusal(" "), "empty"));
    CHECK(contains(refusal(std::string_view("[1]\0", 4)), "zero byte"));
    CHECK(contains(refusal(std::string_view("[\0]", 3)), "zero byte"));
    for (const char* text : {"01", "+1", "1.", ".5", "NaN", "'a'", "[1 2]", "\"\n\"", "\"\\x\"",
                             "\"\xFF\"", "\"\xED\xA0\x80\"", "/**/1", "tru", "\"\\u12g4\""}) {
        INFO(text);
        CHECK_FALSE(refusal(text).empty());
    }
}

TEST_CASE("half a surrogate pair is refused, for it is no UTF-8", "[wire][json]") {
    CHECK(contains(refusal(R"(["\ud800"])"), "surrogate"));
    CHECK(contains(refusal(R"(["\udc00"])"), "surrogate"));
    CHECK(contains(refusal(R"({"\udc00":1})"), "surrogate"));
    CHECK(refusal(R"(["\ud7ff\ue000\u0000"])").empty());
}

TEST_CASE("a document cannot cost more than its limits", "[wire][json]") {
    const auto nested = [](std::size_t depth) {
        return std::string(depth, '[') + std::string(depth, ']');
    };
    CHECK(refusal(nested(64)).empty());
    CHECK(contains(refusal(nested(65)), "nested deeper than 64"));
    CHECK(contains(refusal(nested(1'000'000)), "nested deeper than 64"));
    CHECK(refusal("[1,2,3]", {.max_values = 4}).empty());
    CHECK(contains(refusal("[1,2,3]", {.max_values = 3}), "more than 3 values"));
    CHECK(contains(refusal(R"({"name":"text"})", {.max_text_bytes = 7}), "bytes of text"));
}

TEST_CASE("a byte order mark in front of a document is skipped", "[wire][json]") {
    CHECK(parse_json("\xEF\xBB\xBF[1]", "answer") == Json(Json::Array{1}));
    CHECK_FALSE(refusal("\xEF\xBB\xBF").empty());
}

TEST_CASE("of two members with one name the last is found", "[wire][json]") {
    const Json json = parse_json(R"({"id":1,"ID":2,"id":3})", "layer");
    CHECK(json.find("id")->as_int64("id") == 3);
    CHECK(json.find_any_case("Id")->as_int64("id") == 3);
    CHECK(json.find_any_case("ID")->as_int64("id") == 2);
    CHECK(json.find("iD") == nullptr);
    CHECK(Json(5).find("id") == nullptr);
}

TEST_CASE("values of foreign services are understood however they are spelt", "[wire][json]") {
    const Json json = parse_json(R"({"a":"12","b":12.0,"c":12.5,"d":"12.5","t":"True","o":1,)"
                                 R"("n":null,"big":1e300})",
                                 "answer");
    CHECK(to_int64(json.find("a")) == 12);
    CHECK(to_int64(json.find("b")) == 12);
    CHECK_FALSE(to_int64(json.find("c")));
    CHECK_FALSE(to_int64(json.find("big")));
    CHECK_FALSE(to_int64(json.find("absent")));
    CHECK(to_double(json.find("d")) == 12.5);
    CHECK(to_bool(json.find("t")) == true);
    CHECK(to_bool(json.find("o")) == true);
    CHECK_FALSE(to_bool(json.find("a")));
    CHECK_FALSE(to_bool(json.find("n")));
}

TEST_CASE("a member of the wrong kind is refused by its path", "[wire][json]") {
    const Json json = parse_json(R"({"name":7})", "layer");
    CHECK_THROWS_WITH(json.require("name", "layers[0]").as_string("layers[0].name"),
                      "layers[0].name: expected a text, found a number");
    CHECK_THROWS_WITH(json.require("id", "layers[0]"), "layers[0]: member 'id' is missing");
    CHECK_THROWS_WITH(json.as_array("layers"), "layers: expected an array, found an object");
}

TEST_CASE("JSON is built from values", "[wire][json]") {
    Json json;
    json.set("id", 4).is_null();
    json.set("names", Json()).push("oak");
    json.set("id", std::uint64_t{1} << 63);
    CHECK(to_text(json) == R"({"id":9223372036854775808,"names":["oak"]})");
    CHECK(to_text(Json(Json::Object{{"wkid", 4326}, {"ok", true}})) ==
          R"({"wkid":4326,"ok":true})");
    CHECK(to_pretty_text(parse_json(R"({"a":[1,{}],"b":"x"})", "")) ==
          "{\n  \"a\": [\n    1,\n    {}\n  ],\n  \"b\": \"x\"\n}");
}

TEST_CASE("hand-typed parameters may lack quotes", "[wire][json]") {
    const auto relaxed = [](std::string_view text) {
        return to_text(parse_json_relaxed(text, "parameter 'geometry'"));
    };
    CHECK(relaxed("{xmin: -1e1 , ymin:2,spatialReference:{wkid:4326}}") ==
          R"({"xmin":-10,"ymin":2,"spatialReference":{"wkid":4326}})");
    CHECK(relaxed(R"({'a' : 'it\'s "so"', "b:c" : true, null:null})") ==
          R"({"a":"it's \"so\"","b:c":true,"null":null})");
    CHECK(relaxed(R"({"a":"x:y"})") == R"({"a":"x:y"})");
    for (const char* text : {"{a:b}", "{a", "'a", "{'a\\", "{1a:2}", "{a::1}", "", "{a:1}}"}) {
        INFO(text);
        CHECK_THROWS_AS(relaxed(text), Error);
    }
    CHECK_THROWS_AS(relaxed("{a:" + std::string(100, '[')), Error);
}

TEST_CASE("whatever becomes of a document, it is read or refused", "[wire][json][law]") {
    SeededRandom random(7);
    std::size_t read = 0;
    for (int round = 0; round < 100'000; ++round) {
        const std::string text = mutated(kFeature, random);
        try {
            const Json json =
                round % 2 == 0 ? parse_json(text, "feature") : parse_json_relaxed(text, "feature");
            ++read;
            if (parse_json(to_text(json), "again") != json) FAIL("changed: " << text);
        } catch (const Error& error) {
            if (error.status() != Status::CorruptData) FAIL(error.message());
        }
    }
    CHECK(read > 1000);
}
