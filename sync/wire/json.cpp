// SPDX-License-Identifier: Apache-2.0
#include "sync/wire/json.hpp"

#include "platform/error.hpp"
#include "platform/number.hpp"
#include "platform/text.hpp"

#include <algorithm>
#include <cassert>
#include <cmath>

namespace rhumb::wire {
namespace {

[[noreturn]] void throw_kind(std::string_view path, std::string_view wanted, const Json& found) {
    throw Error(Status::InvalidArgument, std::string(path) + ": expected " + std::string(wanted) +
                                             ", found " + std::string(kind_name(found)));
}

template <typename T>
T value_or_throw(const std::optional<T>& value, std::string_view path, std::string_view wanted,
                 const Json& found) {
    if (!value) throw_kind(path, wanted, found);
    return *value;
}

std::optional<std::int64_t> whole(double value) {
    // 2^63 is the first double that does not fit; -2^63 is the last that does.
    constexpr double kBeyond = 9223372036854775808.0;
    if (!(value >= -kBeyond && value < kBeyond) || value != std::trunc(value)) return std::nullopt;
    return static_cast<std::int64_t>(value);
}

}  // namespace

const Json* Json::find(std::string_view name) const {
    const Object* members = object();
    if (members == nullptr) return nullptr;
    const auto found = std::find_if(members->rbegin(), members->rend(),
                                    [&](const Member& member) { return member.name == name; });
    return found == members->rend() ? nullptr : &found->value;
}

Json* Json::find(std::string_view name) {
    return const_cast<Json*>(std::as_const(*this).find(name));
}

const Json* Json::find_any_case(std::string_view name) const {
    if (const Json* exact = find(name)) return exact;
    const Object* members = object();
    if (members == nullptr) return nullptr;
    const auto found = std::find_if(members->rbegin(), members->rend(), [&](const Member& member) {
        return equal_ignoring_case(member.name, name);
    });
    return found == members->rend() ? nullptr : &found->value;
}

const Json& Json::require(std::string_view name, std::string_view path) const {
    if (object() == nullptr) throw_kind(path, "an object", *this);
    const Json* found = find(name);
    if (found == nullptr) {
        throw Error(Status::InvalidArgument,
                    std::string(path) + ": member '" + std::string(name) + "' is missing");
    }
    return *found;
}

bool Json::as_bool(std::string_view path) const {
    return value_or_throw(to_bool(this), path, "a boolean", *this);
}

std::int64_t Json::as_int64(std::string_view path) const {
    return value_or_throw(to_int64(this), path, "a whole number", *this);
}

double Json::as_double(std::string_view path) const {
    return value_or_throw(to_double(this), path, "a number", *this);
}

const std::string& Json::as_string(std::string_view path) const {
    if (text() == nullptr) throw_kind(path, "a text", *this);
    return *text();
}

const Json::Array& Json::as_array(std::string_view path) const {
    if (array() == nullptr) throw_kind(path, "an array", *this);
    return *array();
}

const Json::Object& Json::as_object(std::string_view path) const {
    if (object() == nullptr) throw_kind(path, "an object", *this);
    return *object();
}

Json& Json::set(std::string_view name, Json value) {
    if (is_null()) value_ = Object{};
    assert(object() != nullptr);
    if (Json* there = find(name)) return *there = std::move(value);
    return object()->emplace_back(Member{std::string(name), std::move(value)}).value;
}

Json& Json::push(Json element) {
    if (is_null()) value_ = Array{};
    assert(array() != nullptr);
    return array()->emplace_back(std::move(element));
}

bool Json::operator==(const Json& other) const {
    if (kind() != other.kind() && is_number() && other.is_number()) {
        return to_double(this) == to_double(&other);
    }
    return value_ == other.value_;
}

std::string_view kind_name(const Json& value) {
    switch (value.kind()) {
        case Json::Kind::Null:
            return "null";
        case Json::Kind::Bool:
            return "a boolean";
        case Json::Kind::Integer:
        case Json::Kind::Real:
            return "a number";
        case Json::Kind::Text:
            return "a text";
        case Json::Kind::Array:
            return "an array";
        case Json::Kind::Object:
            return "an object";
    }
    return "nothing";
}

std::optional<std::int64_t> to_int64(const Json* value) {
    if (value == nullptr) return std::nullopt;
    if (const std::int64_t* integer = value->integer()) return *integer;
    if (const double* real = value->real()) return whole(*real);
    const std::string* text = value->text();
    if (text == nullptr) return std::nullopt;
    if (const auto integer = parse_integer(*text)) return integer;
    const auto real = parse_double(*text);
    return real ? whole(*real) : std::nullopt;
}

std::optional<double> to_double(const Json* value) {
    if (value == nullptr) return std::nullopt;
    if (const std::int64_t* integer = value->integer()) return static_cast<double>(*integer);
    if (const double* real = value->real()) {
        return std::isfinite(*real) ? std::optional(*real) : std::nullopt;
    }
    return value->text() != nullptr ? parse_double(*value->text()) : std::nullopt;
}

std::optional<bool> to_bool(const Json* value) {
    if (value == nullptr) return std::nullopt;
    if (const bool* boolean = value->boolean()) return *boolean;
    if (const std::string* text = value->text()) {
        const std::string_view word = trimmed(*text);
        if (equal_ignoring_case(word, "true")) return true;
        if (equal_ignoring_case(word, "false")) return false;
    }
    const auto number = to_int64(value);
    if (!number || (*number != 0 && *number != 1)) return std::nullopt;
    return *number == 1;
}

std::string_view text_or_empty(const Json* value) {
    const std::string* text = value == nullptr ? nullptr : value->text();
    return text == nullptr ? std::string_view{} : *text;
}

}  // namespace rhumb::wire
