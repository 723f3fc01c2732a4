// SPDX-License-Identifier: Apache-2.0
//
// Builds Json from the events of a document, or hands out chosen parts as soon as they are whole.
//
// What is open lies on two flat stacks, so a finished array or object is moved out at its exact
// size, and the members read so far of every enclosing object can be looked at.

#pragma once

#include "sync/wire/json.hpp"
#include "sync/wire/json_reader.hpp"

#include <cstdint>
#include <functional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace rhumb::wire {

class JsonBuilder : public JsonEvents {
public:
    /// Takes the element away; called in the middle of the document.
    using OnElement = std::function<void(const JsonBuilder& builder, Json&& element)>;
    /// The steps of a path to elements: names, or "*" for any index.
    using Pattern = std::vector<std::string>;

    explicit JsonBuilder(const JsonLimits& limits) : limits_(limits) {}
    /// At most 64 patterns, none of them empty.
    JsonBuilder(const JsonLimits& limits, std::vector<Pattern> patterns, OnElement on_element);

    void null() override { take(Json()); }
    void boolean(bool value) override { take(Json(value)); }
    void number(std::string_view numeral) override;
    void text(std::string_view value) override;
    void name(std::string_view value) override;
    void begin_object() override { open(true); }
    void end_object() override;
    void begin_array() override { open(false); }
    void end_array() override;

    /// The document, without the elements that were handed out.
    Json take_root() { return std::move(root_); }

    /// One array or object that is not closed yet.
    struct Frame {
        bool is_object;
        std::size_t begin;       ///< of its children in `members_` or `values_`
        std::uint64_t children;  ///< begun so far, handed-out ones too
        std::uint64_t matching;  ///< bit n: pattern n agrees with the path so far and goes on
        std::uint64_t complete;  ///< bit n: pattern n ends here, so this is handed out
    };
    // For JsonPath, during OnElement only. The outermost frame is the first; the last member of
    // an open object is the one that is being read.
    const std::vector<Frame>& frames() const { return frames_; }
    std::span<const Json::Member> members_of(std::size_t frame) const;
    /// The pattern that the element met; the first of several.
    std::size_t met_pattern() const { return met_pattern_; }

private:
    struct Matches {
        std::uint64_t matching;
        std::uint64_t complete;
    };
    /// What is kept of the document, or of the element that is being built.
    struct Cost {
        std::size_t values = 0;
        std::size_t text_bytes = 0;
    };

    Matches begin_child();
    void open(bool is_object);
    void take(Json&& scalar);
    /// Closes the innermost frame, whose children are in `whole` now.
    void close(Json&& whole);
    /// Puts a finished child in its place.
    void place(Json&& child);
    void hand_out(Json&& element, std::uint64_t complete);
    void count_value();
    void count_text(std::size_t bytes);

    JsonLimits limits_;
    std::vector<Pattern> patterns_;
    OnElement on_element_;
    std::vector<Frame> frames_;
    std::vector<Json> values_;
    std::vector<Json::Member> members_;
    Json root_;
    std::size_t met_pattern_ = 0;
    bool in_element_ = false;
    Cost document_;
    Cost element_;
};

}  // namespace rhumb::wire
