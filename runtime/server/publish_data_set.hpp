// SPDX-License-Identifier: Apache-2.0
//
// Publishes a data set that was made with targetType server: the service that the file becomes has
// a replica with the id that the other service knows, so that edits can be carried between them.

#pragma once

#include "geodb/world.hpp"

#include <filesystem>

namespace rhumb::runtime {

/// Does nothing to any other file, or to one that is published already. Nobody else may have the
/// file open. A death between any two instructions leaves it to the next call.
void publish_data_set(const std::filesystem::path& path, geodb::World world);

}  // namespace rhumb::runtime
