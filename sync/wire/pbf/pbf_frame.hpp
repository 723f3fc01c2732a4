// SPDX-License-Identifier: Apache-2.0
//
// What is around the answer of a query in protocol buffers, counts, and lists of object ids.
//
// The wire puts the length of a message before it, and an answer may be larger than memory. So its
// body is written piece by piece, and the frame when its size is known. Pieces need no frame of
// their own: messages of one kind that follow each other are read as one.

#pragma once

#include "geodb/ids.hpp"

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace rhumb::wire {

enum class PbfResult : std::uint8_t { Features = 1, Count = 2, Ids = 3 };

/// The bytes before a body of `size` bytes.
std::string pbf_frame(PbfResult result, std::uint64_t size);

// Bodies, or pieces of one, appended to `out`.

void append_pbf_count(std::string& out, std::int64_t count);

/// A list of object ids, some thousands a piece.
class PbfIds {
public:
    PbfIds(std::string& out, std::string_view object_id_field);
    void add(geodb::ObjectId id);
    /// After the last one.
    void finish();

private:
    std::string& out_;
    std::vector<std::uint64_t> held_;
};

}  // namespace rhumb::wire
