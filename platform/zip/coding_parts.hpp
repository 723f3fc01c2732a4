// SPDX-License-Identifier: Apache-2.0
//
// What the codings of this folder share. Internal to it.

#pragma once

#include "platform/zip/coding.hpp"

namespace rhumb {

std::unique_ptr<Packer> make_gzip_packer(TakeBytes out);
/// Deflate without header and check sum, for archives that have their own.
std::unique_ptr<Packer> make_raw_packer(TakeBytes out);
std::unique_ptr<Packer> make_zstd_packer(TakeBytes out);
std::unique_ptr<Unpacker> make_gzip_unpacker(TakeBytes out);
std::unique_ptr<Unpacker> make_zstd_unpacker(TakeBytes out);

/// Throws CorruptData: "a gzip body is damaged: …".
[[noreturn]] void throw_damaged(Coding coding, std::string_view why);

}  // namespace rhumb
