// SPDX-License-Identifier: Apache-2.0
//
// What a geodatabase takes from outside: time and randomness. Both outlive it.

#pragma once

#include "platform/clock.hpp"
#include "platform/random.hpp"

namespace rhumb::geodb {

struct World {
    Clock& clock;
    Random& random;
};

}  // namespace rhumb::geodb
