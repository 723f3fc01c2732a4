// SPDX-License-Identifier: Apache-2.0
//
// Content codings of HTTP (RFC 9110): bytes packed and unpacked in pieces, in bounded memory.
//
// What comes from outside may be a bomb: whoever unpacks says how much may come out.

#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

namespace rhumb {

enum class Coding { Gzip, Zstd };

/// "gzip" (also "x-gzip") or "zstd", in any case; none for other words.
std::optional<Coding> coding_of(std::string_view name);
std::string_view name_of(Coding coding);

using TakeBytes = std::function<void(std::string_view piece)>;

/// Packs one body. finish() once, at its end.
class Packer {
public:
    virtual ~Packer() = default;
    virtual void add(std::string_view piece) = 0;
    virtual void finish() = 0;
};
std::unique_ptr<Packer> make_packer(Coding coding, TakeBytes out);

struct UnpackLimits {
    std::uint64_t bytes = 256ULL * 1024 * 1024;  ///< that may come out
    /// How much larger what comes out may be than what went in, beyond the first megabyte: JSON
    /// that repeats itself stays below a few hundred.
    std::uint64_t ratio = 2000;
};

/// Unpacks one body. Throws CorruptData when it is damaged, Protocol when more comes out than the
/// limits allow; finish() throws when the body is not whole.
class Unpacker {
public:
    virtual ~Unpacker() = default;
    virtual void add(std::string_view piece) = 0;
    virtual void finish() = 0;
};
std::unique_ptr<Unpacker> make_unpacker(Coding coding, TakeBytes out, UnpackLimits limits = {});

std::string packed(Coding coding, std::string_view bytes);
std::string unpacked(Coding coding, std::string_view bytes, UnpackLimits limits = {});

}  // namespace rhumb
