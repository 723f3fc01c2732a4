// SPDX-License-Identifier: Apache-2.0
#include "runtime/tools/progress_bar.hpp"

#include "platform/text.hpp"
#include "runtime/tools/output.hpp"

#include <unistd.h>
#include <algorithm>
#include <cstdio>

namespace rhumb::tool {
namespace {

constexpr std::int64_t kBarColumns = 30;
constexpr std::size_t kNameBytes = 30;  // so that the line fits a terminal of 80 columns

std::string amount(std::int64_t count, ProgressBar::Unit unit) {
    return unit == ProgressBar::Unit::Bytes ? bytes_text(count) : counted(count, "feature");
}

}  // namespace

std::string progress_line(std::string_view what, std::int64_t done, std::int64_t total,
                          ProgressBar::Unit unit) {
    std::string line = excerpt(what, kNameBytes);
    if (total <= 0) return line + " " + amount(done, unit);
    done = std::clamp<std::int64_t>(done, 0, total);
    const double share = static_cast<double>(done) / static_cast<double>(total);
    const auto full = static_cast<std::int64_t>(share * static_cast<double>(kBarColumns));
    line += " [" + std::string(static_cast<std::size_t>(full), '#') +
            std::string(static_cast<std::size_t>(kBarColumns - full), ' ') + "] ";
    return line + std::to_string(static_cast<int>(share * 100)) + " % of " + amount(total, unit);
}

ProgressBar::ProgressBar(Clock& clock)
    : clock_(clock),
      wanted_(::isatty(STDERR_FILENO) == 1),
      next_ms_(clock.steady_ms() + kSilentMs) {}

void ProgressBar::show(std::string_view what, std::int64_t done, std::int64_t total, Unit unit) {
    if (!wanted_ || clock_.steady_ms() < next_ms_) return;
    next_ms_ = clock_.steady_ms() + kBetweenMs;
    const std::string line = progress_line(what, done, total, unit);
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
