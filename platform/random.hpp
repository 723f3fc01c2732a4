// SPDX-License-Identifier: Apache-2.0
//
// Random bytes, handed in through constructors so that a simulation can repeat them.

#pragma once

#include <cstddef>
#include <cstdint>
#include <random>

namespace rhumb {

class Random {
public:
    virtual ~Random() = default;
    virtual void fill(void* bytes, std::size_t size) = 0;
};

/// The operating system's generator. May be used from any thread.
class SystemRandom final : public Random {
public:
    void fill(void* bytes, std::size_t size) override;
};

/// The same bytes for the same seed, on every machine. One thread at a time.
class SeededRandom final : public Random {
public:
    explicit SeededRandom(std::uint64_t seed) : engine_(seed) {}
    void fill(void* bytes, std::size_t size) override;
    std::uint64_t below(std::uint64_t bound) { return engine_() % bound; }

private:
    std::mt19937_64 engine_;
};

}  // namespace rhumb
