// SPDX-License-Identifier: Apache-2.0
//
// Short byte strings packed one by one with zstd, for files that keep many of them: the contexts
// are made once, each string is packed and unpacked in one step.

#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>

namespace rhumb {

class FramePacker {
public:
    FramePacker();
    FramePacker(const FramePacker&) = delete;
    FramePacker& operator=(const FramePacker&) = delete;
    ~FramePacker();

    /// Valid until the next call.
    std::string_view pack(std::string_view plain);

private:
    struct Context;
    std::unique_ptr<Context> context_;
    std::string packed_;
};

class FrameUnpacker {
public:
    FrameUnpacker();
    FrameUnpacker(const FrameUnpacker&) = delete;
    FrameUnpacker& operator=(const FrameUnpacker&) = delete;
    ~FrameUnpacker();

    /// Throws CorruptData unless exactly `bytes` come out; no more is ever written.
    void unpack(std::string_view packed, std::size_t bytes, std::string& plain);

private:
    struct Context;
    std::unique_ptr<Context> context_;
};

/// CRC-32 as zip and gzip have it.
std::uint32_t crc32_of(std::string_view bytes);

}  // namespace rhumb
