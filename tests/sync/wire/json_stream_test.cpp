// SPDX-License-Identifier: Apache-2.0
#include "sync/wire/json_stream.hpp"

#include "platform/error.hpp"
#include "platform/files.hpp"
#include "platform/random.hpp"
#include "tests/support/catch.hpp"

#include <algorithm>
#include <cstring>
#include <filesystem>
#include <stdexcept>

using namespace rhumb;
using namespace rhumb::wire;

namespace {

/// Hands `text` out in pieces of at most `piece` bytes.
PullBytes pull_from(std::string_view text, std::size_t piece = 1u << 20) {
    return [text, piece](char* into, std::size_t room) mutable {
        const std::size_t bytes = std::min({text.size(), room, piece});
        std::memcpy(into, text.data(), bytes);
        text.remove_prefix(bytes);
        return bytes;
    };
}

const std::string kAnswer =
    R"({"serverGen":7,"layers":[)"
    R"({"id":3,"name":"trees","features":[{"id":1},{"id":2,"features":[9]}],"after":true},)"
    R"({"features":[],"id":4},{"id":5,"features":[null,[5]]}],"ids":[10,11],"end":{"x":[1]}})";

}  // namespace

TEST_CASE("elements of a large document are handed over one by one", "[wire][json]") {
    for (const std::size_t piece : {1u, 3u, 17u, 100000u}) {
        std::string seen;
        const Json rest = stream_json(pull_from(kAnswer, piece), "answer", {"layers.*.features.*"},
                                      [&](const JsonPath& path, Json&& element) {
                                          CHECK(path.pattern() == 0);
                                          CHECK(path.name() == "features");
                                          seen += path.text() + "=" + to_text(element) + " of " +
                                                  to_text(*path.sibling("id")) + ";";
                                      });
        CHECK(seen == R"(layers[0].features[0]={"id":1} of 3;)"
                      R"(layers[0].features[1]={"id":2,"features":[9]} of 3;)"
                      R"(layers[2].features[0]=null of 5;layers[2].features[1]=[5] of 5;)");
        CHECK(to_text(rest) ==
              R"({"serverGen":7,"layers":[{"id":3,"name":"trees","features":[],"after":true},)"
              R"({"features":[],"id":4},{"id":5,"features":[]}],"ids":[10,11],"end":{"x":[1]}})");
    }
}

TEST_CASE("several paths are told apart", "[wire][json]") {
    std::string seen;
    const Json rest = stream_json(pull_from(kAnswer), "answer", {"ids.*", "layers.*", "end"},
                                  [&](const JsonPath& path, Json&& element) {
                                      seen += std::to_string(path.pattern()) + ":" + path.text();
                                      if (path.pattern() != 2)
                                          seen += "@" + std::to_string(path.index());
                                      if (path.pattern() == 0) seen += "=" + to_text(element);
                                      CHECK(path.sibling("serverGen")->as_int64("serverGen") == 7);
                                      CHECK(path.sibling("end") == nullptr);
                                      seen += " ";
                                  });
    CHECK(seen == "1:layers[0]@0 1:layers[1]@1 1:layers[2]@2 0:ids[0]@0=10 0:ids[1]@1=11 2:end ");
    CHECK(to_text(rest) == R"({"serverGen":7,"layers":[],"ids":[]})");
}

TEST_CASE("members of outer objects can be asked for", "[wire][json]") {
    std::size_t elements = 0;
    stream_json(pull_from(kAnswer), "answer", {"layers.*.features.*"},
                [&](const JsonPath& path, Json&&) {
                    ++elements;
                    CHECK(path.sibling("serverGen") == nullptr);
                    CHECK(*path.sibling("serverGen", 1) == Json(7));
                    CHECK(path.sibling("id", 2) == nullptr);
                    CHECK(path.index(0) + path.index(1) < 4);
                    CHECK_THROWS_AS(path.index(2), Error);
                });
    CHECK(elements == 4);
}

TEST_CASE("a document that is an array is streamed too", "[wire][json]") {
    std::int64_t sum = 0;
    const Json rest = stream_json(
        pull_from("[1,2,3]"), "edits", {"*"},
        [&](const JsonPath& path, Json&& element) { sum += element.as_int64(path.text()); });
    CHECK(sum == 6);
    CHECK(rest == Json(Json::Array{}));
}

