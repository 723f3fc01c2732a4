// SPDX-License-Identifier: Apache-2.0
#include "sync/wire/pbf/pbf_value.hpp"

#include "platform/date_time.hpp"
#include "platform/text.hpp"
#include "sync/wire/pbf/feature_collection.pb.h"
#include "sync/wire/utf8.hpp"

#include <cmath>
#include <limits>
#include <string>
#include <utility>
#include <variant>

namespace rhumb::wire {
namespace {

using geodb::FieldType;
using geodb::Value;
using PbfValue = pbf::FeatureCollectionPBuffer::Value;

/// Readers take the member that belongs to the field's type, so whole numbers in a column of
/// doubles go as doubles.
void set_whole(PbfValue& to, FieldType type, std::int64_t value) {
    switch (type) {
        case FieldType::SmallInteger:
        case FieldType::Integer:
            if (!std::in_range<std::int32_t>(value)) break;
            to.set_sint_value(static_cast<std::int32_t>(value));
            return;
        case FieldType::Single:
            to.set_float_value(static_cast<float>(value));
            return;
        case FieldType::Double:
            to.set_double_value(static_cast<double>(value));
            return;
        default:
            break;
    }
    to.set_sint64_value(value);
}

/// What is no number is NULL, as it is in JSON.
void set_real(PbfValue& to, FieldType type, double value) {
    if (!std::isfinite(value)) return;
    if (type == FieldType::Single && std::fabs(value) <= std::numeric_limits<float>::max()) {
        to.set_float_value(static_cast<float>(value));
    } else {
        to.set_double_value(value);
    }
}

void set_text(PbfValue& to, FieldType type, const std::string& text) {
    if (type != FieldType::Date) {
        to.set_string_value(is_utf8(text) ? text : repaired_utf8(text));
    } else if (const auto ms = parse_date_time(text)) {
        to.set_sint64_value(*ms);
    }  // else another program wrote what is no date
}

}  // namespace

void set_pbf_value(PbfValue& to, FieldType type, const Value& value) {
    if (const auto* whole = std::get_if<std::int64_t>(&value)) {
        set_whole(to, type, *whole);
    } else if (const auto* real = std::get_if<double>(&value)) {
        set_real(to, type, *real);
    } else if (const auto* text = std::get_if<std::string>(&value)) {
        set_text(to, type, *text);
    }
}

}  // namespace rhumb::wire
