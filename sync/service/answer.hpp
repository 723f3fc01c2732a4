// SPDX-License-Identifier: Apache-2.0
//
// How an operation's JSON becomes an HTTP answer: f=json, pjson, callback; errors in the shape of
// the protocol. Pages (f=html) are made of such answers by the services directory.

#pragma once

#include "platform/error.hpp"
#include "platform/http/form.hpp"
#include "platform/http/message.hpp"
#include "platform/spool.hpp"
#include "sync/wire/service_error.hpp"

#include <string>
#include <string_view>

namespace rhumb::service {

/// Throws InvalidArgument for an unknown `f` or a `callback` that is no name: told before anything
/// is done, since an edit whose answer cannot be written would pass for one that failed.
/// `pbf_offered`: by the resource that was asked.
void check_answer_format(const http::Parameters& parameters, bool pbf_offered);
/// Wraps JSON as the request's `f` wants it. Throws InvalidArgument for an unknown `f`.
http::Response answer_json(const http::Parameters& parameters, std::string json);
/// The same for an answer that may be large. Large ones are always plain JSON, from the file.
http::Response answer_spooled(const http::Parameters& parameters, Spool& spool);

/// ArcGIS REST: errors come with HTTP 200 and an error object.
http::Response answer_error(const http::Parameters& parameters, const wire::ServiceError& error,
                            int http_status = 200);
/// 429 or 503 for somebody who is to come again, with Retry-After.
http::Response answer_later(const http::Parameters& parameters, int status, std::int64_t wait_ms,
                            const std::string& why);
/// What a thrown Error is on the wire.
wire::ServiceError service_error_of(const Error& error);

}  // namespace rhumb::service
