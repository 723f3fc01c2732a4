// SPDX-License-Identifier: Apache-2.0
//
// One JSON value in a flat form: a run of tokens, used again for the next value.
//
// Many small values come in a row, the features of a list of edits, and each is looked at once.
// Here nothing is allocated for one of them: texts stay where they stand, unless they have escapes.

#pragma once

#include "sync/wire/json.hpp"

#include <cstddef>
#include <cstdint>
#include <deque>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace rhumb::wire {

/// A value of a tape, until the tape takes the next. The members have the meaning of Json's.
class JsonView {
public:
    struct Token;
    explicit JsonView(const Token* token) : token_(token) {}

    Json::Kind kind() const;
    bool is_null() const { return kind() == Json::Kind::Null; }
    const bool* boolean() const;
    const std::int64_t* integer() const;
    const double* real() const;
    std::optional<std::string_view> text() const;
    /// Elements of an array, members of an object.
    std::size_t size() const;

    std::optional<JsonView> find(std::string_view name) const;
    std::optional<JsonView> find_any_case(std::string_view name) const;
    /// `take(name, value)` for each member in order; none when this is no object.
    template <class Take>
    void each_member(const Take& take) const;
    /// `take(value)` for each element in order; none when this is no array.
    template <class Take>
    void each_element(const Take& take) const;

    /// A copy that lasts.
    Json json() const;

private:
    std::string_view characters() const;
    JsonView following() const;

    const Token* token_;
};

/// An object is followed by the names and values of its members, an array by its elements.
struct JsonView::Token {
    union {
        bool boolean;
        std::int64_t integer;
        double real;
        const char* text;
    };
    std::uint32_t size;    ///< bytes of a text, members, elements
    std::uint32_t extent;  ///< tokens, this one and what belongs to it
    Json::Kind kind;
};

class JsonTape {
public:
    /// Reads the value that begins at `at`, and moves `at` behind it. False when the text there is
    /// no JSON or breaks a limit: read_json can tell why. `depth` values are open around it.
    /// `text` must last as long as the views.
    bool read(std::string_view text, std::size_t& at, const JsonLimits& limits = {},
              std::size_t depth = 0);
    /// Reads a member's name, quotes around it, as above.
    std::optional<std::string_view> read_name(std::string_view text, std::size_t& at);
    /// What was built already; it must last as long as the views.
    void take(const Json& json);

    JsonView root() const { return JsonView(tokens_.data()); }
    std::size_t size() const { return used_; }

private:
    class Reader;
    JsonView::Token& append(Json::Kind kind);
    void append(const Json& json);

    std::vector<JsonView::Token> tokens_;  ///< those from `used_` on are left from before
    std::size_t used_ = 0;
    std::deque<std::string> unescaped_;
};

inline Json::Kind JsonView::kind() const {
    return token_->kind;
}
inline const bool* JsonView::boolean() const {
    return kind() == Json::Kind::Bool ? &token_->boolean : nullptr;
}
inline const std::int64_t* JsonView::integer() const {
    return kind() == Json::Kind::Integer ? &token_->integer : nullptr;
}
inline const double* JsonView::real() const {
    return kind() == Json::Kind::Real ? &token_->real : nullptr;
}
inline std::optional<std::string_view> JsonView::text() const {
    return kind() == Json::Kind::Text ? std::optional(characters()) : std::nullopt;
}
inline std::size_t JsonView::size() const {
    return token_->size;
}
inline std::string_view JsonView::characters() const {
    return {token_->text, token_->size};
}
inline JsonView JsonView::following() const {
    return JsonView(token_ + token_->extent);
}

template <class Take>
void JsonView::each_member(const Take& take) const {
    if (kind() != Json::Kind::Object) return;
    JsonView name(token_ + 1);
    for (std::size_t i = 0; i < size(); ++i) {
        const JsonView value(name.token_ + 1);
        take(name.characters(), value);
        name = value.following();
    }
}

template <class Take>
void JsonView::each_element(const Take& take) const {
    if (kind() != Json::Kind::Array) return;
    JsonView element(token_ + 1);
    for (std::size_t i = 0; i < size(); ++i) {
        take(element);
        element = element.following();
    }
}

}  // namespace rhumb::wire
