// SPDX-License-Identifier: Apache-2.0
//
// How much clients may bring ahead of the operation that uses it.

#pragma once

#include <cstdint>
#include <string>
#include <vector>

namespace rhumb::service {

struct UploadLimits {
    std::int64_t max_item_bytes = 2LL * 1024 * 1024 * 1024;
    std::int64_t max_part_bytes = 256LL * 1024 * 1024;  ///< a part is in memory while it is taken
    std::int64_t max_part_number = 100'000;             ///< parts count from 0
    std::int64_t max_items_per_owner = 10'000;
    std::int64_t max_bytes_per_owner = 20LL * 1024 * 1024 * 1024;
    std::int64_t kept_ms = 24LL * 3600 * 1000;  ///< after the last use
    /// Without the dot; empty: all are taken.
    std::vector<std::string> extensions{
        "geodatabase", "json", "geojson", "zip",  "sqlite", "delta", "gpkg", "csv",  "txt",  "xml",
        "jpg",         "jpeg", "png",     "gif",  "tif",    "tiff",  "bmp",  "webp", "heic", "heif",
        "svg",         "pdf",  "doc",     "docx", "xls",    "ppt",   "xlsx", "pptx", "mp3",  "mp4",
        "m4a",         "avi",  "mov",     "wav",  "bin",    "gz",    "7z"};
};

}  // namespace rhumb::service
