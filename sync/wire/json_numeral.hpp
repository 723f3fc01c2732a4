// SPDX-License-Identifier: Apache-2.0
//
// What a numeral of JSON means: a whole number as long as 64 bits hold it, else a double.

#pragma once

#include <cstdint>
#include <string_view>
#include <variant>

namespace rhumb::wire {

/// None when it is too large or too long for either.
using NumeralValue = std::variant<std::monostate, std::int64_t, double>;

/// `numeral` follows the grammar of JSON; `whole`: it has neither fraction nor exponent.
NumeralValue numeral_value(std::string_view numeral, bool whole);

}  // namespace rhumb::wire
