// SPDX-License-Identifier: Apache-2.0
//
// A file that belongs to a feature: what is known of it without its bytes.

#pragma once

#include "geodb/ids.hpp"
#include "platform/hash.hpp"

#include <cstdint>
#include <optional>
#include <string>

namespace rhumb::geodb {

struct Attachment {
    std::int64_t id = 0;  ///< its number in this file
    GlobalId global_id;
    LayerId layer;
    GlobalId parent;  ///< the feature
    std::string name;
    std::string content_type;
    std::int64_t size = 0;  ///< bytes
    std::string keywords;
    std::optional<Sha256> content;  ///< none: somebody else has it and did not say its hash

    bool operator==(const Attachment&) const = default;
};

/// Where the content of an attachment is. Numbers are those of the C API: never renumber.
enum class ContentState : std::int32_t {
    Remote = 1,   ///< at the service; not asked for
    Wanted = 2,   ///< to be fetched; nothing is here yet
    Partial = 3,  ///< some of it is here
    Present = 4,  ///< all of it is here
    Failed = 5,   ///< the last transfer failed, or the service refused it; see the reason
};

struct AttachmentState {
    ContentState state = ContentState::Remote;
    std::int64_t have = 0;  ///< bytes that are here
    bool pending = false;   ///< has an edit that the service has not taken yet
    bool kept = false;      ///< its feature was deleted elsewhere; it stays until a person decides
    std::string failure;
};

}  // namespace rhumb::geodb
