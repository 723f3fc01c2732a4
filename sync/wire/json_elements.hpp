// SPDX-License-Identifier: Apache-2.0
//
// The elements of a document in memory, handed over one by one without being built.
//
// As stream_json, for text that lies in memory as a whole. It is read by its grammar alone, which
// is many times as fast; where that does not get on, the general reader goes on from there. So
// what is refused, and in which words, is for that one to say.

#pragma once

#include "sync/wire/json_view.hpp"

#include <cstddef>
#include <functional>
#include <string>
#include <string_view>
#include <vector>

namespace rhumb::wire {

/// Where an element stands.
struct ElementPlace {
    /// Which of the paths it meets; the first when there are several.
    std::size_t pattern;
    /// In the outermost of the arrays around it.
    std::size_t index;
};

/// The view lasts for the call.
using OnElementView = std::function<void(const ElementPlace& place, const JsonView& element)>;

/// Paths and the rest as in stream_json, but every path ends in "*". Throws as that does.
Json each_element(std::string_view text, std::string_view what,
                  const std::vector<std::string>& element_paths, const OnElementView& on_element,
                  const JsonLimits& limits = {});

}  // namespace rhumb::wire
