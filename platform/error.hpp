// SPDX-License-Identifier: Apache-2.0
//
// The one exception type of Rhumb: what went wrong, and a sentence that names the thing.
//
// Only what the caller cannot act upon at once is thrown; an expected outcome is a return value.

#pragma once

#include <cstdint>
#include <exception>
#include <string>
#include <string_view>

namespace rhumb {

/// What kind of failure it is. The numbers are those of `rhumb_status` in the C API: never
/// renumber.
enum class Status : std::int32_t {
    Ok = 0,
    InvalidArgument = 1,     ///< the caller asked for something that makes no sense
    NotFound = 2,            ///< the named layer, feature, file or replica is not there
    AlreadyExists = 3,       ///< a file, a GlobalID or a replica of this name is there already
    Busy = 4,                ///< somebody else holds the file or the replica; trying again helps
    ConstraintViolated = 5,  ///< a value breaks type, length, NOT NULL, UNIQUE or geometry type
    CorruptData = 6,         ///< bytes from outside are not what they claim to be
    SchemaChanged = 7,       ///< service and replica do not agree about a layer any more
    Unsupported = 8,         ///< understood, but not offered by this file, service or version
    Io = 9,                  ///< the operating system refused to read or write
    DiskFull = 10,           ///< no room left; nothing was changed
    ReadOnly = 11,           ///< the file or its folder cannot be written
    Offline = 12,            ///< the service was not reached; trying again helps
    Protocol = 13,           ///< the service's answer is not one of this protocol
    ServiceRefused = 14,     ///< the service answered with an error object
    AuthRequired = 15,       ///< the service wants a (new) sign-in
    Cancelled = 16,          ///< the caller's cancel token fired
    GenerationExpired = 17,  ///< history back to this generation is no longer kept
    Internal = 18,           ///< a defect of Rhumb
};

/// The name of a status as it is written in logs and JSON, e.g. "not found".
std::string_view status_name(Status status);

class Error : public std::exception {
public:
    /// `message` is one sentence for a person: it names the layer, GlobalID, file, URL or step.
    Error(Status status, std::string message);

    Status status() const noexcept { return status_; }
    /// The code of the service or of SQLite behind this failure, 0 when there is none.
    std::int64_t detail_code() const noexcept { return detail_code_; }
    const std::string& message() const noexcept { return message_; }
    const char* what() const noexcept override { return message_.c_str(); }

    /// The same error with the code of whoever reported it.
    Error with_code(std::int64_t detail_code) const;
    /// The same error with `context` put in front: "layer 'trees': <message>".
    Error within(std::string_view context) const;

private:
    Status status_;
    std::int64_t detail_code_ = 0;
    std::string message_;
};

}  // namespace rhumb
