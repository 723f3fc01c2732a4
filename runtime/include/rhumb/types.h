/* SPDX-License-Identifier: Apache-2.0
 *
 * What all parts of the C API have in common: statuses, errors, text, bytes, identities.
 *
 * The conventions, which hold for every function of this API:
 * - The object comes first, then inputs, then outputs, then the error, which may be NULL.
 * - A required pointer that is NULL gives RHUMB_INVALID_ARGUMENT, and the message names the
 *   argument. After a failure outputs that are handles are NULL, other outputs are as they were.
 * - A handle is released by its one `_release` function, which takes NULL. What was made from a
 *   handle keeps it alive, so the order of release is free. A released handle is not used again.
 * - Text is UTF-8. What comes in is borrowed for the call. A view that goes out says what it is
 *   a view of; a rhumb_buffer that goes out belongs to the caller.
 * - A struct whose first member is `size` is filled in by its `_init` before it is used, whether
 *   it goes in or out; later versions add members at its end. All other structs stay as they are.
 * - A handle may be used from any thread. Where a function says nothing else, calls on the same
 *   handle wait for one another; releasing is the last use.
 * - No function throws or ends the process. Callbacks must not throw either.
 */
#ifndef RHUMB_TYPES_H
#define RHUMB_TYPES_H

#include <stddef.h>
#include <stdint.h>

#if defined(__GNUC__)
#define RHUMB_API __attribute__((visibility("default")))
#else
#define RHUMB_API
#endif

#ifdef __cplusplus
extern "C" {
#endif

/** How a call ended: one of rhumb_status_value. Later versions may add values. */
typedef int32_t rhumb_status;

enum rhumb_status_value {
    RHUMB_OK = 0,
    RHUMB_INVALID_ARGUMENT = 1,    /**< the caller asked for something that makes no sense */
    RHUMB_NOT_FOUND = 2,           /**< the named layer, feature, file or replica is not there */
    RHUMB_ALREADY_EXISTS = 3,      /**< a file, a GlobalID or a replica is there already */
    RHUMB_BUSY = 4,                /**< somebody else holds file or replica; try again */
    RHUMB_CONSTRAINT_VIOLATED = 5, /**< a value breaks type, length, NOT NULL or geometry type;
                                        detail_code is one of rhumb_edit_fault */
    RHUMB_CORRUPT_DATA = 6,        /**< bytes from outside are not what they claim to be */
    RHUMB_SCHEMA_CHANGED = 7,      /**< service and replica disagree about a layer by now */
    RHUMB_UNSUPPORTED = 8,         /**< not offered by this file, service or version */
    RHUMB_IO = 9,                  /**< the operating system refused to read or write */
    RHUMB_DISK_FULL = 10,          /**< no room left; nothing was changed */
    RHUMB_READ_ONLY = 11,          /**< the file or its folder cannot be written */
    RHUMB_OFFLINE = 12,            /**< the service was not reached; trying again helps */
    RHUMB_PROTOCOL = 13,           /**< the service's answer is not one of this protocol */
    RHUMB_SERVICE_REFUSED = 14,    /**< the service answered with an error; detail_code is its */
    RHUMB_AUTH_REQUIRED = 15,      /**< the service wants a (new) sign-in */
    RHUMB_CANCELLED = 16,          /**< the caller cancelled */
    RHUMB_GENERATION_EXPIRED = 17, /**< history back to this generation is no longer kept */
    RHUMB_INTERNAL = 18            /**< a defect of Rhumb, or no memory left */
};

/** Why an edit was refused: `detail_code` beside RHUMB_CONSTRAINT_VIOLATED. */
enum rhumb_edit_fault {
    RHUMB_FAULT_NULL_NOT_ALLOWED = 1,
    RHUMB_FAULT_VALUE_REFUSED = 2,    /**< type, range or length */
    RHUMB_FAULT_GEOMETRY_REFUSED = 3, /**< type or structure */
    RHUMB_FAULT_GEOMETRY_LACKS_Z = 4,
    RHUMB_FAULT_GEOMETRY_LACKS_M = 5,
    RHUMB_FAULT_GLOBAL_ID_MISSING = 6,
    RHUMB_FAULT_GLOBAL_ID_EMPTY = 7,
    RHUMB_FAULT_GLOBAL_ID_EXISTS = 8,
    RHUMB_FAULT_FEATURE_MISSING = 9,
    RHUMB_FAULT_NOT_EDITABLE = 10
};

/** A view of UTF-8 text, not terminated. An empty text may have NULL for `data`. */
typedef struct rhumb_str {
    const char* data;
    size_t size; /**< bytes */
} rhumb_str;

/** A view of bytes. An absent value has NULL for `data`. */
typedef struct rhumb_bytes {
    const uint8_t* data;
    size_t size;
} rhumb_bytes;

/** Text that belongs to the caller; release it with rhumb_buffer_release(). */
typedef struct rhumb_buffer {
    char* data;  /**< terminated with a NUL, for convenience */
    size_t size; /**< bytes, without the NUL */
} rhumb_buffer;

/** A 128-bit identity, in the order of its hex digits. All zero: none. */
typedef struct rhumb_guid {
    uint8_t bytes[16];
} rhumb_guid;

/** Bytes that rhumb_guid_format() writes: braces, 36 characters, NUL. */
enum { RHUMB_GUID_TEXT_BYTES = 39 };

/** Bytes of rhumb_error.message; a longer message is cut at a whole character. */
enum { RHUMB_MESSAGE_BYTES = 1024 };

/**
 * What went wrong. A plain struct of the caller's, filled in only when a call fails: nothing to
 * free, nothing to go stale.
 */
typedef struct rhumb_error {
    rhumb_status status;
    int32_t layer;       /**< layer that the edit or query was for; -1: none in particular */
    int64_t detail_code; /**< of the service, of SQLite or rhumb_edit_fault; 0: none */
    rhumb_guid feature;  /**< GlobalID of the feature that was edited; all zero: none */
    int64_t reserved[4];
    char message[RHUMB_MESSAGE_BYTES]; /**< a sentence for a person, terminated with a NUL */
} rhumb_error;

/** The view of a NUL-terminated text; empty for NULL. */
RHUMB_API rhumb_str rhumb_str_of(const char* text);

/** "not found" and so on: a static text. Never fails; an unknown number gives "unknown". */
RHUMB_API rhumb_str rhumb_status_name(rhumb_status status);

/** Frees what the buffer holds and makes it empty. NULL and an empty buffer are fine. */
RHUMB_API void rhumb_buffer_release(rhumb_buffer* buffer);

/**
 * Reads 8-4-4-4-12 hex digits in any letter case, with or without braces.
 * @retval RHUMB_INVALID_ARGUMENT  a required pointer is NULL, or the text is no GUID
 */
RHUMB_API rhumb_status rhumb_guid_parse(rhumb_str text, rhumb_guid* out_guid, rhumb_error* error);

/**
 * Writes `{8-4-4-4-12}` in upper case, terminated with a NUL: the form in which layers keep it.
 * @param out_text  room for RHUMB_GUID_TEXT_BYTES
 * @retval RHUMB_INVALID_ARGUMENT  a required pointer is NULL
 */
RHUMB_API rhumb_status rhumb_guid_format(const rhumb_guid* guid, char* out_text,
                                         rhumb_error* error);

#ifdef __cplusplus
}
#endif

#endif
