// SPDX-License-Identifier: Apache-2.0
#include "sync/service/edits/edit_rules.hpp"

#include "geodb/features/value_rules.hpp"
#include "platform/error.hpp"

namespace rhumb::service {

using geodb::EditFault;
using wire::EditCode;

const char* list_name(EditKind kind) {
    switch (kind) {
        case EditKind::Add:
            return "adds";
        case EditKind::Update:
            return "updates";
        case EditKind::Delete:
            break;
    }
    return "deletes";
}

bool is_fault_of_edit(const Error& error) {
    return error.status() == Status::ConstraintViolated ||
           error.status() == Status::InvalidArgument || error.status() == Status::Unsupported;
}

EditCode edit_code(EditKind kind, const EditRules& rules, const Error& error) {
    const EditCode code = wire::edit_code_of(error);
    // A replica takes 1022 for an add that arrived before: it hears of values that the file's own
    // rules refuse as of values that could not be set.
    if (rules.replica || error.status() != Status::ConstraintViolated) return code;
    switch (static_cast<EditFault>(error.detail_code())) {
        case EditFault::NotUnique:
            return EditCode::NotUnique;
        case EditFault::StoreRefused:
            return kind == EditKind::Add      ? EditCode::InsertFailed
                   : kind == EditKind::Update ? EditCode::UpdateFailed
                                              : EditCode::DeleteFailed;
        default:
            return code;
    }
}

}  // namespace rhumb::service
