// SPDX-License-Identifier: Apache-2.0
#include "sync/client/batch_slices.hpp"

#include "platform/hash.hpp"

#include <algorithm>
#include <string>

namespace rhumb::sync {
namespace {

/// FNV-1a and a final mix: the same on every device, and even for numbered ids.
std::uint32_t spread(const Uuid& id) {
    std::uint32_t hash = 2166136261u;
    for (const std::uint8_t byte : id.bytes) hash = (hash ^ byte) * 16777619u;
    hash ^= hash >> 16;
    hash *= 0x7feb352du;
    hash ^= hash >> 15;
    hash *= 0x846ca68bu;
    return hash ^ (hash >> 16);
}

}  // namespace

BatchSlices::BatchSlices(const wire::Json* fact) {
    if (fact == nullptr || fact->object() == nullptr) return;
    count_ = std::clamp<std::int64_t>(wire::to_int64(fact->find("count")).value_or(1), 1, kMost);
    at_ = std::clamp<std::int64_t>(wire::to_int64(fact->find("at")).value_or(0), 0, count_ - 1);
    taken_ = wire::to_bool(fact->find("taken")).value_or(false);
    last_taken_ = wire::text_or_empty(fact->find("last_taken"));
    if (const wire::Json* failures = fact->find("failures")) failures_ = *failures;
}

wire::Json BatchSlices::fact() const {
    return wire::Json::Object{{"count", count_},
                              {"at", at_},
                              {"taken", taken_},
                              {"last_taken", last_taken_},
                              {"failures", failures_}};
}

void BatchSlices::halve() {
    count_ *= 2;
    at_ *= 2;
}

void BatchSlices::next(const wire::Json& failures, const Uuid& batch) {
    last_taken_ = id(batch).braced();
    ++at_;
    taken_ = true;
    for (const wire::Json& failure : failures.as_array("failures")) failures_.push(failure);
}

bool BatchSlices::has(const geodb::GlobalId& feature) const {
    const auto scaled = std::uint64_t{spread(feature.value)} * static_cast<std::uint64_t>(count_);
    return static_cast<std::int64_t>(scaled >> 32) == at_;
}

Uuid BatchSlices::id(const Uuid& batch) const {
    if (!sliced()) return batch;
    const Sha256 hash =
        sha256(batch.plain() + " " + std::to_string(at_) + "/" + std::to_string(count_));
    Uuid id;
    std::copy_n(hash.bytes.begin(), id.bytes.size(), id.bytes.begin());
    return id;
}

}  // namespace rhumb::sync
