// SPDX-License-Identifier: Apache-2.0
#include "sync/replica/merge_policy.hpp"

#include "platform/text.hpp"

namespace rhumb::sync {

std::string_view name_of(MergePolicy policy) {
    switch (policy) {
        case MergePolicy::LastIn:
            return "last";
        case MergePolicy::Service:
            return "service";
        case MergePolicy::Device:
            return "device";
        case MergePolicy::Ask:
            break;
    }
    return "ask";
}

std::optional<MergePolicy> merge_policy_of(std::string_view text) {
    for (const auto policy :
         {MergePolicy::LastIn, MergePolicy::Service, MergePolicy::Device, MergePolicy::Ask}) {
        if (equal_ignoring_case(text, name_of(policy))) return policy;
    }
    return std::nullopt;
}

}  // namespace rhumb::sync
