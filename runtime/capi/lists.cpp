// SPDX-License-Identifier: Apache-2.0
#include "runtime/capi/lists.hpp"

#include "runtime/capi/guard.hpp"
#include "runtime/capi/init.hpp"
#include "runtime/capi/views.hpp"

void rhumb_rejected_edit_init(rhumb_rejected_edit* edit) {
    rhumb::capi::init(edit);
}
void rhumb_conflict_init(rhumb_conflict* conflict) {
    rhumb::capi::init(conflict);
}

namespace rhumb::capi {

rhumb_rejected_edit rejected_edit_of(const sync::RejectedEdit& edit) {
    rhumb_rejected_edit out;
    rhumb_rejected_edit_init(&out);
    out.number = edit.number;
    out.layer = edit.layer.value;
    out.kind = static_cast<std::int32_t>(edit.kind);
    out.feature = guid_of(edit.feature.value);
    out.code = edit.code;
    out.reason = view(edit.reason);
    out.at_ms = edit.at_ms;
    out.values = view(edit.values);
    out.state = static_cast<std::int32_t>(edit.state);
    out.attempts = edit.attempts;
    out.decided_ms = edit.decided_ms;
    return out;
}

rhumb_conflict conflict_of(const sync::Conflict& conflict) {
    rhumb_conflict out;
    rhumb_conflict_init(&out);
    out.number = conflict.number;
    out.layer = conflict.layer.value;
    out.winner = static_cast<std::int32_t>(conflict.winner);
    out.feature = guid_of(conflict.feature.value);
    out.column = view(conflict.column);
    out.base = view(conflict.base);
    out.mine = view(conflict.mine);
    out.theirs = view(conflict.theirs);
    out.at_ms = conflict.at_ms;
    out.policy = static_cast<std::int32_t>(conflict.policy);
    out.state = static_cast<std::int32_t>(conflict.state);
    out.mine_by = view(conflict.mine_by);
    out.theirs_by = view(conflict.theirs_by);
    out.resolved_ms = conflict.resolved_ms;
    out.value = view(conflict.value);
    return out;
}

}  // namespace rhumb::capi
