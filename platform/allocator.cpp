// SPDX-License-Identifier: Apache-2.0
#include "platform/allocator.hpp"

#include <cstdlib>
#if defined(__GLIBC__)
#include <malloc.h>
#endif

namespace rhumb {

void give_memory_back() {
#if defined(__GLIBC__)
    constexpr int kLargeBlock = 128 * 1024;  // below a chunk of content
    constexpr int kSpare = 512 * 1024;       // at the end of the heap
    ::mallopt(M_ARENA_MAX, 2);
    ::mallopt(M_MMAP_THRESHOLD, kLargeBlock);
    ::mallopt(M_TRIM_THRESHOLD, kSpare);
#endif
}

}  // namespace rhumb
