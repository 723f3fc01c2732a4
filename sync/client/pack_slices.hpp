// SPDX-License-Identifier: Apache-2.0
//
// A pack of contents that lies in a file, on its way further in as many bytes at once as the link
// lets through.

#pragma once

#include "sync/client/part_plan.hpp"

#include <cstdint>
#include <filesystem>
#include <string>
#include <utility>

namespace rhumb::sync {

class PackSlices {
public:
    explicit PackSlices(std::filesystem::path file) : file_(std::move(file)) {}

    /// Another pack is in the file, or what came of one.
    void begin() { done_ = 0; }
    /// The next slice, a pack of its own; "" when none is left. The same until it got through.
    /// Throws CorruptData when there is no pack in the file.
    std::string next();
    void got_through();
    /// It broke on its way: the next one is shorter. False when it cannot be.
    bool broke();

private:
    std::filesystem::path file_;
    std::int64_t room_ = kUploadBytes;
    std::int64_t done_ = 0;    ///< of the pack: a byte of content counts one, an empty content too
    std::int64_t length_ = 0;  ///< of the last slice
};

}  // namespace rhumb::sync
