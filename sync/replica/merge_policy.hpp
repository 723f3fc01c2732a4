// SPDX-License-Identifier: Apache-2.0
//
// Who wins when device and service have changed the same: a layer's policy.
//
// Whatever it says, the value that lost is kept with the conflict, and can be taken later.

#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace rhumb::sync {

/// Stored: never renumber.
enum class MergePolicy : std::uint8_t {
    /// The edit that reaches the service last. Changes are taken in before ours go up, so that is
    /// the device's.
    LastIn = 1,
    Service = 2,  ///< the device's value gives way
    Device = 3,   ///< the device's value stays and goes up
    Ask = 4,      ///< the service's value stands until somebody decides; ours is held back
};

/// Whose value stands in the row now. Stored: never renumber.
enum class Winner : std::uint8_t { Device = 1, Service = 2 };

inline Winner winner_of(MergePolicy policy) {
    const bool ours = policy == MergePolicy::LastIn || policy == MergePolicy::Device;
    return ours ? Winner::Device : Winner::Service;
}

/// "last", "service", "device", "ask"
std::string_view name_of(MergePolicy policy);
/// In any letter case; nullopt for another word.
std::optional<MergePolicy> merge_policy_of(std::string_view text);

/// How the conflicts of one layer are settled, and in whose name.
struct MergeRules {
    MergePolicy policy = MergePolicy::LastIn;
    std::string device;        ///< the replica's name
    std::string editor_field;  ///< that tells who edited last; "" when the layer has none
};

}  // namespace rhumb::sync
