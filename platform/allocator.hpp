// SPDX-License-Identifier: Apache-2.0
//
// How the C library's allocator gives memory back. For programs of ours; a library leaves its
// host's allocator alone.

#pragma once

namespace rhumb {

/// Large blocks go back to the system when they are freed, and threads share two arenas. Otherwise
/// each thread that once held a piece of a photo keeps room for it as long as it lives, and a
/// server's memory is several times what it uses. Does nothing where the C library is another.
void give_memory_back();

}  // namespace rhumb
