// SPDX-License-Identifier: Apache-2.0
#include "geodb/sqlite/statistic_functions.hpp"

#include "geodb/sqlite/connection.hpp"

#include <sqlite3.h>

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <new>
#include <string>
#include <vector>

namespace rhumb::geodb::sqlite {
namespace {

bool is_number(sqlite3_value* value) {
    const int type = sqlite3_value_type(value);
    return type == SQLITE_INTEGER || type == SQLITE_FLOAT;
}

/// Welford's: exact also where the mean is large and the spread small. Zeroed memory is a start.
struct Spread {
    std::int64_t count;
    double mean;
    double squares;  ///< of the distances from the mean

    void add(double value) {
        ++count;
        const double distance = value - mean;
        mean += distance / static_cast<double>(count);
        squares += distance * (value - mean);
    }
};

void add_to_spread(sqlite3_context* context, int, sqlite3_value** arguments) {
    if (!is_number(arguments[0])) return;
    auto* spread = static_cast<Spread*>(sqlite3_aggregate_context(context, sizeof(Spread)));
    if (spread == nullptr) return sqlite3_result_error_nomem(context);
    spread->add(sqlite3_value_double(arguments[0]));
}

template <bool Root>
void finish_spread(sqlite3_context* context) {
    const auto* spread = static_cast<const Spread*>(sqlite3_aggregate_context(context, 0));
    if (spread == nullptr || spread->count < 2) return sqlite3_result_null(context);
    const double variance = spread->squares / static_cast<double>(spread->count - 1);
    sqlite3_result_double(context, Root ? std::sqrt(variance) : variance);
}

struct Ranked {
    std::vector<double> values;
    double share = 0;
    bool discrete = false;
    bool descending = false;

    double answer() {
        std::sort(values.begin(), values.end());
        if (descending) std::reverse(values.begin(), values.end());
        const auto size = static_cast<double>(values.size());
        if (discrete) {
            const double place = std::max(1.0, std::ceil(share * size));
            return values[static_cast<std::size_t>(place) - 1];
        }
        const double place = share * (size - 1);
        const auto below = static_cast<std::size_t>(place);
        const double above = values[std::min(below + 1, values.size() - 1)];
        return values[below] + (place - std::floor(place)) * (above - values[below]);
    }
};

Ranked* ranked(sqlite3_context* context, sqlite3_value** arguments) {
    auto** held = static_cast<Ranked**>(sqlite3_aggregate_context(context, sizeof(Ranked*)));
    if (held == nullptr) throw std::bad_alloc();
    if (*held == nullptr) {
        *held = new Ranked;
        (*held)->share = sqlite3_value_double(arguments[1]);
        (*held)->discrete = sqlite3_value_int(arguments[2]) != 0;
        (*held)->descending = sqlite3_value_int(arguments[3]) != 0;
    }
    return *held;
}

void add_to_ranked(sqlite3_context* context, int, sqlite3_value** arguments) {
    if (!is_number(arguments[0])) return;
    try {
        Ranked& all = *ranked(context, arguments);
        if (all.values.size() == static_cast<std::size_t>(kMaxPercentileValues)) {
            const std::string most = std::to_string(kMaxPercentileValues);
            return sqlite3_result_error(
                context, ("a percentile is taken of " + most + " values at most").c_str(), -1);
        }
        all.values.push_back(sqlite3_value_double(arguments[0]));
    } catch (const std::bad_alloc&) {
        sqlite3_result_error_nomem(context);
    }
}

void finish_ranked(sqlite3_context* context) {
    auto** held = static_cast<Ranked**>(sqlite3_aggregate_context(context, 0));
    if (held == nullptr || *held == nullptr) return sqlite3_result_null(context);
    if ((*held)->values.empty()) {
        sqlite3_result_null(context);
    } else {
        sqlite3_result_double(context, (*held)->answer());
    }
    delete *held;
    *held = nullptr;
}

using Step = void (*)(sqlite3_context*, int, sqlite3_value**);
using Finish = void (*)(sqlite3_context*);

void add(Connection& connection, const char* name, int arguments, Step step, Finish finish) {
    sqlite3_create_function_v2(connection.handle, name, arguments, SQLITE_UTF8 | SQLITE_DIRECTONLY,
                               nullptr, nullptr, step, finish, nullptr);
}

}  // namespace

void register_statistic_functions(Connection& connection) {
    add(connection, "rhumb_variance", 1, add_to_spread, finish_spread<false>);
    add(connection, "rhumb_deviation", 1, add_to_spread, finish_spread<true>);
    add(connection, "rhumb_percentile", 4, add_to_ranked, finish_ranked);
}

}  // namespace rhumb::geodb::sqlite
