// SPDX-License-Identifier: Apache-2.0
//
// A JSON value in memory, and how it is read from text and written back.
//
// A number stays a 64-bit integer when its text is a whole number, so object ids and epoch
// milliseconds never pass through a double. Members keep their order. When a name comes twice,
// the last one is found; both are written back.

#pragma once

#include "sync/wire/json_reader.hpp"

#include <concepts>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <variant>
#include <vector>

namespace rhumb::wire {

class JsonWriter;

template <typename T>
concept WholeNumber = std::integral<T> && !std::same_as<T, bool>;

class Json {
public:
    /// In the order of the variant below.
    enum class Kind : std::uint8_t { Null, Bool, Integer, Real, Text, Array, Object };
    struct Member;
    using Array = std::vector<Json>;
    using Object = std::vector<Member>;

    Json() = default;
    Json(std::nullptr_t);
    /// Only a true bool: a pointer must not become `true`.
    template <std::same_as<bool> T>
    Json(T value) : value_(value) {}
    /// Whole numbers beyond 63 bits become reals.
    template <WholeNumber T>
    Json(T value);
    Json(double value);
    Json(std::string value);
    Json(std::string_view value);
    Json(const char* value);
    Json(Array elements);
    Json(Object members);

    Kind kind() const { return static_cast<Kind>(value_.index()); }
    bool is_null() const { return kind() == Kind::Null; }
    bool is_number() const { return kind() == Kind::Integer || kind() == Kind::Real; }

    // What it is, or nullptr when it is something else.
    const bool* boolean() const { return std::get_if<bool>(&value_); }
    const std::int64_t* integer() const { return std::get_if<std::int64_t>(&value_); }
    const double* real() const { return std::get_if<double>(&value_); }
    const std::string* text() const { return std::get_if<std::string>(&value_); }
    const Array* array() const { return std::get_if<Array>(&value_); }
    const Object* object() const { return std::get_if<Object>(&value_); }
    std::string* text() { return std::get_if<std::string>(&value_); }
    Array* array() { return std::get_if<Array>(&value_); }
    Object* object() { return std::get_if<Object>(&value_); }

    /// The member of this name, nullptr when there is none or this is no object.
    const Json* find(std::string_view name) const;
    Json* find(std::string_view name);
    /// The same, the case of ASCII letters aside; a name of the exact case is preferred.
    const Json* find_any_case(std::string_view name) const;

    // The same, for members and kinds that must be there: else Error(InvalidArgument) that begins
    // with `path`, e.g. "layers[0].name". Numbers and booleans are read as tolerantly as below.
    const Json& require(std::string_view name, std::string_view path) const;
    bool as_bool(std::string_view path) const;
    std::int64_t as_int64(std::string_view path) const;
    double as_double(std::string_view path) const;
    const std::string& as_string(std::string_view path) const;
    const Array& as_array(std::string_view path) const;
    const Object& as_object(std::string_view path) const;

    /// Replaces or adds a member; null becomes an object. Anything else is a defect of the caller.
    Json& set(std::string_view name, Json value);
    /// Adds an element; null becomes an array. Anything else is a defect of the caller.
    Json& push(Json element);

    /// Numbers are equal by value (5 and 5.0), objects only in the same order.
    bool operator==(const Json& other) const;

private:
    std::variant<std::nullptr_t, bool, std::int64_t, double, std::string, Array, Object> value_;
};

struct Json::Member {
    std::string name;
    Json value;
    bool operator==(const Member&) const = default;
};

// Here, because a constructor needs to know the whole of Member.
inline Json::Json(std::nullptr_t) {}
template <WholeNumber T>
Json::Json(T value) {
    if (std::in_range<std::int64_t>(value)) {
        value_ = static_cast<std::int64_t>(value);
    } else {
        value_ = static_cast<double>(value);
    }
}
inline Json::Json(double value) : value_(value) {}
inline Json::Json(std::string value) : value_(std::move(value)) {}
inline Json::Json(std::string_view value) : value_(std::string(value)) {}
inline Json::Json(const char* value) : value_(std::string(value)) {}
inline Json::Json(Array elements) : value_(std::move(elements)) {}
inline Json::Json(Object members) : value_(std::move(members)) {}

/// "null", "a boolean", "a number", "a text", "an array", "an object".
std::string_view kind_name(const Json& value);

// What foreign services and clients mean, however they spell it; nullopt for anything else.
// A null pointer (a member that is not there) is nullopt too.

/// A whole number: 7, 7.0, "7".
std::optional<std::int64_t> to_int64(const Json* value);
/// A finite number: 7, 7.5, "7.5".
std::optional<double> to_double(const Json* value);
/// true, 1, "true", "1" and their opposites; letters in any case.
std::optional<bool> to_bool(const Json* value);
inline std::optional<std::int64_t> to_int64(const Json& value) {
    return to_int64(&value);
}
inline std::optional<double> to_double(const Json& value) {
    return to_double(&value);
}
inline std::optional<bool> to_bool(const Json& value) {
    return to_bool(&value);
}
/// The text, or empty when there is none or it is something else.
std::string_view text_or_empty(const Json* value);

/// Reads a whole document. Throws Error(CorruptData) with the place, as read_json does; also when
/// a number is beyond a double. `what` names the document: "geojson trees.geojson".
Json parse_json(std::string_view text, std::string_view what, const JsonLimits& limits = {});

/// For hand-typed parameters such as geometry, inSR, outSR: names may lack their quotes, and texts
/// may stand in single ones: {xmin: 1, 'ymin': 2}.
Json parse_json_relaxed(std::string_view text, std::string_view what,
                        const JsonLimits& limits = {});

/// Without any blanks.
std::string to_text(const Json& value);
/// For people: two blanks a level, a line for each member and element.
std::string to_pretty_text(const Json& value);
void write_json(JsonWriter& writer, const Json& value);

}  // namespace rhumb::wire
