// SPDX-License-Identifier: Apache-2.0
#include "platform/password.hpp"

#include "platform/base64.hpp"
#include "platform/error.hpp"
#include "platform/mac.hpp"
#include "platform/number.hpp"
#include "platform/text.hpp"

#include <openssl/core_names.h>
#include <openssl/kdf.h>
#include <openssl/params.h>

#include <memory>
#include <vector>

namespace rhumb {
namespace {

constexpr std::size_t kSaltBytes = 16;
constexpr std::size_t kHashBytes = 32;
constexpr std::uint64_t kMostMemory = 256ULL * 1024 * 1024;  // a forged file must not take all
constexpr std::uint32_t kMostP = 16;

struct Kept {
    PasswordCost cost;
    std::string salt;
    std::string hash;
};

bool is_affordable(const PasswordCost& cost) {
    const bool power_of_two = cost.n >= 2 && (cost.n & (cost.n - 1)) == 0;
    return power_of_two && cost.n <= kMostMemory / 128 && cost.r >= 1 && cost.p >= 1 &&
           cost.p <= kMostP && cost.r <= kMostMemory / (128 * cost.n);
}

/// "n=32768" as its number.
std::optional<std::uint32_t> parameter(std::string_view text, std::string_view name) {
    if (text.substr(0, name.size()) != name) return std::nullopt;
    const auto value = parse_integer(text.substr(name.size()));
    if (!value || *value < 1 || *value > (1LL << 30)) return std::nullopt;
    return static_cast<std::uint32_t>(*value);
}

std::optional<Kept> parse(std::string_view text) {
    const auto pieces = split(text, '$');
    if (pieces.size() != 4 || pieces[0] != "scrypt") return std::nullopt;
    const auto costs = split(pieces[1], ',');
    if (costs.size() != 3) return std::nullopt;
    const auto n = parameter(costs[0], "n=");
    const auto r = parameter(costs[1], "r=");
    const auto p = parameter(costs[2], "p=");
    const auto salt = base64_decode(pieces[2]);
    const auto hash = base64_decode(pieces[3]);
    if (!n || !r || !p || !salt || !hash) return std::nullopt;
    const PasswordCost cost{*n, *r, *p};
    if (salt->size() < kSaltBytes || hash->size() != kHashBytes || !is_affordable(cost)) {
        return std::nullopt;
    }
    return Kept{cost, *salt, *hash};
}

std::string scrypt(std::string_view password, std::string salt, PasswordCost cost) {
    const std::unique_ptr<EVP_KDF, decltype(&EVP_KDF_free)> kdf(
        EVP_KDF_fetch(nullptr, "SCRYPT", nullptr), EVP_KDF_free);
    const std::unique_ptr<EVP_KDF_CTX, decltype(&EVP_KDF_CTX_free)> context(
        kdf ? EVP_KDF_CTX_new(kdf.get()) : nullptr, EVP_KDF_CTX_free);
    if (!context) throw Error(Status::Internal, "scrypt is not in this build of OpenSSL");
    std::string secret(password);
    std::uint64_t memory = kMostMemory + 1024 * 1024;
    const OSSL_PARAM parameters[] = {
        OSSL_PARAM_construct_octet_string(OSSL_KDF_PARAM_PASSWORD, secret.data(), secret.size()),
        OSSL_PARAM_construct_octet_string(OSSL_KDF_PARAM_SALT, salt.data(), salt.size()),
        OSSL_PARAM_construct_uint64(OSSL_KDF_PARAM_SCRYPT_N, &cost.n),
        OSSL_PARAM_construct_uint32(OSSL_KDF_PARAM_SCRYPT_R, &cost.r),
        OSSL_PARAM_construct_uint32(OSSL_KDF_PARAM_SCRYPT_P, &cost.p),
        OSSL_PARAM_construct_uint64(OSSL_KDF_PARAM_SCRYPT_MAXMEM, &memory),
        OSSL_PARAM_construct_end()};
    std::string hash(kHashBytes, '\0');
    const int done = EVP_KDF_derive(context.get(), reinterpret_cast<unsigned char*>(hash.data()),
                                    hash.size(), parameters);
    if (done != 1) throw Error(Status::Internal, "a password could not be hashed");
    return hash;
}

}  // namespace

std::string hash_password(std::string_view password, Random& random, PasswordCost cost) {
    std::string salt(kSaltBytes, '\0');
    random.fill(salt.data(), salt.size());
    const std::string hash = scrypt(password, salt, cost);
    return "scrypt$n=" + std::to_string(cost.n) + ",r=" + std::to_string(cost.r) +
           ",p=" + std::to_string(cost.p) + "$" + base64(salt) + "$" + base64(hash);
}

bool is_password(std::string_view password, std::string_view hash) {
    const auto kept = parse(hash);
    return kept && equal_in_constant_time(scrypt(password, kept->salt, kept->cost), kept->hash);
}

bool is_password_hash(std::string_view hash) {
    return parse(hash).has_value();
}

}  // namespace rhumb
