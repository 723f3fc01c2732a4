// SPDX-License-Identifier: Apache-2.0
//
// What is done to a connection before it looks into a file that somebody else made.
//
// SQLite is asked to distrust the schema, to run no trigger and no view, to check pages as it reads
// them, and to give up early on what is larger or more deeply nested than anything of ours.

#pragma once

#include <cstdint>
#include <filesystem>
#include <string>

struct sqlite3;

namespace rhumb::geodb::sqlite {

/// No value and no row of a file from outside may be larger: 64 MiB, a polygon of 4 million
/// vertices.
inline constexpr std::int64_t kMaxUntrustedBytes = 64LL * 1024 * 1024;

/// The address of a file that is read without locks and without files beside it.
std::string immutable_uri(const std::filesystem::path& path);

/// To be called before anything is read. Reading the schema and everything after it is bounded in
/// steps until unbound_steps(): a forged tree of pages may otherwise be walked for years.
void restrain(sqlite3* handle);
/// After the whole file was checked, its trees are known to be trees.
void unbound_steps(sqlite3* handle);

}  // namespace rhumb::geodb::sqlite
