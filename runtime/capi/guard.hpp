// SPDX-License-Identifier: Apache-2.0
//
// The edge of the library: what every function of the C API does with its arguments and errors.

#pragma once

#include "platform/error.hpp"
#include "rhumb/types.h"

#include <cstddef>
#include <cstdint>
#include <cstring>
#include <exception>
#include <new>
#include <string>
#include <string_view>
#include <utility>

namespace rhumb::capi {

/// What an edit was about, for `rhumb_error`.
struct Subject {
    std::int32_t layer = -1;
    rhumb_guid feature{};
};

/// Fills `error` in unless it is null, and returns the status. Never throws.
rhumb_status report(rhumb_error* error, Status status, std::int64_t detail_code,
                    std::string_view message, const Subject& subject) noexcept;

/// Runs `work` and lets no exception out.
template <class Work>
rhumb_status guard(rhumb_error* error, Work&& work, const Subject& subject = {}) noexcept {
    try {
        std::forward<Work>(work)();
        return RHUMB_OK;
    } catch (const Error& failure) {
        return report(error, failure.status(), failure.detail_code(), failure.message(), subject);
    } catch (const std::bad_alloc&) {
        return report(error, Status::Internal, 0, "no memory left", subject);
    } catch (const std::exception& failure) {
        return report(error, Status::Internal, 0, failure.what(), subject);
    } catch (...) {
        return report(error, Status::Internal, 0, "an unknown failure", subject);
    }
}

/// Throws InvalidArgument naming the argument when it is null.
inline void require(const void* pointer, const char* argument) {
    if (pointer != nullptr) return;
    throw Error(Status::InvalidArgument, std::string("argument '") + argument + "' is NULL");
}

/// An output that is a handle: it is NULL from here on, until the call has succeeded.
template <class Handle>
void require_output(Handle** out, const char* argument) {
    require(out, argument);
    *out = nullptr;
}

/// The text of an argument. Throws InvalidArgument when it is NULL with a size, or not UTF-8.
std::string text_of(rhumb_str text, const char* argument);
/// The same; throws also when it is empty, or has a NUL inside, as no path or name has.
std::string name_of(rhumb_str text, const char* argument);

inline rhumb_str view(std::string_view text) {
    return {text.data(), text.size()};
}

[[noreturn]] void throw_unknown_size(const char* argument, std::size_t size);

/// The least size of a struct that hosts may know: that of its first version. Structs grow at their
/// end alone, so what an older host gives is the beginning of what we know.
template <class Struct>
constexpr std::size_t kFirstSize = sizeof(Struct);

/// The options of the caller, or the defaults for NULL and for what an older caller does not know.
template <class Options>
Options options_of(const Options* options, void (*init)(Options*), const char* argument) {
    Options known{};
    init(&known);
    if (options == nullptr) return known;
    const std::size_t size = options->size;
    if (size < kFirstSize<Options> || size > sizeof(Options)) throw_unknown_size(argument, size);
    std::memcpy(&known, options, size);
    known.size = sizeof(Options);
    return known;
}

/// An output with a size: throws InvalidArgument when it is NULL or of an unknown version.
template <class Output>
void require_sized(const Output* out, const char* argument) {
    require(out, argument);
    if (out->size != sizeof(Output)) throw_unknown_size(argument, out->size);
}

/// The element of a list that an index asks for.
template <class List>
const auto& element_of(const List& list, std::size_t index, const char* argument) {
    if (index < list.size()) return list[index];
    throw Error(Status::InvalidArgument, std::string("argument '") + argument + "' is " +
                                             std::to_string(index) + ", but there are " +
                                             std::to_string(list.size()));
}

}  // namespace rhumb::capi
