// SPDX-License-Identifier: Apache-2.0
//
// Reads f=pbf as its clients do, with the library of protocol buffers and nothing of the writer:
// into the form that f=json has when it is quantized.

#pragma once

#include "platform/http/message.hpp"
#include "sync/wire/json.hpp"
#include "sync/wire/pbf/feature_collection.pb.h"

#include <cstdint>
#include <string>

namespace rhumb::test {

using Pbf = pbf::FeatureCollectionPBuffer;

/// Requires that it is one, by its Content-Type too.
Pbf read_pbf(const http::Response& response);

wire::Json json_of(const Pbf::Value& value);

/// {"attributes":{…},"geometry":{…},"centroid":{…}}; z and m as numbers, columns and rows as they
/// came.
wire::Json json_of(const Pbf::Feature& feature, const Pbf::FeatureResult& result);

/// Where two values differ, numbers by more than `tolerance`; "" when they do not.
std::string difference(const wire::Json& a, const wire::Json& b, double tolerance,
                       const std::string& where = "");

/// What f=pbf can say of an m that is not there.
wire::Json zero_for_null(wire::Json json);

/// A quantized geometry with its coordinates back.
wire::Json located(const wire::Json& geometry, const wire::Json& transform);

}  // namespace rhumb::test
