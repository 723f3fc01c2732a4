// SPDX-License-Identifier: Apache-2.0
//
// What every `_init` function of the C API does.

#pragma once

#include <cstring>
#include <type_traits>

namespace rhumb::capi {

/// All zero, with its size. NULL is fine. Padding is zero too, so that hosts may compare bytes.
template <class Struct>
void init(Struct* out) noexcept {
    static_assert(std::is_trivially_copyable_v<Struct>);
    if (out == nullptr) return;
    std::memset(out, 0, sizeof *out);
    out->size = sizeof *out;
}

}  // namespace rhumb::capi
