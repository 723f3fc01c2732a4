// SPDX-License-Identifier: Apache-2.0
#include "bench/support/rounds.hpp"

#include <algorithm>
#include <chrono>
#include <cstdlib>
#include <ctime>

namespace rhumb::bench {
namespace {

double of(const Taken& taken, Cost cost) {
    return cost == Cost::Wall ? taken.wall_ms : taken.cpu_ms;
}

double cpu_ms() {
    timespec time{};
    clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &time);
    return static_cast<double>(time.tv_sec) * 1e3 + static_cast<double>(time.tv_nsec) / 1e6;
}

}  // namespace

double median(std::vector<double> numbers) {
    if (numbers.empty()) return 0;
    std::sort(numbers.begin(), numbers.end());
    const std::size_t middle = numbers.size() / 2;
    if (numbers.size() % 2 == 1) return numbers[middle];
    return (numbers[middle - 1] + numbers[middle]) / 2;
}

Taken taken_by(const std::function<void()>& run) {
    using Clock = std::chrono::steady_clock;
    const double cpu_before = cpu_ms();
    const auto start = Clock::now();
    run();
    const std::chrono::duration<double, std::milli> wall = Clock::now() - start;
    return {wall.count(), cpu_ms() - cpu_before};
}

Rounds::Rounds(int rounds, const std::vector<Contender>& contenders, bool warm_up) {
    const bool quick = std::getenv("RHUMB_BENCH_QUICK") != nullptr;
    if (quick) rounds = 1;
    for (int round = warm_up && !quick ? -1 : 0; round < rounds; ++round) {
        std::vector<Taken> line;
        for (const Contender& contender : contenders) {
            if (contender.prepare) contender.prepare();
            line.push_back(taken_by(contender.run));
        }
        if (round >= 0) taken_.push_back(std::move(line));
    }
}

double Rounds::median_of(std::size_t contender, Cost cost) const {
    std::vector<double> all;
    for (const auto& line : taken_) all.push_back(of(line[contender], cost));
    return median(std::move(all));
}

double Rounds::ratio(std::size_t contender, std::size_t base, Cost cost) const {
    std::vector<double> ratios;
    for (const auto& line : taken_) {
        ratios.push_back(of(line[contender], cost) / of(line[base], cost));
    }
    return median(std::move(ratios));
}

}  // namespace rhumb::bench
