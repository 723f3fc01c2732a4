// SPDX-License-Identifier: Apache-2.0
//
// The outcome of one edit (ArcGIS REST, edit result object) and the codes of refused edits.

#pragma once

#include "geodb/ids.hpp"
#include "platform/error.hpp"
#include "sync/wire/json.hpp"
#include "sync/wire/json_writer.hpp"

#include <cstdint>
#include <optional>
#include <string>

namespace rhumb::wire {

/// ArcGIS REST, feature service error codes.
enum class EditCode : std::int64_t {
    Unspecified = 1000,
    NullNotAllowed = 1001,
    LacksM = 1002,
    RolledBack = 1003,
    GeometryUpdateNotAllowed = 1004,
    TrueCurve = 1005,
    OwnershipDenied = 1007,
    AttachmentAddFailed = 1008,
    AttachmentUpdateFailed = 1009,
    AttachmentDeleteFailed = 1010,
    ObjectMissing = 1011,
    OtherEditFailed = 1012,
    LacksZ = 1014,
    GeometryNotSet = 1015,
    ValueNotSet = 1016,
    InsertFailed = 1017,
    DeleteFailed = 1018,
    UpdateFailed = 1019,
    GlobalIdMissing = 1020,
    GlobalIdEmpty = 1021,
    NotUnique = 1022,
    NotEditable = 1023,
    LayerNotFound = 2001,
};

/// The code for an error that the geodatabase threw at one edit.
EditCode edit_code_of(const Error& error);

struct EditResult {
    std::optional<geodb::ObjectId> object_id;
    std::optional<geodb::GlobalId> feature;
    bool success = true;
    std::int64_t code = 0;
    std::string reason;
};

void write_edit_result(JsonWriter& writer, const EditResult& result);
EditResult read_edit_result(const Json& json);

}  // namespace rhumb::wire
