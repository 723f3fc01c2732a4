// SPDX-License-Identifier: Apache-2.0
#include "rhumb/types.h"

#include "runtime/capi/guard.hpp"
#include "runtime/capi/views.hpp"

#include <cstdlib>
#include <cstring>

using namespace rhumb::capi;

rhumb_str rhumb_str_of(const char* text) {
    return {text, text == nullptr ? 0 : std::strlen(text)};
}

rhumb_str rhumb_status_name(rhumb_status status) {
    const bool known = status >= RHUMB_OK && status <= RHUMB_INTERNAL;
    return view(known ? rhumb::status_name(static_cast<rhumb::Status>(status)) : "unknown");
}

void rhumb_buffer_release(rhumb_buffer* buffer) {
    if (buffer == nullptr) return;
    std::free(buffer->data);
    *buffer = {};
}

rhumb_status rhumb_guid_parse(rhumb_str text, rhumb_guid* out_guid, rhumb_error* error) {
    return guard(error, [&] {
        require(out_guid, "out_guid");
        const auto uuid = rhumb::Uuid::parse(text_of(text, "text"));
        if (!uuid) throw rhumb::Error(rhumb::Status::InvalidArgument, "'text' is no GUID");
        *out_guid = guid_of(*uuid);
    });
}

rhumb_status rhumb_guid_format(const rhumb_guid* guid, char* out_text, rhumb_error* error) {
    return guard(error, [&] {
        require(guid, "guid");
        require(out_text, "out_text");
        const std::string text = uuid_of(*guid).braced();
        static_assert(RHUMB_GUID_TEXT_BYTES == 39);
        std::memcpy(out_text, text.c_str(), text.size() + 1);
    });
}
