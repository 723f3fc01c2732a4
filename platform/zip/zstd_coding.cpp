// SPDX-License-Identifier: Apache-2.0
//
// zstd (RFC 8878), by libzstd.
#include "platform/error.hpp"
#include "platform/zip/coding_parts.hpp"

#include <zstd.h>

#include <array>
#include <utility>

namespace rhumb {
namespace {

constexpr int kLevel = 3;  ///< beyond it, seconds buy few bytes
/// RFC 9659: a body may ask for no more than 8 MB to be unpacked.
constexpr int kMostWindowLog = 23;
constexpr std::size_t kPiece = 32 * 1024;

class ZstdPacker final : public Packer {
public:
    explicit ZstdPacker(TakeBytes out) : out_(std::move(out)), context_(ZSTD_createCCtx()) {
        if (!context_) throw std::bad_alloc();
        ZSTD_CCtx_setParameter(context_.get(), ZSTD_c_compressionLevel, kLevel);
        ZSTD_CCtx_setParameter(context_.get(), ZSTD_c_checksumFlag, 1);
    }
    void add(std::string_view piece) override { run(piece, ZSTD_e_continue); }
    void finish() override { run({}, ZSTD_e_end); }

private:
    struct Free {
        void operator()(ZSTD_CCtx* context) const { ZSTD_freeCCtx(context); }
    };
    void run(std::string_view piece, ZSTD_EndDirective directive) {
        ZSTD_inBuffer in{piece.data(), piece.size(), 0};
        std::size_t left = 0;
        do {
            ZSTD_outBuffer out{buffer_.data(), buffer_.size(), 0};
            left = ZSTD_compressStream2(context_.get(), &out, &in, directive);
            if (ZSTD_isError(left) != 0) throw Error(Status::Internal, ZSTD_getErrorName(left));
            out_({buffer_.data(), out.pos});
        } while (in.pos < in.size || (directive == ZSTD_e_end && left > 0));
    }

    TakeBytes out_;
    std::unique_ptr<ZSTD_CCtx, Free> context_;
    std::array<char, kPiece> buffer_{};
};

class ZstdUnpacker final : public Unpacker {
public:
    explicit ZstdUnpacker(TakeBytes out) : out_(std::move(out)), context_(ZSTD_createDCtx()) {
        if (!context_) throw std::bad_alloc();
        ZSTD_DCtx_setParameter(context_.get(), ZSTD_d_windowLogMax, kMostWindowLog);
    }
    void add(std::string_view piece) override {
        if (ended_ && !piece.empty()) throw_damaged(Coding::Zstd, "bytes follow its end");
        ZSTD_inBuffer in{piece.data(), piece.size(), 0};
        bool more = true;
        while (more) {
            ZSTD_outBuffer out{buffer_.data(), buffer_.size(), 0};
            const std::size_t left = ZSTD_decompressStream(context_.get(), &out, &in);
            if (ZSTD_isError(left) != 0) throw_damaged(Coding::Zstd, ZSTD_getErrorName(left));
            out_({buffer_.data(), out.pos});
            ended_ = left == 0;
            more = !ended_ && (in.pos < in.size || out.pos == out.size);
        }
        if (in.pos < in.size) throw_damaged(Coding::Zstd, "bytes follow its end");
    }
    void finish() override {
        if (!ended_) throw_damaged(Coding::Zstd, "it is cut off");
    }

private:
    struct Free {
        void operator()(ZSTD_DCtx* context) const { ZSTD_freeDCtx(context); }
    };
    TakeBytes out_;
    std::unique_ptr<ZSTD_DCtx, Free> context_;
    bool ended_ = false;
    std::array<char, kPiece> buffer_{};
};

}  // namespace

std::unique_ptr<Packer> make_zstd_packer(TakeBytes out) {
    return std::make_unique<ZstdPacker>(std::move(out));
}

std::unique_ptr<Unpacker> make_zstd_unpacker(TakeBytes out) {
    return std::make_unique<ZstdUnpacker>(std::move(out));
}

}  // namespace rhumb
