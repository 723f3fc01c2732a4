// SPDX-License-Identifier: Apache-2.0
//
// What a call that edits says beside the edits: options, who edits, and by what right.

#pragma once

#include "sync/service/call.hpp"
#include "sync/service/edits/edit_rules.hpp"

namespace rhumb::service {

/// The rules that follow from who calls and when.
EditRules edit_rules(const Call& call);

/// `rollbackOnFailure` (true when absent) and `useGlobalIds`, beside the above.
EditRules edit_rules_parameters(const Call& call);

/// Throws Unsupported when the service lacks the capability for a kind of edit: Create, Update or
/// Delete; `Editing` counts as all three.
void require_edit_capability(const Call& call, EditKind kind);

}  // namespace rhumb::service
