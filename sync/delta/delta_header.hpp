// SPDX-License-Identifier: Apache-2.0
//
// What a delta says about itself: which way it goes, for which replica, between which generations,
// and what it holds of each layer.
//
// A delta carries edits between a replica and its service: `dataFormat=sqlite` and
// `editsUploadFormat=sqlite`. It is a plain SQLite file, or the same packed (docs/delta_format.md).

#pragma once

#include "geodb/ids.hpp"
#include "geodb/sqlite/database.hpp"
#include "platform/uuid.hpp"

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace rhumb::delta {

using geodb::LayerId;

inline constexpr std::int64_t kFormat = 1;
/// The version of the packed form.
inline constexpr std::int64_t kPackedFormat = 1;

enum class Direction : std::uint8_t { Upload = 1, Download = 2 };  // stored: never renumber

/// How many rows there are of each kind.
struct Counts {
    std::int64_t adds = 0;
    std::int64_t updates = 0;
    std::int64_t deletes = 0;
    std::int64_t total() const { return adds + updates + deletes; }
    bool operator==(const Counts&) const = default;
};

/// The terms under which a layer travels.
struct LayerTerms {
    LayerId layer;
    std::string fingerprint;             ///< of the schema as both sides agreed on it
    bool whole = false;                  ///< all rows of the layer, as adds, instead of changes
    std::optional<std::int64_t> base;    ///< perLayer: the generation the changes begin after
    std::optional<std::int64_t> result;  ///< perLayer: the generation they lead to
};

struct LayerHead {
    LayerTerms terms;
    Counts counts;
};

struct Header {
    Direction direction = Direction::Download;
    Uuid replica;
    std::optional<Uuid> batch;         ///< of an upload: the service takes it once
    std::optional<std::int64_t> base;  ///< perReplica, as for a layer
    std::optional<std::int64_t> result;
    std::int64_t created_ms = 0;
    std::vector<LayerHead> layers;  ///< by id; in the file once it is finished
};

/// Writes all but the layers.
void write_header(geodb::sqlite::Database& database, const Header& header);
void write_layer_head(geodb::sqlite::Database& database, const LayerHead& head);

/// Throws CorruptData naming table and column when a value is not of its kind.
Header read_header(geodb::sqlite::Database& database);

}  // namespace rhumb::delta
