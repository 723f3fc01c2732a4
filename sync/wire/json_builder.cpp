// SPDX-License-Identifier: Apache-2.0
#include "sync/wire/json_builder.hpp"

#include "platform/text.hpp"
#include "sync/wire/json_numeral.hpp"

#include <algorithm>
#include <bit>
#include <cassert>
#include <iterator>

namespace rhumb::wire {
namespace {

constexpr std::size_t kMaxPatterns = 64;  // one bit each

std::optional<Json> number_value(std::string_view numeral) {
    const bool whole = std::none_of(numeral.begin(), numeral.end(),
                                    [](char c) { return c == '.' || c == 'e' || c == 'E'; });
    const NumeralValue value = numeral_value(numeral, whole);
    if (const auto* integer = std::get_if<std::int64_t>(&value)) return Json(*integer);
    if (const auto* real = std::get_if<double>(&value)) return Json(*real);
    return std::nullopt;
}

/// Moves the end of a stack out, at its exact size.
template <typename T>
std::vector<T> moved_from(std::vector<T>& stack, std::size_t begin) {
    const auto first = stack.begin() + static_cast<std::ptrdiff_t>(begin);
    std::vector<T> out(std::make_move_iterator(first), std::make_move_iterator(stack.end()));
    stack.erase(first, stack.end());
    return out;
}

}  // namespace

JsonBuilder::JsonBuilder(const JsonLimits& limits, std::vector<Pattern> patterns,
                         OnElement on_element)
    : limits_(limits), patterns_(std::move(patterns)), on_element_(std::move(on_element)) {
    assert(patterns_.size() <= kMaxPatterns);
}

void JsonBuilder::number(std::string_view numeral) {
    auto value = number_value(numeral);
    if (!value) {
        throw JsonRefusal{"the number " + excerpt(numeral, 40) + " is too large or too long",
                          numeral.size()};
    }
    take(std::move(*value));
}

void JsonBuilder::text(std::string_view value) {
    count_text(value.size());
    take(Json(value));
}

void JsonBuilder::name(std::string_view value) {
    count_text(value.size());
    members_.push_back({std::string(value), Json()});
}

void JsonBuilder::end_object() {
    close(Json(moved_from(members_, frames_.back().begin)));
}

void JsonBuilder::end_array() {
    close(Json(moved_from(values_, frames_.back().begin)));
}

std::span<const Json::Member> JsonBuilder::members_of(std::size_t frame) const {
    if (!frames_[frame].is_object) return {};
    std::size_t end = members_.size();
    for (std::size_t inner = frames_.size(); inner-- > frame + 1;) {
        if (frames_[inner].is_object) end = frames_[inner].begin;
    }
    return std::span{members_}.subspan(frames_[frame].begin, end - frames_[frame].begin);
}

JsonBuilder::Matches JsonBuilder::begin_child() {
    if (frames_.empty()) {
        const std::size_t unused = kMaxPatterns - patterns_.size();
        return {patterns_.empty() ? 0 : ~std::uint64_t{0} >> unused, 0};
    }
    Frame& parent = frames_.back();
    ++parent.children;
    Matches matches{0, 0};
    const std::size_t step = frames_.size() - 1;
    for (std::uint64_t left = parent.matching; left != 0; left &= left - 1) {
        const std::uint64_t bit = left & (~left + 1);
        const Pattern& pattern = patterns_[static_cast<std::size_t>(std::countr_zero(left))];
        if (pattern[step] != (parent.is_object ? members_.back().name : "*")) continue;
        (pattern.size() == step + 1 ? matches.complete : matches.matching) |= bit;
    }
    return matches;
}

void JsonBuilder::open(bool is_object) {
    const Matches matches = begin_child();
    if (matches.complete != 0) {
        in_element_ = true;
        element_ = {};
    }
    count_value();
    frames_.push_back({is_object, is_object ? members_.size() : values_.size(), 0,
                       in_element_ ? 0 : matches.matching, matches.complete});
}

void JsonBuilder::take(Json&& scalar) {
    const Matches matches = begin_child();
    if (matches.complete != 0) return hand_out(std::move(scalar), matches.complete);
    count_value();
    place(std::move(scalar));
}

void JsonBuilder::close(Json&& whole) {
    const std::uint64_t complete = frames_.back().complete;
    frames_.pop_back();
    if (complete == 0) return place(std::move(whole));
    in_element_ = false;
    hand_out(std::move(whole), complete);
}

void JsonBuilder::place(Json&& child) {
    if (frames_.empty()) {
        root_ = std::move(child);
    } else if (frames_.back().is_object) {
        members_.back().value = std::move(child);
    } else {
        values_.push_back(std::move(child));
    }
}

void JsonBuilder::hand_out(Json&& element, std::uint64_t complete) {
    met_pattern_ = static_cast<std::size_t>(std::countr_zero(complete));
    on_element_(*this, std::move(element));
    if (frames_.back().is_object) members_.pop_back();
}

void JsonBuilder::count_value() {
    if (++(in_element_ ? element_ : document_).values > limits_.max_values) {
        throw JsonRefusal{"more than " + std::to_string(limits_.max_values) + " values", 0};
    }
}

void JsonBuilder::count_text(std::size_t bytes) {
    std::size_t& text_bytes = (in_element_ ? element_ : document_).text_bytes;
    text_bytes += bytes;
    if (text_bytes > limits_.max_text_bytes) {
        throw JsonRefusal{"more than " + std::to_string(limits_.max_text_bytes) + " bytes of text",
                          bytes};
    }
}

}  // namespace rhumb::wire
