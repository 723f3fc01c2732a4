// SPDX-License-Identifier: Apache-2.0
//
// What SQLite cannot say about many values: their variance, and a value with a given share below.

#pragma once

namespace rhumb::geodb::sqlite {
struct Connection;

/// Values of which a percentile is taken: they are held in memory, eight bytes each.
inline constexpr int kMaxPercentileValues = 2'000'000;

/// Aggregates over what is a number; all else is passed over.
/// rhumb_variance(x), rhumb_deviation(x): of a sample; NULL for fewer than two values.
/// rhumb_percentile(x, share, discrete, descending): share from 0 to 1; NULL of no values.
void register_statistic_functions(Connection& connection);

}  // namespace rhumb::geodb::sqlite
