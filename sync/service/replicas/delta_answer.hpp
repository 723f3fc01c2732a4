// SPDX-License-Identifier: Apache-2.0
//
// What goes to a replica as a delta: the file is written as a stream, kept as a result file, and
// linked to from a short answer that tells its length and hash.

#pragma once

#include "sync/service/replicas/replica_answer.hpp"
#include "sync/service/replicas/upload.hpp"

#include <cstdint>
#include <string>
#include <vector>

namespace rhumb::service {

/// What is wanted of a layer: all its rows, or the changes after `base`.
struct DeltaPart {
    LayerId layer;
    bool whole = false;
    Generation base;
};

/// A kept result file; none when there are no changes and no layer is wanted whole.
struct DeltaResult {
    bool few = false;  ///< no file was made, because there are so few changes
    std::string name;
    std::int64_t bytes = 0;
    std::int64_t changes = 0;  ///< rows of whole layers not counted
};

/// `fewest`: with no more changes than these, and no whole layer, no file is made.
DeltaResult write_delta(const Call& call, const ReplicaRecord& replica,
                        const std::vector<DeltaPart>& parts, const AnswerGenerations& generations,
                        StoreSnapshot& snapshot, std::int64_t fewest = 0);

/// Our extension: `"rhumbDelta":{"format":1,"bytes":…,"sha256":"…"}` beside the links. Results of
/// an upload are in the answer itself.
http::Response answer_with_delta(const Call& call, const ReplicaRecord& replica,
                                 std::string_view response_type,
                                 const AnswerGenerations& generations, const DeltaResult& delta,
                                 const UploadResults& results);

}  // namespace rhumb::service
