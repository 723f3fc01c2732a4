// SPDX-License-Identifier: Apache-2.0
//
// JSON text as a run of events, read piece by piece: the door to RapidJSON.
//
// Nothing here grows with the document: depth and the longest token are bounded, and numbers are
// handed over as text, so nobody's idea of an exponent can overflow on the way.

#pragma once

#include <cstddef>
#include <string>
#include <string_view>

namespace rhumb::wire {

/// What a document may cost. The defaults hold a layer's largest honest answer with room to spare.
struct JsonLimits {
    /// Arrays and objects inside each other. Esri JSON needs about ten.
    std::size_t max_depth = 64;
    /// Values of one document, or of one streamed element: about 40 bytes of memory for each.
    std::size_t max_values = 8'000'000;
    /// Bytes of names and texts kept from one document or streamed element; also the longest token.
    std::size_t max_text_bytes = 256u << 20;
};

/// Where the bytes come from.
class JsonInput {
public:
    virtual ~JsonInput() = default;
    /// The next piece, empty at the end. It stays valid until the next call.
    virtual std::string_view next_piece() = 0;
};

/// Who takes the events. Texts are UTF-8, are valid during the call only and may contain zeros.
class JsonEvents {
public:
    virtual ~JsonEvents() = default;
    virtual void null() = 0;
    virtual void boolean(bool value) = 0;
    /// `numeral` follows the grammar of JSON; whether a double can hold it is not checked yet.
    virtual void number(std::string_view numeral) = 0;
    virtual void text(std::string_view value) = 0;
    virtual void name(std::string_view value) = 0;
    virtual void begin_object() = 0;
    virtual void end_object() = 0;
    virtual void begin_array() = 0;
    virtual void end_array() = 0;
};

/// Thrown by JsonEvents to refuse the document; read_json turns it into an Error with a place.
struct JsonRefusal {
    std::string why;
    /// The refused token ends here and has this many bytes.
    std::size_t token_bytes = 0;
};

/// Reads one document to its end. A byte order mark in front is skipped.
/// Throws Error(CorruptData) "<what>, line 3, column 17: …" (columns count bytes) for text that is
/// no JSON, is cut off, goes on after its end or breaks a limit. Other exceptions pass through.
void read_json(JsonInput& input, JsonEvents& events, std::string_view what,
               const JsonLimits& limits);

}  // namespace rhumb::wire
