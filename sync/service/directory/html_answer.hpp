// SPDX-License-Identifier: Apache-2.0
//
// A page as an answer: with headers that keep it from loading or running anything, and from being
// shown inside another one's page.

#pragma once

#include "platform/http/message.hpp"

#include <string>

namespace rhumb::service::directory {

http::Response html_answer(const std::string& page, int status);

}  // namespace rhumb::service::directory
