// SPDX-License-Identifier: Apache-2.0
#include "sync/connector/field_profile.hpp"

#include "platform/date_time.hpp"
#include "platform/number.hpp"
#include "platform/text.hpp"
#include "platform/uuid.hpp"

#include <limits>
#include <utility>

namespace rhumb::connector {
namespace {

using geodb::FieldType;
using Kind = SourceValue::Kind;

constexpr std::size_t kDateBytes = 10;  // yyyy-mm-dd

/// Years 0 to 9999 in UTC: what the stored form can say.
bool is_date(std::string_view text) {
    const auto ms = parse_date_time(text);
    return ms && *ms >= -62'167'219'200'000 && *ms <= 253'402'300'799'999;
}

}  // namespace

void FieldProfile::add(const SourceValue& value) {
    if (value.kind == Kind::Null) return;
    seen_ |= bit(value.kind);
    if (value.kind == Kind::Integer) add_integer(value.value);
    if (value.kind == Kind::Text) add_text(std::get<std::string>(value.value));
}

void FieldProfile::add_integer(const geodb::Value& value) {
    const auto* text = std::get_if<std::string>(&value);
    const std::int64_t whole =
        text != nullptr ? parse_integer(*text).value_or(0) : std::get<std::int64_t>(value);
    constexpr std::int64_t kExactInDouble = std::int64_t{1} << 53;
    fits_32_bits_ &= std::in_range<std::int32_t>(whole);
    fits_double_ &= whole >= -kExactInDouble && whole <= kExactInDouble;
}

void FieldProfile::add_text(std::string_view text) {
    guids_ = guids_ && Uuid::parse(text).has_value();
    if (!dates_ && !date_times_) return;
    const bool date = is_date(text);
    const bool has_time = trimmed(text).size() > kDateBytes;
    dates_ = dates_ && date && !has_time;
    date_times_ = date_times_ && date && has_time;
}

bool FieldProfile::is_numeric() const {
    return seen_ != 0 && (seen_ & ~(bit(Kind::Integer) | bit(Kind::Real))) == 0;
}

FieldType FieldProfile::type() const {
    if (seen_only(Kind::Bool)) return FieldType::SmallInteger;
    if (seen_only(Kind::Integer)) {
        return fits_32_bits_ ? FieldType::Integer : FieldType::BigInteger;
    }
    if (is_numeric() && fits_double_) return FieldType::Double;
    if (seen_only(Kind::Text)) {
        if (guids_) return FieldType::Guid;
        if (dates_) return FieldType::DateOnly;
        if (date_times_) return FieldType::Date;
    }
    return FieldType::String;
}

geodb::Value plain_value(SourceValue&& value, FieldType type) {
    if (value.kind != Kind::Bool) return std::move(value.value);
    if (type == FieldType::SmallInteger) {
        const auto* text = std::get_if<std::string>(&value.value);
        if (text == nullptr) return std::move(value.value);
        return std::int64_t{equal_ignoring_case(trimmed(*text), "true") ? 1 : 0};
    }
    const auto* whole = std::get_if<std::int64_t>(&value.value);
    if (whole == nullptr) return std::move(value.value);
    return std::string(*whole != 0 ? "true" : "false");
}

}  // namespace rhumb::connector
