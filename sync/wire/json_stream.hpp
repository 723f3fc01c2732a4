// SPDX-License-Identifier: Apache-2.0
//
// Large documents with bounded memory: chosen elements are handed over one by one and dropped.
//
// A path names members and, as "*", the elements of an array: "layers.*.features.*". What no path
// meets ends up in the Json that is returned; the arrays of streamed elements are empty there.

#pragma once

#include "sync/wire/json.hpp"

#include <cstddef>
#include <filesystem>
#include <functional>
#include <string>
#include <string_view>
#include <vector>

namespace rhumb::wire {

class JsonBuilder;

/// Where an element stands, while it is handed over.
class JsonPath {
public:
    explicit JsonPath(const JsonBuilder& builder) : builder_(builder) {}

    /// Which of the paths asked for it meets; the first when there are several.
    std::size_t pattern() const;
    /// The n-th index on the path from the outside, that is of the n-th "*".
    std::size_t index(std::size_t n = 0) const;
    /// The last name on the path: "features".
    std::string_view name() const;
    /// "layers[2].features[17]"
    std::string text() const;
    /// A member of the innermost enclosing object that was read before this element, nullptr when
    /// there is none (it may still follow). `levels_up` 1 asks the object around that, and so on.
    const Json* sibling(std::string_view member, std::size_t levels_up = 0) const;

private:
    const JsonBuilder& builder_;
};

/// Fills `into` with up to `room` bytes and returns how many; 0 means the end.
using PullBytes = std::function<std::size_t(char* into, std::size_t room)>;
using OnElement = std::function<void(const JsonPath& path, Json&& element)>;

/// Reads one document to its end. The limits hold for each element, and for the rest together.
/// Throws as parse_json does, also when the document is cut off; what `pull` and `on_element`
/// throw passes through. At most 64 paths.
Json stream_json(const PullBytes& pull, std::string_view what,
                 const std::vector<std::string>& element_paths, const OnElement& on_element,
                 const JsonLimits& limits = {});

/// The same from a file. Throws NotFound or Io naming it.
Json stream_json_file(const std::filesystem::path& file, std::string_view what,
                      const std::vector<std::string>& element_paths, const OnElement& on_element,
                      const JsonLimits& limits = {});

}  // namespace rhumb::wire
