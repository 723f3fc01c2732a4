// SPDX-License-Identifier: Apache-2.0
//
// gzip (RFC 1952), and the bare deflate (RFC 1951) in it, by zlib.
#include "platform/error.hpp"
#include "platform/zip/coding_parts.hpp"

#include <zlib.h>

#include <algorithm>
#include <array>
#include <utility>

namespace rhumb {
namespace {

constexpr int kRawWindow = -MAX_WBITS;       // without any
constexpr int kGzipWindow = MAX_WBITS + 16;  // zlib: with gzip's own header and check sum
constexpr std::size_t kPiece = 32 * 1024;

class DeflatePacker final : public Packer {
public:
    DeflatePacker(TakeBytes out, int window) : out_(std::move(out)) {
        if (deflateInit2(&stream_, Z_DEFAULT_COMPRESSION, Z_DEFLATED, window, 8,
                         Z_DEFAULT_STRATEGY) != Z_OK) {
            throw Error(Status::Internal, "zlib cannot be started");
        }
    }
    DeflatePacker(const DeflatePacker&) = delete;
    DeflatePacker& operator=(const DeflatePacker&) = delete;
    ~DeflatePacker() override { deflateEnd(&stream_); }

    void add(std::string_view piece) override {
        for (; !piece.empty(); piece.remove_prefix(std::min(piece.size(), kPiece))) {
            run(piece.substr(0, kPiece), Z_NO_FLUSH);
        }
    }
    void finish() override { run({}, Z_FINISH); }

private:
    void run(std::string_view piece, int flush) {
        std::string input(piece);  // zlib wants to write where it only reads
        stream_.next_in = reinterpret_cast<Bytef*>(input.data());
        stream_.avail_in = static_cast<uInt>(input.size());
        int code = Z_OK;
        do {
            stream_.next_out = reinterpret_cast<Bytef*>(buffer_.data());
            stream_.avail_out = static_cast<uInt>(buffer_.size());
            code = deflate(&stream_, flush);
            out_({buffer_.data(), buffer_.size() - stream_.avail_out});
        } while (stream_.avail_out == 0 || (flush == Z_FINISH && code != Z_STREAM_END));
    }

    TakeBytes out_;
    z_stream stream_{};
    std::array<char, kPiece> buffer_{};
};

class GzipUnpacker final : public Unpacker {
public:
    explicit GzipUnpacker(TakeBytes out) : out_(std::move(out)) {
        if (inflateInit2(&stream_, kGzipWindow) != Z_OK) {
            throw Error(Status::Internal, "zlib cannot be started");
        }
    }
    GzipUnpacker(const GzipUnpacker&) = delete;
    GzipUnpacker& operator=(const GzipUnpacker&) = delete;
    ~GzipUnpacker() override { inflateEnd(&stream_); }

    void add(std::string_view piece) override {
        if (ended_ && !piece.empty()) throw_damaged(Coding::Gzip, "bytes follow its end");
        std::string input(piece);
        stream_.next_in = reinterpret_cast<Bytef*>(input.data());
        stream_.avail_in = static_cast<uInt>(input.size());
        do {
            stream_.next_out = reinterpret_cast<Bytef*>(buffer_.data());
            stream_.avail_out = static_cast<uInt>(buffer_.size());
            const int code = inflate(&stream_, Z_NO_FLUSH);
            if (code != Z_OK && code != Z_STREAM_END && code != Z_BUF_ERROR) {
                throw_damaged(Coding::Gzip, "it is damaged");
            }
            out_({buffer_.data(), buffer_.size() - stream_.avail_out});
            ended_ = code == Z_STREAM_END;
        } while (!ended_ && stream_.avail_out == 0);
        if (ended_ && stream_.avail_in > 0) throw_damaged(Coding::Gzip, "bytes follow its end");
    }
    void finish() override {
        if (!ended_) throw_damaged(Coding::Gzip, "it is cut off");
    }

private:
    TakeBytes out_;
    z_stream stream_{};
    bool ended_ = false;
    std::array<char, kPiece> buffer_{};
};

}  // namespace

std::unique_ptr<Packer> make_gzip_packer(TakeBytes out) {
    return std::make_unique<DeflatePacker>(std::move(out), kGzipWindow);
}

std::unique_ptr<Packer> make_raw_packer(TakeBytes out) {
    return std::make_unique<DeflatePacker>(std::move(out), kRawWindow);
}

std::unique_ptr<Unpacker> make_gzip_unpacker(TakeBytes out) {
    return std::make_unique<GzipUnpacker>(std::move(out));
}

}  // namespace rhumb
