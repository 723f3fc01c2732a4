// SPDX-License-Identifier: Apache-2.0
//
// Measures contenders in turn: A B C, A B C, ...
//
// On a machine that others use too, seconds mean little; what holds is the ratio of two contenders
// that ran one after the other, taken inside each round, and the median of these ratios.

#pragma once

#include <cstddef>
#include <functional>
#include <string>
#include <vector>

namespace rhumb::bench {

/// What one run took.
struct Taken {
    double wall_ms;
    double cpu_ms;  ///< user and system time of this process
};

struct Contender {
    std::string name;
    std::function<void()> run;
    std::function<void()> prepare = {};  ///< before each run, not measured
};

enum class Cost { Wall, Cpu };

/// The median of the numbers; of an even count the mean of the two in the middle.
double median(std::vector<double> numbers);

/// Time that `run` takes.
Taken taken_by(const std::function<void()>& run);

/// All runs: one line a round, one column a contender.
class Rounds {
public:
    /// Runs each contender once in every round, after one round that does not count. With
    /// RHUMB_BENCH_QUICK in the environment one round has to do, which is good for an order only.
    Rounds(int rounds, const std::vector<Contender>& contenders, bool warm_up = true);

    double median_of(std::size_t contender, Cost cost = Cost::Wall) const;
    /// Median of the ratios inside the rounds.
    double ratio(std::size_t contender, std::size_t base, Cost cost = Cost::Wall) const;
    std::size_t count() const { return taken_.size(); }

private:
    std::vector<std::vector<Taken>> taken_;
};

}  // namespace rhumb::bench
