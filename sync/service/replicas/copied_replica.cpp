// SPDX-License-Identifier: Apache-2.0
#include "sync/service/replicas/copied_replica.hpp"

#include "platform/error.hpp"
#include "platform/text.hpp"

#include <algorithm>

namespace rhumb::service {
namespace {

/// HTTP's Precondition Failed.
constexpr std::int64_t kIsCopy = 412;

}  // namespace

void check_not_a_copy(const Call& call, const ReplicaRecord& replica,
                      const std::optional<Uuid>& batch) {
    const std::string& known = call.parameters.get("rhumbKnownBatches");
    const auto& last = replica.terms.last_batch;
    if (known.empty() || !last || last == batch) return;
    const auto names = split(known, ',');
    const bool knows = std::any_of(names.begin(), names.end(), [&](const std::string& name) {
        return Uuid::parse(trimmed(name)) == last;
    });
    if (knows) return;
    throw Error(Status::ServiceRefused,
                "Replica " + replica.id.braced() +
                    " was synchronized by another file that is a copy of this one.")
        .with_code(kIsCopy);
}

}  // namespace rhumb::service
