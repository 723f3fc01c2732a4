// SPDX-License-Identifier: Apache-2.0
#include "platform/zip/frames.hpp"

#include "platform/error.hpp"
#include "platform/zip/coding_parts.hpp"

#include <zlib.h>
#include <zstd.h>

#include <new>

namespace rhumb {
namespace {

/// Sorted by column as the strings are, the next levels gain nothing.
constexpr int kFrameLevel = 1;

}  // namespace

struct FramePacker::Context {
    ZSTD_CCtx* zstd = ZSTD_createCCtx();
    ~Context() { ZSTD_freeCCtx(zstd); }
};

FramePacker::FramePacker() : context_(std::make_unique<Context>()) {
    if (context_->zstd == nullptr) throw std::bad_alloc();
}
FramePacker::~FramePacker() = default;

std::string_view FramePacker::pack(std::string_view plain) {
    packed_.resize(ZSTD_compressBound(plain.size()));
    const std::size_t size = ZSTD_compressCCtx(context_->zstd, packed_.data(), packed_.size(),
                                               plain.data(), plain.size(), kFrameLevel);
    if (ZSTD_isError(size) != 0) throw Error(Status::Internal, ZSTD_getErrorName(size));
    return {packed_.data(), size};
}

struct FrameUnpacker::Context {
    ZSTD_DCtx* zstd = ZSTD_createDCtx();
    ~Context() { ZSTD_freeDCtx(zstd); }
};

FrameUnpacker::FrameUnpacker() : context_(std::make_unique<Context>()) {
    if (context_->zstd == nullptr) throw std::bad_alloc();
}
FrameUnpacker::~FrameUnpacker() = default;

void FrameUnpacker::unpack(std::string_view packed, std::size_t bytes, std::string& plain) {
    plain.resize(bytes);
    const std::size_t size = ZSTD_decompressDCtx(context_->zstd, plain.data(), plain.size(),
                                                 packed.data(), packed.size());
    if (ZSTD_isError(size) != 0) throw_damaged(Coding::Zstd, ZSTD_getErrorName(size));
    if (size != bytes) throw_damaged(Coding::Zstd, "it is shorter than it says");
}

std::uint32_t crc32_of(std::string_view bytes) {
    const auto* data = reinterpret_cast<const Bytef*>(bytes.data());
    return static_cast<std::uint32_t>(::crc32_z(0, data, bytes.size()));
}

}  // namespace rhumb
