// SPDX-License-Identifier: Apache-2.0
#include "sync/connector/identity.hpp"

#include "platform/error.hpp"
#include "platform/hash.hpp"
#include "platform/number.hpp"
#include "platform/text.hpp"

#include <algorithm>
#include <array>
#include <cmath>

namespace rhumb::connector {
namespace {

/// Ours alone; never to be changed, or the next import of a file gives other GlobalIDs.
constexpr std::array<std::uint8_t, 16> kNamespace{0x6d, 0x1f, 0x8e, 0x52, 0x3b, 0xc4, 0x4a, 0x97,
                                                  0x9f, 0x0e, 0xd2, 0x75, 0x48, 0xa1, 0x60, 0xc3};

/// Names that promise a GlobalID, the likeliest first.
constexpr std::array<std::string_view, 4> kPromisingNames{"globalid", "global_id", "guid", "uuid"};

constexpr std::size_t kShownBytes = 40;  // of a key, in a message

}  // namespace

Uuid derived_id(std::string_view layer, std::string_view key) {
    Sha256Stream stream;
    stream.add({reinterpret_cast<const char*>(kNamespace.data()), kNamespace.size()});
    stream.add(layer);
    stream.add(std::string_view("\0", 1));
    stream.add(key);
    const Sha256 hash = stream.finish();
    Uuid id;
    std::copy_n(hash.bytes.begin(), id.bytes.size(), id.bytes.begin());
    id.bytes[6] = static_cast<std::uint8_t>((id.bytes[6] & 0x0F) | 0x80);
    id.bytes[8] = static_cast<std::uint8_t>((id.bytes[8] & 0x3F) | 0x80);
    return id;
}

std::optional<std::string> key_text(const geodb::Value& value) {
    if (const auto* text = std::get_if<std::string>(&value)) return std::string(trimmed(*text));
    if (const auto* whole = std::get_if<std::int64_t>(&value)) return std::to_string(*whole);
    if (const auto* real = std::get_if<double>(&value)) {
        constexpr double kExact = 9007199254740992.0;  // 2^53: 584.0 is the key 584
        if (std::trunc(*real) == *real && std::abs(*real) <= kExact) {
            return std::to_string(static_cast<std::int64_t>(*real));
        }
        std::string out;
        if (std::isfinite(*real)) append_double(out, *real);
        return out;
    }
    const auto* blob = std::get_if<geodb::Blob>(&value);
    if (blob == nullptr) return std::nullopt;
    return std::string(blob->begin(), blob->end());
}

IdentityScan::IdentityScan(std::string layer, std::optional<std::string> id_field, RowName row_name)
    : layer_(std::move(layer)), id_field_(std::move(id_field)), row_name_(std::move(row_name)) {}

std::optional<std::size_t> IdentityScan::rank_of(std::string_view name) const {
    if (id_field_) {
        if (name == *id_field_) return 0;
        return equal_ignoring_case(name, *id_field_) ? std::optional<std::size_t>(1) : std::nullopt;
    }
    for (std::size_t i = 0; i < kPromisingNames.size(); ++i) {
        if (equal_ignoring_case(name, kPromisingNames[i])) return i;
    }
    return std::nullopt;
}

void IdentityScan::add_column(std::string_view name) {
    if (const auto rank = rank_of(name)) {
        watched_.push_back(columns_.size());
        candidates_.push_back({columns_.size(), std::string(name), *rank, {}, true, {}});
    }
    columns_.emplace_back(name);
}

void IdentityScan::add(std::size_t column, const geodb::Value& value, std::uint64_t row) {
    const auto found = std::find_if(candidates_.begin(), candidates_.end(),
                                    [&](const Candidate& c) { return c.column == column; });
    if (found == candidates_.end() || !found->why_not.empty()) return;
    const auto key = key_text(value);
    if (!key) return;
    const auto uuid = Uuid::parse(*key);
    if (!uuid && !id_field_) {
        found->why_not = row_name_(row) + " has '" + excerpt(*key, kShownBytes) + "', no UUID";
        found->ids = {};
        return;
    }
    found->all_uuids = found->all_uuids && uuid;
    found->ids.emplace_back(uuid ? *uuid : derived_id(layer_, *key), row);
}

void IdentityScan::check_unique(Candidate& candidate) const {
    std::sort(candidate.ids.begin(), candidate.ids.end());
    const auto twin =
        std::adjacent_find(candidate.ids.begin(), candidate.ids.end(),
                           [](const auto& a, const auto& b) { return a.first == b.first; });
    if (twin == candidate.ids.end()) return;
    candidate.why_not =
        row_name_(twin->second) + " and " + row_name_((twin + 1)->second) + " have the same value";
}

std::optional<Uuid> IdentityScan::id_of(const geodb::Value& value) const {
    const auto key = key_text(value);
    if (!key) return std::nullopt;
    const auto uuid = Uuid::parse(*key);
    return uuid ? uuid : derived_id(layer_, *key);
}

Identity IdentityScan::settle_asked_for(std::uint64_t rows, std::vector<std::string>& notes) {
    if (candidates_.empty()) {
        std::string there;
        for (const std::string& name : columns_) there += (there.empty() ? "" : ", ") + name;
        throw Error(Status::NotFound,
                    "there is no field '" + *id_field_ + "' (there are: " + there + ")");
    }
    Candidate& chosen =
        *std::min_element(candidates_.begin(), candidates_.end(),
                          [](const Candidate& a, const Candidate& b) { return a.rank < b.rank; });
    const std::uint64_t with_key = chosen.ids.size();
    check_unique(chosen);
    chosen.ids = {};
    if (!chosen.why_not.empty()) {
        throw Error(Status::ConstraintViolated,
                    "field '" + chosen.name + "' cannot identify features: " + chosen.why_not);
    }
    if (with_key < rows) {
        notes.push_back(std::to_string(rows - with_key) + " features have nothing in field '" +
                        chosen.name + "' and got new GlobalIDs");
    }
    return {chosen.column, chosen.all_uuids};
}

Identity IdentityScan::settle(std::uint64_t rows, std::vector<std::string>& notes) {
    if (id_field_) return settle_asked_for(rows, notes);
    std::stable_sort(candidates_.begin(), candidates_.end(),
                     [](const Candidate& a, const Candidate& b) { return a.rank < b.rank; });
    Identity chosen;
    for (Candidate& candidate : candidates_) {
        if (candidate.why_not.empty() && !chosen.column) {
            check_unique(candidate);
            if (candidate.why_not.empty()) chosen = {candidate.column, true};
        }
        candidate.ids = {};
        if (candidate.why_not.empty()) continue;
        notes.push_back("field '" + candidate.name +
                        "' is not taken as GlobalID: " + candidate.why_not);
    }
    return chosen;
}

}  // namespace rhumb::connector
