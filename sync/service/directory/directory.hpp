// SPDX-License-Identifier: Apache-2.0
//
// The services directory: every resource as a page that a person can click through, from the list
// of services to a feature, made from the JSON that programs get. ArcGIS REST: f=html, which is
// what an absent `f` means.

#pragma once

#include "platform/http/form.hpp"
#include "platform/http/message.hpp"
#include "sync/service/directory/visitor.hpp"

namespace rhumb::service::directory {

/// Whether the caller wants a page and no JSON.
bool is_wanted(const http::Parameters& parameters);

/// The page for an answer that was made with f=json. What is no JSON (a photo) stays as it is.
http::Response page_of(const http::Request& request, const http::Parameters& parameters,
                       const Visitor& visitor, http::Response answer);

}  // namespace rhumb::service::directory
