// SPDX-License-Identifier: Apache-2.0
//
// The content of the attachments that a delta tells of, on its way from service to service: ahead
// of the delta, by its hash, in packs. What the target has it is not sent again, so after a cut or
// a kill it is enough to ask it anew.

#pragma once

#include "platform/hash.hpp"
#include "sync/wire/json.hpp"

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <map>
#include <set>
#include <string>

namespace rhumb::sync {

class RelayContents {
public:
    /// Takes up to some hundred contents of the delta in `file`, behind the first `passed` ones.
    /// False when there are no more.
    bool begin(const std::filesystem::path& file, std::size_t passed);
    /// How many were passed once these are at the target.
    std::size_t passed() const { return passed_; }

    /// `contents` of rhumbContents/have.
    std::string question() const;
    /// What the target has of them. Throws Protocol when that is no such answer, or when content
    /// arrives there damaged again and again.
    void take_have(const wire::Json& answer);
    /// Some are not at the target, as far as the source may have them.
    bool missing() const { return !missing_.empty(); }
    /// `contents` of rhumbContents/get.
    std::string wish() const;
    /// Nothing of what was wished for is to be had at the source: it is passed over.
    void none_came();

private:
    std::map<Sha256, std::int64_t> group_;  ///< and its size
    std::size_t passed_ = 0;
    std::map<Sha256, std::int64_t> missing_;  ///< and how much of it the target has
    std::set<Sha256> lacking_;                ///< not to be had at the source
    std::int64_t had_ = -1;  ///< bytes of the group that the target had when it was asked last
    int spoiled_ = 0;
};

}  // namespace rhumb::sync
