// SPDX-License-Identifier: Apache-2.0
#include "platform/mac.hpp"

#include "platform/error.hpp"

#include <openssl/crypto.h>
#include <openssl/evp.h>
#include <openssl/hmac.h>

namespace rhumb {

std::string hmac_sha256(std::string_view key, std::string_view bytes) {
    std::string mac(EVP_MAX_MD_SIZE, '\0');
    unsigned int size = 0;
    const auto* data = reinterpret_cast<const unsigned char*>(bytes.data());
    if (HMAC(EVP_sha256(), key.data(), static_cast<int>(key.size()), data, bytes.size(),
             reinterpret_cast<unsigned char*>(mac.data()), &size) == nullptr) {
        throw Error(Status::Internal, "HMAC-SHA-256 is not in this build of OpenSSL");
    }
    mac.resize(size);
    return mac;
}

bool equal_in_constant_time(std::string_view a, std::string_view b) {
    return a.size() == b.size() && CRYPTO_memcmp(a.data(), b.data(), a.size()) == 0;
}

}  // namespace rhumb
