// SPDX-License-Identifier: Apache-2.0
#include "sync/client/part_plan.hpp"

#include "platform/number.hpp"
#include "platform/text.hpp"

#include <algorithm>

namespace rhumb::sync {
namespace {

/// Shorter ones would pay more for their head than for what they carry.
constexpr std::int64_t kLeastBytes = 16 * 1024;

}  // namespace

std::int64_t after_break(std::int64_t bytes) {
    return std::min(bytes, std::max(bytes / 4, kLeastBytes));
}

std::int64_t after_success(std::int64_t bytes, std::int64_t most) {
    return std::max(bytes, std::min(bytes + bytes / 4, most));
}

PartPlan::PartPlan(std::int64_t total, std::int64_t part_bytes) : total_(total) {
    runs_.push_back({0, 0, std::max<std::int64_t>(part_bytes, 1)});
}

std::optional<PartPlan> PartPlan::parse(std::string_view text, std::int64_t total) {
    PartPlan plan(total);
    for (const std::string& word : split(text, ';')) {
        const auto numbers = split(word, ':');
        if (numbers.size() != 3) return std::nullopt;
        const auto id = parse_integer(numbers[0]), offset = parse_integer(numbers[1]);
        const auto bytes = parse_integer(numbers[2]);
        if (!id || !offset || !bytes || *bytes < 1) return std::nullopt;
        const bool follows = plan.runs_.empty() ? *id >= 0 && *offset == 0
                                                : *id > plan.runs_.back().id && *offset < total &&
                                                      *offset >= plan.runs_.back().offset;
        if (!follows) return std::nullopt;
        plan.runs_.push_back({*id, *offset, *bytes});
    }
    if (plan.runs_.empty()) return std::nullopt;
    return plan;
}

std::string PartPlan::text() const {
    std::string text;
    for (const Run& run : runs_) {
        text += (text.empty() ? "" : ";") + std::to_string(run.id) + ":" +
                std::to_string(run.offset) + ":" + std::to_string(run.part_bytes);
    }
    return text;
}

PartPlan::Part PartPlan::part_at(std::int64_t offset) const {
    // The last run that begins here or before; a later one ends where that one begins.
    auto run = std::find_if(runs_.rbegin(), runs_.rend(),
                            [&](const Run& one) { return one.offset <= offset; });
    const std::int64_t end = run == runs_.rbegin() ? total_ : std::prev(run)->offset;
    const std::int64_t nth = (offset - run->offset) / run->part_bytes;
    return {run->id + nth, offset, std::min(run->part_bytes, end - offset)};
}

std::string PartPlan::ids() const {
    Part part = part_at(0);
    std::string ids = std::to_string(part.id);
    while (part.end() < total_) {
        part = part_at(part.end());
        ids += "," + std::to_string(part.id);
    }
    return ids;
}

void PartPlan::cut_anew(const Part& from, std::int64_t part_bytes) {
    while (runs_.size() > 1 && runs_.back().offset >= from.offset) runs_.pop_back();
    if (from.offset == 0) runs_.clear();
    runs_.push_back({from.id + 1, from.offset, part_bytes});
}

bool PartPlan::broke(const Part& part) {
    const std::int64_t shorter = after_break(part.bytes);
    if (shorter == part.bytes) return false;
    cut_anew(part, shorter);
    return true;
}

bool PartPlan::got_through(const Part& part, std::int64_t most) {
    if (part.end() >= total_) return false;
    const Part next = part_at(part.end());
    const std::int64_t longer = after_success(part.bytes, most);
    if (next.end() >= total_ || next.bytes >= longer) return false;
    cut_anew(next, longer);
    return true;
}

}  // namespace rhumb::sync