TEST_CASE("the memory of a stream does not grow with the document", "[wire][json]") {
    std::size_t made = 0;
    bool closed = false;
    const PullBytes pull = [&](char* into, std::size_t room) -> std::size_t {
        const std::string piece = made == 0          ? R"({"features":[{"a":"text"})"
                                  : made < 1'000'000 ? R"(,{"a":"text"})"
                                                     : "]}";
        if (closed || piece.size() > room) return 0;
        closed = made++ == 1'000'000;
        std::memcpy(into, piece.data(), piece.size());
        return piece.size();
    };
    std::size_t elements = 0;
    stream_json(pull, "answer", {"features.*"}, [&](const JsonPath&, Json&&) { ++elements; },
                {.max_values = 4, .max_text_bytes = 1024});
    CHECK(elements == 1'000'000);
}

TEST_CASE("limits hold for one streamed element and for one text", "[wire][json]") {
    const auto stream = [](const std::string& text, const JsonLimits& limits) {
        stream_json(
            pull_from(text, 100), "answer", {"*"}, [](const JsonPath&, Json&&) {}, limits);
    };
    CHECK_NOTHROW(stream("[[1,2],[3,4]]", {.max_values = 3}));
    CHECK_THROWS_WITH(stream("[[1,2],[3,4,5]]", {.max_values = 3}),
                      Catch::Contains("more than 3 values"));
    CHECK_THROWS_WITH(stream("[\"" + std::string(100'000, 'x') + "\"]", {.max_text_bytes = 1000}),
                      Catch::Contains("too long"));
}

TEST_CASE("a document that is cut off is corrupt, wherever the cut is", "[wire][json]") {
    for (std::size_t bytes = 0; bytes < kAnswer.size(); ++bytes) {
        try {
            stream_json(pull_from(std::string_view(kAnswer).substr(0, bytes), 16), "answer",
                        {"layers.*.features.*"}, [](const JsonPath&, Json&&) {});
            FAIL("read with " << bytes << " bytes");
        } catch (const Error& error) {
            CHECK(error.status() == Status::CorruptData);
            CHECK(error.message().starts_with("answer, line 1, column "));
        }
    }
}

TEST_CASE("the place of an error is counted over all pieces", "[wire][json]") {
    const std::string text = "[1,\n" + std::string(300'000, ' ') + "\n\n  oops]";
    for (const std::size_t piece : {20u, 1u << 20}) {
        CHECK_THROWS_WITH(stream_json(pull_from(text, piece), "answer", {}, {}),
                          "answer, line 4, column 3: no JSON value");
    }
}

TEST_CASE("what the taker of elements throws ends the stream", "[wire][json]") {
    const auto stop = [](const JsonPath&, Json&&) { throw std::logic_error("enough"); };
    CHECK_THROWS_AS(stream_json(pull_from("[1,2]"), "answer", {"*"}, stop), std::logic_error);
}

TEST_CASE("a stream reads from a file", "[wire][json]") {
    const auto file = std::filesystem::temp_directory_path() / "rhumb_json_stream_test.json";
    FileWriter writer(file, FileWriter::Mode::Replace);
    writer.write(kAnswer);
    writer.close_durably();
    std::size_t elements = 0;
    stream_json_file(file, "answer", {"layers.*.features.*"},
                     [&](const JsonPath&, Json&&) { ++elements; });
    CHECK(elements == 4);
    remove_quietly(file);
    try {
        stream_json_file(file, "answer", {}, {});
        FAIL("read a file that is not there");
    } catch (const Error& error) {
        CHECK(error.status() == Status::NotFound);
    }
}

TEST_CASE("a damaged stream is read or refused", "[wire][json][law]") {
    SeededRandom random(11);
    for (int round = 0; round < 20'000; ++round) {
        std::string text = kAnswer;
        const auto at = static_cast<std::size_t>(random.below(text.size()));
        text[at] = "{}[]\",:1\\"[random.below(9)];
        try {
            stream_json(pull_from(text, 1 + random.below(64)), "answer",
                        {"layers.*.features.*", "ids.*"}, [](const JsonPath& path, Json&&) {
                            if (path.text().empty()) FAIL("an element without a place");
                        });
        } catch (const Error& error) {
            if (error.status() != Status::CorruptData) FAIL(error.message());
        }
    }
}
