// SPDX-License-Identifier: Apache-2.0
#include "sync/service/edits/edit_call.hpp"

#include "platform/error.hpp"

namespace rhumb::service {

EditRules edit_rules(const Call& call) {
    EditRules rules;
    rules.most_vertices = call.limits.input.vertices;
    rules.editor = {call.owner, call.store.now_ms()};
    // Those who look after a service are not held back by who made a feature.
    const bool looks_after = call.who.signed_in() && call.who.sees_all();
    if (!looks_after) rules.ownership = call.settings.ownership;
    return rules;
}

EditRules edit_rules_parameters(const Call& call) {
    EditRules rules = edit_rules(call);
    rules.rollback_on_failure = boolean_parameter(call.parameters, "rollbackOnFailure", true);
    rules.by_global_id = boolean_parameter(call.parameters, "useGlobalIds", false);
    return rules;
}

void require_edit_capability(const Call& call, EditKind kind) {
    require_capability(call, kind == EditKind::Add      ? "Create"
                             : kind == EditKind::Update ? "Update"
                                                        : "Delete");
}

}  // namespace rhumb::service
