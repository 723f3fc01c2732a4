// SPDX-License-Identifier: Apache-2.0
#include "geodb/rtree/curve_order.hpp"

#include <array>
#include <cstddef>
#include <numeric>

namespace rhumb::geodb {

namespace {

/// The curve in a square is four of half the side, two of them turned round. A state says how: bit
/// 0 that x and y change places, bit 1 that both count from the other end.
struct Step {
    std::uint8_t digits;  ///< of the position, two bits a halving
    std::uint8_t state;   ///< of the part the cell is in
};

/// Two halvings at once.
constexpr unsigned kBitsAtOnce = 2;

constexpr Step step_of(unsigned state, unsigned x, unsigned y) {
    Step step{0, 0};
    for (unsigned bit = kBitsAtOnce; bit-- > 0;) {
        const unsigned turned = state >> 1;
        const unsigned across = ((x >> bit) & 1u) ^ turned;
        const unsigned along = ((y >> bit) & 1u) ^ turned;
        const unsigned right = (state & 1u) != 0 ? along : across;
        const unsigned upper = (state & 1u) != 0 ? across : along;
        step.digits = static_cast<std::uint8_t>(step.digits << 2 | ((3u * right) ^ upper));
        if (upper == 0) state ^= 1u | right << 1;
    }
    step.state = static_cast<std::uint8_t>(state);
    return step;
}

constexpr auto kSteps = [] {
    std::array<Step, 64> steps{};
    for (unsigned i = 0; i < steps.size(); ++i) steps[i] = step_of(i >> 4, (i >> 2) & 3, i & 3);
    return steps;
}();

}  // namespace

std::uint32_t hilbert_position(GridCell cell) {
    std::uint32_t position = 0;
    unsigned state = 0;
    for (unsigned shift = 16; shift > 0;) {
        shift -= kBitsAtOnce;
        const unsigned x = (cell.x >> shift) & 3u;
        const unsigned y = (cell.y >> shift) & 3u;
        const Step step = kSteps[state << 4 | x << 2 | y];
        position = position << 4 | step.digits;
        state = step.state;
    }
    return position;
}

std::vector<std::uint32_t> sorted_indices(const std::vector<std::uint32_t>& positions) {
    // By digits of 11 bits, the last first: a million in a fifth of the time that comparing takes.
    constexpr std::uint32_t kDigitBits = 11;
    constexpr std::size_t kDigits = std::size_t{1} << kDigitBits;
    std::vector<std::uint32_t> order(positions.size());
    std::vector<std::uint32_t> next(positions.size());
    std::iota(order.begin(), order.end(), 0u);
    for (std::uint32_t shift = 0; shift < 32; shift += kDigitBits) {
        const auto digit = [&](std::uint32_t index) {
            return (positions[index] >> shift) & (kDigits - 1);
        };
        std::array<std::uint32_t, kDigits + 1> begin{};
        for (const std::uint32_t index : order) ++begin[digit(index) + 1];
        std::partial_sum(begin.begin(), begin.end(), begin.begin());
        for (const std::uint32_t index : order) next[begin[digit(index)]++] = index;
        order.swap(next);
    }
    return order;
}

}  // namespace rhumb::geodb
