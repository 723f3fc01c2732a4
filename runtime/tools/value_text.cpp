// SPDX-License-Identifier: Apache-2.0
#include "runtime/tools/value_text.hpp"

#include "platform/error.hpp"
#include "platform/text.hpp"
#include "runtime/tools/output.hpp"
#include "sync/replica/row_json.hpp"

#include <algorithm>

namespace rhumb::tool {
namespace {

constexpr std::size_t kShownBytes = 160;  // of one value
constexpr std::size_t kBeforeBytes = 40;  // of what is the same, before the difference

bool is_shape(const geodb::Layer& layer, std::size_t column) {
    return layer.geometry && column == layer.geometry_index();
}

std::string excerpt_from(const std::string& text, std::size_t begin) {
    // Not in the middle of a character.
    while (begin > 0 && (static_cast<unsigned char>(text[begin]) & 0xC0) == 0x80) --begin;
    return (begin > 0 ? "…" : "") + excerpt(std::string_view(text).substr(begin), kShownBytes);
}

}  // namespace

std::string value_text(const geodb::Layer& layer, std::size_t column, const geodb::Value& value) {
    const auto* blob = std::get_if<geodb::Blob>(&value);
    if (blob != nullptr && !is_shape(layer, column)) {
        return "a BLOB of " + bytes_text(static_cast<std::int64_t>(blob->size()));
    }
    // On the wire a date is a number, which nobody can read.
    const auto* text = std::get_if<std::string>(&value);
    if (text != nullptr) return wire::to_text(wire::Json(*text));
    try {
        return sync::value_json(layer, column, value);
    } catch (const Error& error) {
        return "unreadable (" + error.message() + ")";
    }
}

wire::Json value_json(const geodb::Layer& layer, std::size_t column, const geodb::Value& value) {
    const bool blob = std::holds_alternative<geodb::Blob>(value) && !is_shape(layer, column);
    if (blob) return value_text(layer, column, value);
    try {
        return wire::parse_json(sync::value_json(layer, column, value), "a value");
    } catch (const Error&) {
        return value_text(layer, column, value);
    }
}

std::pair<std::string, std::string> where_they_differ(const std::string& a, const std::string& b) {
    const auto [in_a, in_b] = std::mismatch(a.begin(), a.end(), b.begin(), b.end());
    const auto same = static_cast<std::size_t>(in_a - a.begin());
    if (std::max(a.size(), b.size()) <= kShownBytes || same <= kBeforeBytes) {
        return {excerpt_from(a, 0), excerpt_from(b, 0)};
    }
    return {excerpt_from(a, same - kBeforeBytes), excerpt_from(b, same - kBeforeBytes)};
}

}  // namespace rhumb::tool
