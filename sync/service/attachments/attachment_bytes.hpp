// SPDX-License-Identifier: Apache-2.0
//
// The bytes of an attachment, as <layer>/<oid>/attachments/<id> gives them: with range and
// validator, and so that no browser ever runs them.

#pragma once

#include "platform/http/message.hpp"
#include "sync/service/call.hpp"

namespace rhumb::service {

/// `attachment` is as a snapshot of now has it. Throws NotFound while its content is not here.
http::Response attachment_bytes(const Call& call, const Attachment& attachment);

}  // namespace rhumb::service
