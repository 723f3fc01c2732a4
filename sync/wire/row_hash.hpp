// SPDX-License-Identifier: Apache-2.0
//
// Hashes by which two ends of a replica find out whether they hold the same rows.
//
// A row is hashed as the Esri JSON that would travel, without its object id, the fields in the
// order of their names. Ranges of GlobalIDs are those with the same first byte; the hash of one is
// the exclusive or of its rows' hashes, so that the order in which they are read does not matter.

#pragma once

#include "platform/hash.hpp"
#include "sync/wire/feature_json.hpp"

#include <array>
#include <cstdint>
#include <string>
#include <vector>

namespace rhumb::wire {

/// `layer` and `transform` (null: none) outlive it.
class RowHasher {
public:
    RowHasher(const geodb::Layer& layer, const geodb::CoordinateTransform* transform);

    template <class ValueOf>
    Sha256 hash(const ValueOf& value_of) {
        text_.clear();
        JsonWriter writer(text_);
        features_.write(writer, geodb::ObjectId{0}, value_of);
        return hash_text();
    }

private:
    Sha256 hash_text() const;

    FeatureJsonWriter features_;
    std::string text_;
};

struct RangeHash {
    std::int64_t count = 0;
    Sha256 hash;

    void add(const Sha256& row);
    bool operator==(const RangeHash&) const = default;
};

/// By the first byte of the GlobalID.
using RangeHashes = std::array<RangeHash, 256>;

/// "00" to "FF"
std::string range_name(std::size_t range);
/// 256 when the text is none.
std::size_t range_of(std::string_view name);

}  // namespace rhumb::wire
