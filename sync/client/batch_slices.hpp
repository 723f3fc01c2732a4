// SPDX-License-Identifier: Apache-2.0
//
// A batch that a service finds too large goes up in slices, one call each.
//
// A feature's slice follows from its GlobalID alone, and halving all slices turns slice i into 2i
// and 2i + 1: so what was taken stays taken when the rest must be cut smaller still.

#pragma once

#include "geodb/ids.hpp"
#include "platform/uuid.hpp"
#include "sync/wire/json.hpp"

#include <cstdint>
#include <functional>
#include <optional>
#include <string>

namespace rhumb::sync {

/// Kept with the rung, as fact "slices".
class BatchSlices {
public:
    static constexpr std::int64_t kMost = 4096;

    BatchSlices() = default;
    explicit BatchSlices(const wire::Json* fact);
    wire::Json fact() const;

    bool sliced() const { return count_ > 1; }
    /// The service has taken none of them yet.
    bool nothing_taken() const { return !taken_; }
    bool is_last() const { return at_ + 1 == count_; }
    bool can_halve() const { return count_ < kMost; }
    void halve();
    /// The present slice of `batch` was taken; these results of it are failures, kept for the end.
    void next(const wire::Json& failures, const Uuid& batch);
    /// The slice that was taken last.
    std::optional<Uuid> last_taken() const { return Uuid::parse(last_taken_); }
    /// There is nothing in the present slice.
    void skip() { ++at_; }
    const wire::Json& failures() const { return failures_; }

    bool has(const geodb::GlobalId& feature) const;
    /// The slice's own name for its effect.
    Uuid id(const Uuid& batch) const;

private:
    std::int64_t count_ = 1;
    std::int64_t at_ = 0;
    bool taken_ = false;
    std::string last_taken_;
    wire::Json failures_{wire::Json::Array{}};  ///< {"id","kind","result"} of earlier slices
};

}  // namespace rhumb::sync
