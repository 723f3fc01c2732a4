// SPDX-License-Identifier: Apache-2.0
//
// One attribute as a protocol buffer.

#pragma once

#include "geodb/field_type.hpp"
#include "geodb/value.hpp"

namespace rhumb::pbf {
class FeatureCollectionPBuffer_Value;
}

namespace rhumb::wire {

/// Dates in ms, GUIDs in braces. Nothing is set for NULL, for what is no number or no date, and for
/// blobs, which do not travel. What is no value of its field (a text in a number's) goes as it is.
void set_pbf_value(pbf::FeatureCollectionPBuffer_Value& to, geodb::FieldType type,
                   const geodb::Value& value);

}  // namespace rhumb::wire
