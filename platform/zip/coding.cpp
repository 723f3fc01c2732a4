// SPDX-License-Identifier: Apache-2.0
#include "platform/zip/coding.hpp"

#include "platform/error.hpp"
#include "platform/text.hpp"
#include "platform/zip/coding_parts.hpp"

#include <utility>

namespace rhumb {
namespace {

constexpr std::uint64_t kFreeBytes = 1024 * 1024;  ///< come out whatever the ratio
/// So little goes in at a time that a bomb is noticed before much has come out of it.
constexpr std::size_t kPieceIn = 16 * 1024;

/// Counts what goes in and out, and stops a bomb while it goes off.
class BoundedUnpacker final : public Unpacker {
public:
    BoundedUnpacker(Coding coding, TakeBytes out, UnpackLimits limits)
        : coding_(coding), limits_(limits), out_(std::move(out)) {
        const TakeBytes counted = [this](std::string_view piece) { take(piece); };
        inner_ = coding == Coding::Gzip ? make_gzip_unpacker(counted) : make_zstd_unpacker(counted);
    }
    void add(std::string_view piece) override {
        while (!piece.empty()) {
            const std::string_view some = piece.substr(0, kPieceIn);
            piece.remove_prefix(some.size());
            in_ += some.size();
            inner_->add(some);
        }
    }
    void finish() override { inner_->finish(); }

private:
    void take(std::string_view piece) {
        came_out_ += piece.size();
        if (came_out_ > limits_.bytes) {
            throw_too_large("more than " + std::to_string(limits_.bytes) + " bytes");
        }
        if (came_out_ > kFreeBytes && came_out_ / limits_.ratio > in_) {
            throw_too_large("more than " + std::to_string(limits_.ratio) + " times its size");
        }
        out_(piece);
    }

    [[noreturn]] void throw_too_large(const std::string& how) const {
        throw Error(Status::Protocol,
                    "a body packed as " + std::string(name_of(coding_)) + " unpacks to " + how);
    }

    Coding coding_;
    UnpackLimits limits_;
    TakeBytes out_;
    std::unique_ptr<Unpacker> inner_;
    std::uint64_t in_ = 0, came_out_ = 0;
};

}  // namespace

std::optional<Coding> coding_of(std::string_view name) {
    const std::string word = lowered(trimmed(name));
    if (word == "gzip" || word == "x-gzip") return Coding::Gzip;
    if (word == "zstd") return Coding::Zstd;
    return std::nullopt;
}

std::string_view name_of(Coding coding) {
    return coding == Coding::Gzip ? "gzip" : "zstd";
}

void throw_damaged(Coding coding, std::string_view why) {
    throw Error(Status::CorruptData, "a body packed as " + std::string(name_of(coding)) +
                                         " cannot be unpacked: " + std::string(why));
}

std::unique_ptr<Packer> make_packer(Coding coding, TakeBytes out) {
    return coding == Coding::Gzip ? make_gzip_packer(std::move(out))
                                  : make_zstd_packer(std::move(out));
}

std::unique_ptr<Unpacker> make_unpacker(Coding coding, TakeBytes out, UnpackLimits limits) {
    return std::make_unique<BoundedUnpacker>(coding, std::move(out), limits);
}

std::string packed(Coding coding, std::string_view bytes) {
    std::string out;
    const auto packer = make_packer(coding, [&](std::string_view piece) { out += piece; });
    packer->add(bytes);
    packer->finish();
    return out;
}

std::string unpacked(Coding coding, std::string_view bytes, UnpackLimits limits) {
    std::string out;
    const auto unpacker = make_unpacker(
        coding, [&](std::string_view piece) { out += piece; }, limits);
    unpacker->add(bytes);
    unpacker->finish();
    return out;
}

}  // namespace rhumb
