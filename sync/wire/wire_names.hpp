// SPDX-License-Identifier: Apache-2.0
//
// The enumerations of the replica protocol and their spelling (ArcGIS REST, createReplica and
// synchronizeReplica). Values compare without regard to letter case.

#pragma once

#include <cstdint>
#include <optional>
#include <string_view>

namespace rhumb::wire {

// Stored in replica files and served geodatabases: never renumber.

enum class SyncModel : std::uint8_t { PerReplica = 1, PerLayer = 2, None = 3 };
enum class SyncDirection : std::uint8_t {
    Download = 1,
    Upload = 2,
    Bidirectional = 3,
    Snapshot = 4
};
enum class TransportType : std::uint8_t { Url = 1, Embedded = 2 };
enum class TargetType : std::uint8_t { Client = 1, Server = 2 };
enum class QueryOption : std::uint8_t { UseFilter = 1, All = 2, None = 3 };

std::string_view name_of(SyncModel value);
std::string_view name_of(SyncDirection value);
std::string_view name_of(TransportType value);
std::string_view name_of(TargetType value);
std::string_view name_of(QueryOption value);

std::optional<SyncModel> sync_model_of(std::string_view text);
std::optional<SyncDirection> sync_direction_of(std::string_view text);
std::optional<TransportType> transport_type_of(std::string_view text);
std::optional<TargetType> target_type_of(std::string_view text);
std::optional<QueryOption> query_option_of(std::string_view text);

}  // namespace rhumb::wire
