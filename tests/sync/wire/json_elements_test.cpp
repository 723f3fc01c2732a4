// SPDX-License-Identifier: Apache-2.0
#include "sync/wire/json_elements.hpp"

#include "platform/error.hpp"
#include "platform/random.hpp"
#include "sync/wire/feature_json.hpp"
#include "sync/wire/json_stream.hpp"
#include "tests/support/catch.hpp"

#include <algorithm>
#include <cstring>

using namespace rhumb;
using namespace rhumb::wire;

namespace {

/// What a reader made of a text: the elements with their places, the rest, why it stopped.
struct Reading {
    std::string elements, rest, refusal;
    bool operator==(const Reading&) const = default;
};

template <class Read>
Reading reading(const Read& read) {
    Reading made;
    const auto note = [&](std::size_t pattern, std::size_t index, const Json& element) {
        made.elements +=
            std::to_string(pattern) + "@" + std::to_string(index) + "=" + to_text(element) + ";";
    };
    try {
        made.rest = to_text(read(note));
    } catch (const Error& error) {
        made.refusal = error.message();
    }
    return made;
}

Reading by_views(std::string_view text, const std::vector<std::string>& paths,
                 const JsonLimits& limits = {}) {
    return reading([&](const auto& note) {
        return each_element(
            text, "'adds'", paths,
            [&](const ElementPlace& place, const JsonView& element) {
                note(place.pattern, place.index, element.json());
            },
            limits);
    });
}

Reading by_stream(std::string_view text, const std::vector<std::string>& paths,
                  const JsonLimits& limits = {}) {
    const PullBytes pull = [&text](char* into, std::size_t room) {
        const std::size_t bytes = std::min(text.size(), room);
        std::memcpy(into, text.data(), bytes);
        text.remove_prefix(bytes);
        return bytes;
    };
    return reading([&](const auto& note) {
        return stream_json(
            pull, "'adds'", paths,
            [&](const JsonPath& path, Json&& element) {
                note(path.pattern(), path.index(), element);
            },
            limits);
    });
}

const std::string kEdits =
    R"([ {"id":0,"adds":[{"attributes":{"species":"Eiche \"7\" \ud83c\udf33 東","dbh":-1.25e2,)"
    R"("seen":null,"tags":[true,false,{},[]],"n":-0,"big":9223372036854775808},)"
    R"("geometry":{"x":-120.4,"y":35}},7],"deletes":"4,5"},)"
    R"({"id":1,"updates":[{"attributes":{"fid":3,"a\u0000b":1.5E-3}}],"adds":[]} ])";

const std::vector<std::vector<std::string>> kPaths{
    {"*"}, {"*.adds.*", "*.updates.*"}, {"*.updates.*"}, {"adds.*"}};

