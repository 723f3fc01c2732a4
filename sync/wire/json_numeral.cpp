// SPDX-License-Identifier: Apache-2.0
#include "sync/wire/json_numeral.hpp"

#include "platform/number.hpp"

namespace rhumb::wire {

NumeralValue numeral_value(std::string_view numeral, bool whole) {
    // "-0" stays a double: the sign would be lost.
    if (whole && numeral != "-0") {
        if (const auto integer = parse_integer(numeral)) return *integer;
    }
    if (const auto real = parse_numeral(numeral)) return *real;
    return {};
}

}  // namespace rhumb::wire
