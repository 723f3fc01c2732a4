// SPDX-License-Identifier: Apache-2.0
#include "platform/random.hpp"

#include "platform/error.hpp"

#include <openssl/rand.h>
#include <algorithm>
#include <cstring>

namespace rhumb {

void SystemRandom::fill(void* bytes, std::size_t size) {
    if (RAND_bytes(static_cast<unsigned char*>(bytes), static_cast<int>(size)) != 1) {
        throw Error(Status::Internal, "the operating system gave no random bytes");
    }
}

void SeededRandom::fill(void* bytes, std::size_t size) {
    auto* out = static_cast<unsigned char*>(bytes);
    while (size > 0) {
        const std::uint64_t word = engine_();
        const std::size_t taken = std::min(size, sizeof word);
        std::memcpy(out, &word, taken);
        out += taken;
        size -= taken;
    }
}

}  // namespace rhumb
