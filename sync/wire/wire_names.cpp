// SPDX-License-Identifier: Apache-2.0
#include "sync/wire/wire_names.hpp"

#include "platform/text.hpp"

#include <array>
#include <cstddef>

namespace rhumb::wire {
namespace {

// Each list stands in the order of its enumeration, which counts from 1.
constexpr std::array<std::string_view, 3> kModels{"perReplica", "perLayer", "none"};
constexpr std::array<std::string_view, 4> kDirections{"download", "upload", "bidirectional",
                                                      "snapshot"};
constexpr std::array<std::string_view, 2> kTransports{"esriTransportTypeUrl",
                                                      "esriTransportTypeEmbedded"};
constexpr std::array<std::string_view, 2> kTargets{"client", "server"};
constexpr std::array<std::string_view, 3> kOptions{"useFilter", "all", "none"};

template <class Value, std::size_t N>
std::optional<Value> value_of(const std::array<std::string_view, N>& names, std::string_view text) {
    for (std::size_t i = 0; i < N; ++i) {
        if (equal_ignoring_case(names[i], trimmed(text))) return static_cast<Value>(i + 1);
    }
    return std::nullopt;
}

template <class Value, std::size_t N>
std::string_view text_of(const std::array<std::string_view, N>& names, Value value) {
    return names[static_cast<std::size_t>(value) - 1];
}

}  // namespace

std::string_view name_of(SyncModel value) {
    return text_of(kModels, value);
}
std::string_view name_of(SyncDirection value) {
    return text_of(kDirections, value);
}
std::string_view name_of(TransportType value) {
    return text_of(kTransports, value);
}
std::string_view name_of(TargetType value) {
    return text_of(kTargets, value);
}
std::string_view name_of(QueryOption value) {
    return text_of(kOptions, value);
}

std::optional<SyncModel> sync_model_of(std::string_view text) {
    return value_of<SyncModel>(kModels, text);
}
std::optional<SyncDirection> sync_direction_of(std::string_view text) {
    return value_of<SyncDirection>(kDirections, text);
}
std::optional<TransportType> transport_type_of(std::string_view text) {
    return value_of<TransportType>(kTransports, text);
}
std::optional<TargetType> target_type_of(std::string_view text) {
    return value_of<TargetType>(kTargets, text);
}
std::optional<QueryOption> query_option_of(std::string_view text) {
    return value_of<QueryOption>(kOptions, text);
}

}  // namespace rhumb::wire
