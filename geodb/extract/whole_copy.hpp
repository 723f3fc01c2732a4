// SPDX-License-Identifier: Apache-2.0
//
// The whole of a geodatabase as a new one of its own, page by page and not row by row.

#pragma once

#include "geodb/geodatabase.hpp"

#include <filesystem>

namespace rhumb::geodb {

/// Makes the file at `path`, which must not be there; on failure nothing is left of it. It has the
/// layers and rows that `source` has at its last commit, object ids included, but an identity of
/// its own, an empty log, a timeline that begins anew, and no table that replicas or a service
/// keep there. Returns the generation of the source that was copied. The file is complete when
/// this returns, but not made durable.
Generation copy_geodatabase(Geodatabase& source, const std::filesystem::path& path, World world);

}  // namespace rhumb::geodb