std::string mutated(std::string text, SeededRandom& random) {
    const std::string_view spice = "{}[]\",:\\0-.eEu\n\xC3\xED\xFF ntf/'9\0";
    for (std::uint64_t edits = 1 + random.below(3); edits > 0; --edits) {
        const auto at = static_cast<std::size_t>(random.below(text.size() + 1));
        const char c = spice[static_cast<std::size_t>(random.below(spice.size()))];
        switch (random.below(5)) {
            case 0:
                text.insert(at, 1, c);
                break;
            case 1:
                if (random.below(8) == 0) text.resize(at);
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

/// Trees as the service has them.
geodb::Layer trees() {
    geodb::Layer layer;
    layer.name = "trees";
    layer.fid_column = "fid";
    const auto add = [&](const char* name, geodb::FieldType type, std::int32_t length = 0) {
        geodb::Field& field = layer.fields.emplace_back();
        field.name = name;
        field.type = type;
        field.length = length;
    };
    add("globalid", geodb::FieldType::GlobalId);
    add("species", geodb::FieldType::String, 12);
    add("dbh", geodb::FieldType::Double);
    add("rank", geodb::FieldType::SmallInteger);
    add("planted", geodb::FieldType::Date);
    add("photo", geodb::FieldType::Blob);
    layer.fields[2].nullable = false;
    layer.geometry.emplace();
    layer.geometry->type = geodb::GeometryType::Point;
    layer.geometry->srs_id = 4326;
    return layer;
}

/// All that is read, or why nothing is.
template <class AnyJson>
std::string feature_text(const AnyJson& json, std::optional<std::int32_t> epsg) {
    const geodb::Layer layer = trees();
    geodb::TransformsInto into(4326);
    try {
        const FeatureJson feature = read_feature(json, layer, into, epsg);
        std::string text = feature.object_id ? std::to_string(*feature.object_id) : "none";
        if (feature.has_global_id)
            text += feature.global_id ? feature.global_id->value.braced() : "?";
        for (const auto& [column, value] : feature.values) {
            text += ";" + std::to_string(column) + "=" + std::to_string(value.index()) + ":";
            if (const auto* whole = std::get_if<std::int64_t>(&value))
                text += std::to_string(*whole);
            if (const auto* real = std::get_if<double>(&value)) text += std::to_string(*real);
            if (const auto* said = std::get_if<std::string>(&value)) text += *said;
            if (const auto* blob = std::get_if<geodb::Blob>(&value)) {
                for (const std::uint8_t byte : *blob) text += std::to_string(byte) + ",";
            }
        }
        return text;
    } catch (const Error& error) {
        return std::to_string(error.detail_code()) + error.message();
    }
}

}  // namespace

TEST_CASE("elements of a text in memory are those of the general reader", "[wire][json]") {
    for (const auto& paths : kPaths) {
        const Reading seen = by_views(kEdits, paths);
        CHECK(seen == by_stream(kEdits, paths));
        CHECK(seen.refusal.empty());
    }
    CHECK(by_views(kEdits, {"*.adds.*"}).elements.find("0@0=7;") != std::string::npos);
}

TEST_CASE("a text that is no JSON is refused as by the general reader", "[wire][json]") {
    for (const std::string text : {"",
                                   " ",
                                   "[",
                                   "[1",
                                   "[1,",
                                   "[1,]",
                                   "[1 2]",
                                   "[01]",
                                   "[-]",
                                   "[1.]",
                                   "[.5]",
                                   "[1e]",
                                   "[+1]",
                                   "[tru]",
                                   "[nul",
                                   "[\"a",
                                   "[\"\\x\"]",
                                   "[\"\\ud800\"]",
                                   "[\"\\udc00\"]",
                                   "[\"\\ud800\\n\"]",
                                   "[\"\\u12\"]",
                                   "[\"\x01\"]",
                                   "[\"\xC3\"]",
                                   "[\"\xED\xA0\x80\"]",
                                   "[\"\xF5\x80\x80\x80\"]",
                                   "[{\"a\" 1}]",
                                   "[{a:1}]",
                                   "[{\"a\":1,}]",
                                   "[{,}]",
                                   "[1] x",
                                   "[1]\n]",
                                   "{\"adds\":[1,{]}",
                                   "[1e400]",
                                   "[-1e400]",
                                   "[NaN]",
                                   "[Infinity]",
                                   "['a']",
                                   "[1,\n\n 2,x]",
                                   "\xEF\xBB\xBF[1,2]",
                                   "{\"adds\":{\"adds\":[1]}}",
                                   "7",
                                   "\"adds\"",
                                   "[\"\\/\\b\\f\\n\\r\\t\\\\\\\"\"]"}) {
        for (const auto& paths : kPaths) {
            INFO(text);
            CHECK(by_views(text, paths) == by_stream(text, paths));
        }
    }
    const std::string zero("[1,\"a\0b\"]\0", 10);
    CHECK(by_views(zero, {"*"}) == by_stream(zero, {"*"}));
    const std::string digits = "[1" + std::string(500, '0') + "]";
    CHECK(by_views(digits, {"*"}) == by_stream(digits, {"*"}));
    CHECK(by_views("[1,2,[3}]", {"*"}).refusal ==
          "'adds', line 1, column 8: ',' or ']' is missing after an array element");
}

TEST_CASE("limits hold for text in memory", "[wire][json]") {
    JsonLimits limits;
    limits.max_depth = 5;
    limits.max_values = 12;
    limits.max_text_bytes = 300;
    for (const std::string text :
         {"[[[[[1]]]]]", "[[[[[[1]]]]]]", "[{\"a\":[{\"b\":[1]}]}]", "[{\"a\":[{\"b\":[{}]}]}]",
          "[[1,2,3,4,5,6,7,8,9,10,11]]", "[[1,2,3,4,5,6,7,8,9,10,11,12]]",
          "[1,2,3,4,5,6,7,8,9,10,11,12,13,14]"}) {
        for (const auto& paths : kPaths) {
            INFO(text);
            CHECK(by_views(text, paths, limits) == by_stream(text, paths, limits));
        }
    }
    const std::string two_long =
        "[\"" + std::string(200, 'a') + "\",\"" + std::string(200, 'b') + "\"]";
    CHECK(by_views(two_long, {"*"}, limits) == by_stream(two_long, {"*"}, limits));
    CHECK(by_views(two_long, {"adds.*"}, limits) == by_stream(two_long, {"adds.*"}, limits));
}

TEST_CASE("whatever a text is, both readers make the same of it", "[wire][json][law]") {
    SeededRandom random(21);
    std::size_t read = 0;
    for (int round = 0; round < 4000; ++round) {
        const std::string text = mutated(kEdits, random);
        const auto& paths = kPaths[static_cast<std::size_t>(random.below(kPaths.size()))];
        const Reading seen = by_views(text, paths);
        INFO(text);
        REQUIRE(seen == by_stream(text, paths));
        REQUIRE(reading([&](const auto&) { return parse_json(text, "'adds'"); }) ==
                by_stream(text, {"none.*"}));
        if (seen.refusal.empty()) ++read;
    }
    CHECK(read > 100);
    CHECK(read < 3900);
}

TEST_CASE("what the taker of elements throws passes through once", "[wire][json]") {
    int taken = 0;
    CHECK_THROWS_AS(each_element("[1,2,3]", "'adds'", {"*"},
                                 [&](const ElementPlace&, const JsonView&) {
                                     ++taken;
                                     throw Error(Status::ConstraintViolated, "no");
                                 }),
                    Error);
    CHECK(taken == 1);
}

TEST_CASE("a feature is read from text as from Json", "[wire][feature]") {
    for (
        const std::string text :
        {R"({"attributes":{"globalid":"{0B1C7A34-8D9E-4F10-A2B3-C4D5E6F70812}","species":"oak",)"
         R"("dbh":1.5,"rank":3,"planted":1726024145000},"geometry":{"x":1.25,"y":-2}})",
         R"({"attributes":{"rank":3,"SPECIES":"Straße","species":"東","FID":7,"dbh":2,"x":[1]}})",
         R"({"Attributes":{"species":"a text of more than twelve"}})",
         R"({"attributes":{"species":"zwölf Zeich."},"geometry":null})",
         R"({"attributes":{"species":7,"dbh":"2.5","rank":"4","planted":"2024-02-29"}})",
         R"({"attributes":{"rank":40000}})",
         R"({"attributes":{"rank":1.5}})",
         R"({"attributes":{"dbh":null}})",
         R"({"attributes":{"dbh":true}})",
         R"({"attributes":{"dbh":[1]}})",
         R"({"attributes":{"photo":null}})",
         R"({"attributes":{"photo":"AAEC"}})",
         R"({"attributes":{"globalid":null}})",
         R"({"attributes":{"globalid":"oak"}})",
         R"({"attributes":7,"geometry":{}})",
         "[]",
         "7",
         R"({"geometry":{"x":"NaN","y":1}})",
         R"({"geometry":{"x":1}})",
         R"({"geometry":{"x":"1.5","y":"2.5"}})",
         R"({"geometry":{"x":1,"y":2,"z":3}})",
         R"({"geometry":{"x":1,"x":4,"y":2}})",
         R"({"geometry":{"x":true,"y":2}})",
         R"({"geometry":{"x":1,"y":2,"spatialReference":{"wkid":4326}}})",
         R"({"geometry":{"x":111319.5,"y":2,"spatialReference":{"wkid":102100,"latestWkid":3857}}})",
         R"({"geometry":{"x":1,"y":2,"spatialReference":{"wkid":"4326"}}})",
         R"({"geometry":{"x":1,"y":2,"spatialReference":{"wkid":-1}}})",
         R"({"geometry":{"x":1,"y":2,"spatialReference":{"wkid":99999999}}})",
         R"({"geometry":{"x":1,"y":2,"spatialReference":null}})",
         R"({"geometry":{"paths":[[[1,2],[3,4]]]}})",
         R"({"geometry":{"X":1,"Y":2}})",
         R"({"geometry":{"points":[[1,2]]}})"}) {
        JsonTape tape;
        std::size_t at = 0;
        REQUIRE(tape.read(text, at));
        CHECK(at == text.size());
        for (const auto epsg :
             {std::optional<std::int32_t>(), std::optional(4326), std::optional(3857)}) {
            INFO(text);
            CHECK(feature_text(tape.root(), epsg) ==
                  feature_text(parse_json(text, "feature"), epsg));
        }
    }
}
