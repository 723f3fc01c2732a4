// SPDX-License-Identifier: Apache-2.0
//
// How a content is cut into the parts of an upload item, where a link decides how much gets
// through at once.
//
// A link that drops after so many bytes would never let a larger part through. So a part that
// broke is cut anew, a quarter as long, and after one that got through the next is a quarter
// longer. What is cut anew gets new ids: the service may have the old ones, with other bytes.

#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace rhumb::sync {

/// Content in one request at most: what a kill costs, and what is held in memory.
constexpr std::int64_t kUploadBytes = 2 * 1024 * 1024;

/// Bytes of one request after one of `bytes` broke, and after one got through.
std::int64_t after_break(std::int64_t bytes);
std::int64_t after_success(std::int64_t bytes, std::int64_t most);

class PartPlan {
public:
    struct Part {
        std::int64_t id = 0;
        std::int64_t offset = 0;
        std::int64_t bytes = 0;
        std::int64_t end() const { return offset + bytes; }
    };

    /// Parts of `part_bytes` each, the last one shorter; at least one.
    PartPlan(std::int64_t total, std::int64_t part_bytes);
    /// What text() gave; none when it is not of a content of `total` bytes.
    static std::optional<PartPlan> parse(std::string_view text, std::int64_t total);
    std::string text() const;

    std::int64_t total() const { return total_; }
    /// The part that begins at `offset`, where the one before ends.
    Part part_at(std::int64_t offset) const;
    /// The ids of all parts, in their order, as a commit names them.
    std::string ids() const;

    /// From this part on they are cut anew.
    void cut_anew(const Part& from, std::int64_t part_bytes);
    /// This part broke; it got through. False when that changes nothing.
    bool broke(const Part& part);
    bool got_through(const Part& part, std::int64_t most);

private:
    struct Run {
        std::int64_t id = 0;
        std::int64_t offset = 0;
        std::int64_t part_bytes = 0;
    };
    explicit PartPlan(std::int64_t total) : total_(total) {}
    std::int64_t total_;
    std::vector<Run> runs_;
};

}  // namespace rhumb::sync
