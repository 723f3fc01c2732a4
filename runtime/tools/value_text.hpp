// SPDX-License-Identifier: Apache-2.0
//
// Values of a feature as a person reads them: JSON, but dates as dates.

#pragma once

#include "geodb/layer.hpp"
#include "geodb/value.hpp"
#include "sync/wire/json.hpp"

#include <cstddef>
#include <string>
#include <utility>

namespace rhumb::tool {

/// Never throws for what another program has put into a column: it says what it found.
std::string value_text(const geodb::Layer& layer, std::size_t column, const geodb::Value& value);
/// The same as JSON, as it travels to a service.
wire::Json value_json(const geodb::Layer& layer, std::size_t column, const geodb::Value& value);

/// Two long texts cut so that the place where they differ is seen.
std::pair<std::string, std::string> where_they_differ(const std::string& a, const std::string& b);

}  // namespace rhumb::tool
