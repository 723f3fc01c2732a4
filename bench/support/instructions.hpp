// SPDX-License-Identifier: Apache-2.0
//
// Counts the instructions of a part of a program with Valgrind's callgrind: the same number in
// every run to less than 1 %, however busy the machine is.

#pragma once

#include <cstdint>
#include <filesystem>
#include <functional>
#include <string>
#include <vector>

namespace rhumb::bench {

/// In the program that is looked at: only what runs inside is counted.
void counted(const std::function<void()>& part);

/// Runs this program anew with these arguments under callgrind. Throws Error(Unsupported) when
/// there is no valgrind, Error(Internal) when the program fails.
std::int64_t instructions_of(const std::filesystem::path& folder,
                             const std::vector<std::string>& arguments);

}  // namespace rhumb::bench
