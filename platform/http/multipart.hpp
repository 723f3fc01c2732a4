// SPDX-License-Identifier: Apache-2.0
//
// multipart/form-data (RFC 7578): forms that carry files.
//
// Parts are views into the body, which may be in a file: a large attachment is neither copied nor
// held in memory to be looked at.

#pragma once

#include "platform/http/body.hpp"

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

namespace rhumb::http {

constexpr std::size_t kMaxParts = 1000;
constexpr std::size_t kMaxPartHeaderBytes = 16 * 1024;

struct MultipartLimits {
    std::size_t parts = kMaxParts;
    std::size_t part_header_bytes = kMaxPartHeaderBytes;
};

struct Part {
    std::string name;
    bool is_file = false;      ///< a file name was given, be it empty
    std::string filename;      ///< UTF-8, without folders; only with `is_file`
    std::string content_type;  ///< "" when not given
    Body body;                 ///< a view into the whole body
};

/// True when `content_type` says multipart/form-data.
bool is_multipart(std::string_view content_type);

/// Takes a body apart. Throws Error(InvalidArgument) saying which part is malformed and how, or
/// which limit it passes.
std::vector<Part> parse_multipart(std::string_view content_type, const Body& body,
                                  const MultipartLimits& limits = {});

struct EncodedMultipart {
    std::string content_type;  ///< with the boundary, for the header of this name
    std::string body;
};
/// The opposite. The boundary is one that occurs in no part.
EncodedMultipart encode_multipart(const std::vector<Part>& parts);

}  // namespace rhumb::http
