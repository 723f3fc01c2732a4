// SPDX-License-Identifier: Apache-2.0
#include "platform/hash.hpp"

#include "platform/error.hpp"
#include "platform/files.hpp"

#include <openssl/evp.h>

#include <span>

namespace rhumb {

struct DigestState {
    EVP_MD_CTX* context = EVP_MD_CTX_new();

    DigestState(const EVP_MD* kind, const char* name) {
        if (EVP_DigestInit_ex(context, kind, nullptr) == 1) return;
        EVP_MD_CTX_free(context);
        throw Error(Status::Internal,
                    std::string(name) + " is not available in this build of OpenSSL");
    }
    DigestState(const DigestState&) = delete;
    DigestState& operator=(const DigestState&) = delete;
    ~DigestState() { EVP_MD_CTX_free(context); }

    void add(std::string_view bytes) { EVP_DigestUpdate(context, bytes.data(), bytes.size()); }
    void finish(std::uint8_t* bytes) { EVP_DigestFinal_ex(context, bytes, nullptr); }
};

namespace {

std::string hex_of(std::span<const std::uint8_t> bytes) {
    static constexpr char kDigits[] = "0123456789abcdef";
    std::string out;
    out.reserve(bytes.size() * 2);
    for (const std::uint8_t byte : bytes) {
        out += kDigits[byte >> 4];
        out += kDigits[byte & 15];
    }
    return out;
}

}  // namespace

Sha256Stream::Sha256Stream() : state_(std::make_unique<DigestState>(EVP_sha256(), "SHA-256")) {}

Sha256Stream::~Sha256Stream() = default;

void Sha256Stream::add(std::string_view bytes) {
    state_->add(bytes);
}

Sha256 Sha256Stream::finish() {
    Sha256 hash;
    state_->finish(hash.bytes.data());
    return hash;
}

Sha256 sha256(std::string_view bytes) {
    Sha256Stream stream;
    stream.add(bytes);
    return stream.finish();
}

Sha256 sha256_of_file(const std::filesystem::path& path) {
    Sha256Stream stream;
    read_pieces(path, [&](std::string_view piece) {
        stream.add(piece);
        return true;
    });
    return stream.finish();
}

std::string Sha256::hex() const {
    return hex_of(bytes);
}

Sha1Stream::Sha1Stream() : state_(std::make_unique<DigestState>(EVP_sha1(), "SHA-1")) {}

Sha1Stream::~Sha1Stream() = default;

void Sha1Stream::add(std::string_view bytes) {
    state_->add(bytes);
}

Sha1 Sha1Stream::finish() {
    Sha1 hash;
    state_->finish(hash.bytes.data());
    return hash;
}

std::string Sha1::hex() const {
    return hex_of(bytes);
}

std::optional<Sha256> Sha256::parse(std::string_view hex) {
    Sha256 hash;
    if (hex.size() != hash.bytes.size() * 2) return std::nullopt;
    const auto digit = [](char c) {
        if (c >= '0' && c <= '9') return c - '0';
        if (c >= 'a' && c <= 'f') return c - 'a' + 10;
        if (c >= 'A' && c <= 'F') return c - 'A' + 10;
        return -1;
    };
    for (std::size_t i = 0; i < hash.bytes.size(); ++i) {
        const int high = digit(hex[2 * i]);
        const int low = digit(hex[2 * i + 1]);
        if (high < 0 || low < 0) return std::nullopt;
        hash.bytes[i] = static_cast<std::uint8_t>(high * 16 + low);
    }
    return hash;
}

}  // namespace rhumb
