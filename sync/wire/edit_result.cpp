// SPDX-License-Identifier: Apache-2.0
#include "sync/wire/edit_result.hpp"

#include "geodb/features/value_rules.hpp"
#include "sync/wire/esri_geometry.hpp"

namespace rhumb::wire {

EditCode edit_code_of(const Error& error) {
    using geodb::EditFault;
    if (error.detail_code() == kTrueCurvesNotStored) return EditCode::TrueCurve;
    if (error.status() != Status::ConstraintViolated) return EditCode::Unspecified;
    switch (static_cast<EditFault>(error.detail_code())) {
        case EditFault::NullNotAllowed:
            return EditCode::NullNotAllowed;
        case EditFault::ValueRefused:
            return EditCode::ValueNotSet;
        case EditFault::GeometryRefused:
            return EditCode::GeometryNotSet;
        case EditFault::GeometryLacksZ:
            return EditCode::LacksZ;
        case EditFault::GeometryLacksM:
            return EditCode::LacksM;
        case EditFault::GlobalIdMissing:
            return EditCode::GlobalIdMissing;
        case EditFault::GlobalIdEmpty:
            return EditCode::GlobalIdEmpty;
        case EditFault::GlobalIdExists:
            return EditCode::NotUnique;
        case EditFault::FeatureMissing:
            return EditCode::ObjectMissing;
        case EditFault::NotEditable:
            return EditCode::NotEditable;
        // 1022 would say that the feature itself is there already.
        case EditFault::NotUnique:
        case EditFault::StoreRefused:
            return EditCode::ValueNotSet;
        case EditFault::NotOwner:
            return EditCode::OwnershipDenied;
    }
    return EditCode::Unspecified;
}

void write_edit_result(JsonWriter& writer, const EditResult& result) {
    writer.begin_object();
    if (result.object_id) writer.key("objectId").integer(result.object_id->value);
    if (result.feature) writer.key("globalId").string(result.feature->value.braced());
    writer.key("success").boolean(result.success);
    if (!result.success) {
        writer.key("error").begin_object();
        writer.key("code").integer(result.code).key("description").string(result.reason);
        writer.end_object();
    }
    writer.end_object();
}

EditResult read_edit_result(const Json& json) {
    EditResult result;
    if (const auto oid = to_int64(json.find("objectId"))) result.object_id = geodb::ObjectId{*oid};
    if (const auto uuid = Uuid::parse(text_or_empty(json.find("globalId")))) {
        result.feature = geodb::GlobalId{*uuid};
    }
    const Json* error = json.find("error");
    result.success = to_bool(json.find("success")).value_or(error == nullptr);
    if (result.success || error == nullptr) return result;
    result.code = to_int64(error->find("code")).value_or(1000);
    result.reason = text_or_empty(error->find("description"));
    if (result.reason.empty()) result.reason = text_or_empty(error->find("message"));
    if (result.reason.empty()) result.reason = "no reason given";
    return result;
}

}  // namespace rhumb::wire
