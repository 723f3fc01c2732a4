// SPDX-License-Identifier: Apache-2.0
#include "runtime/tools/progress_bar.hpp"

#include "platform/text.hpp"
#include "runtime/tools/output.hpp"

#include <unistd.h>
#include <algorithm>
#include <cstdio>

namespace rhumb::tool {
namespace {

constexpr std::int64_t kBarColumns = 20;
constexpr std::size_t kNameBytes = 26;  // so that the line fits a terminal of 80 columns

std::string amount(std::int64_t count, ProgressBar::Unit unit) {
    return unit == ProgressBar::Unit::Bytes ? bytes_text(count) : counted(count, "feature");
}

}  // namespace

std::string progress_line(std::string_view what, std::int64_t done, std::int64_t total,
                          ProgressBar::Unit unit, std::int64_t per_second) {
    std::string line = excerpt(what, kNameBytes);
    const std::string rate = per_second > 0 ? ", " + amount(per_second, unit) + "/s" : "";
    if (total <= 0) return line + " " + amount(done, unit) + rate;
    done = std::clamp<std::int64_t>(done, 0, total);
    const double share = static_cast<double>(done) / static_cast<double>(total);
    const auto full = static_cast<std::int64_t>(share * static_cast<double>(kBarColumns));
    line += " [" + std::string(static_cast<std::size_t>(full), '#') +
            std::string(static_cast<std::size_t>(kBarColumns - full), ' ') + "] ";
    return line + std::to_string(static_cast<int>(share * 100)) + " % of " + amount(total, unit) +
           rate;
}

ProgressBar::ProgressBar(Clock& clock)
    : clock_(clock),
      wanted_(::isatty(STDERR_FILENO) == 1),
      next_ms_(clock.steady_ms() + kSilentMs) {}

std::int64_t ProgressBar::rate(std::string_view what, std::int64_t done) {
    const std::int64_t now = clock_.steady_ms();
    if (what != what_ || done < last_) {  // another work, or another file of it
        what_ = what;
        began_ms_ = now;
        began_at_ = done;
    }
    last_ = done;
    const std::int64_t took = now - began_ms_;
    return took < kSilentMs ? 0 : (done - began_at_) * 1000 / took;
}

void ProgressBar::show(std::string_view what, std::int64_t done, std::int64_t total, Unit unit) {
    if (!wanted_) return;
    const std::int64_t per_second = rate(what, done);
    if (clock_.steady_ms() < next_ms_) return;
    next_ms_ = clock_.steady_ms() + kBetweenMs;
    const std::string line = progress_line(what, done, total, unit, per_second);
    const std::size_t columns = utf8_length(line);
    const std::size_t rest = shown_columns_ > columns ? shown_columns_ - columns : 0;
    std::fprintf(stderr, "\r%s%s", line.c_str(), std::string(rest, ' ').c_str());
    std::fflush(stderr);
    shown_columns_ = columns;
}

void ProgressBar::wipe() {
    if (shown_columns_ == 0) return;
    std::fprintf(stderr, "\r%s\r", std::string(shown_columns_, ' ').c_str());
    std::fflush(stderr);
    shown_columns_ = 0;
}

}  // namespace rhumb::tool
