// SPDX-License-Identifier: Apache-2.0
//
// One line on stderr that tells how far a long work has come, and is gone when it is over.
//
// Work of less than a second shows nothing, nor does any when stderr is no terminal.

#pragma once

#include "platform/clock.hpp"

#include <cstdint>
#include <string>
#include <string_view>

namespace rhumb::tool {

class ProgressBar {
public:
    static constexpr std::int64_t kSilentMs = 1000;
    static constexpr std::int64_t kBetweenMs = 100;  ///< faster nobody reads

    enum class Unit : std::uint8_t { Bytes, Features };

    explicit ProgressBar(Clock& clock);
    ProgressBar(const ProgressBar&) = delete;
    ProgressBar& operator=(const ProgressBar&) = delete;
    ~ProgressBar() { wipe(); }

    /// `total` 0 is unknown.
    void show(std::string_view what, std::int64_t done, std::int64_t total, Unit unit);
    /// How many are done a second, of the work that is shown now; 0 before that is known.
    std::int64_t rate(std::string_view what, std::int64_t done);
    /// Before anything else is written to the terminal.
    void wipe();

private:
    Clock& clock_;
    bool wanted_;
    std::int64_t next_ms_;
    std::size_t shown_columns_ = 0;
    std::string what_;  ///< is being measured since began_ms_, when began_at_ was done
    std::int64_t began_ms_ = 0;
    std::int64_t began_at_ = 0;
    std::int64_t last_ = 0;
};

/// The line itself: "trees.geojson [######    ] 60 % of 1.2 MB, 340 kB/s".
std::string progress_line(std::string_view what, std::int64_t done, std::int64_t total,
                          ProgressBar::Unit unit, std::int64_t per_second = 0);

}  // namespace rhumb::tool
