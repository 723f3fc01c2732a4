// SPDX-License-Identifier: Apache-2.0
//
// How a set of edits is to be applied: what the calls that bring edits differ in.

#pragma once

#include "sync/service/edits/editor_tracking.hpp"
#include "sync/service/edits/ownership.hpp"
#include "sync/service/store/store.hpp"
#include "sync/wire/edit_result.hpp"
#include "sync/wire/input_limits.hpp"

#include <cstddef>
#include <cstdint>
#include <functional>
#include <map>
#include <optional>
#include <vector>

namespace rhumb::service {

enum class EditKind : std::uint8_t { Add, Update, Delete };

/// "adds", "updates", "deletes".
const char* list_name(EditKind kind);

struct EditRules {
    /// The first failing edit throws, naming it, and takes everything back; else each edit is a
    /// part of its own.
    bool rollback_on_failure = true;
    /// Rows are named by GlobalID, and adds keep theirs; else by object id, and adds get new ones.
    bool by_global_id = false;
    /// An upload of this replica, which may come again after a lost answer: an add of a feature
    /// that it has made is an update, a delete of what is gone has had its effect.
    std::optional<Uuid> replica = std::nullopt;
    /// The replica is another service: an add is no more than a row that its replica did not have
    /// before, and may be here already.
    bool from_service = false;
    /// Our extension: when anybody but the replica has changed one of the features since, nothing
    /// is applied and the client is told to take the changes in first. kUnknown: as if all were.
    std::map<LayerId, Generation> unless_changed_since = {};
    static constexpr Generation kUnknown{-1};
    /// The same edit by edit: those of such features fail, with code 409, and the others are made.
    bool unless_changed_each = false;
    /// Reference of geometries that do not say their own; none: the layer's.
    std::optional<std::int32_t> epsg = std::nullopt;
    /// The parameter with the only list there is; null: each list has the name of its kind.
    const char* list = nullptr;
    std::size_t most_vertices = wire::kMostVertices;  ///< of one geometry
    Editor editor = {};
    OwnershipRules ownership = {};
};

/// A row as it was and as it is, all columns; null for what was not or is not. For the call only.
struct EditedRow {
    EditKind kind;
    ObjectId oid;
    const std::vector<Value>* before;
    const std::vector<Value>* after;
};

/// Who is told of each edit.
struct EditListener {
    /// `row`: its place in its list.
    std::function<void(EditKind kind, std::size_t row, wire::EditResult&& result)> on_result;
    /// Not set: rows are not read for it.
    std::function<void(const EditedRow&)> on_edited = {};
};

/// Whether an error is the fault of the edit it came from. A full disk is nobody's edit: it fails
/// the whole set.
bool is_fault_of_edit(const Error& error);

/// What the result of a refused edit says.
wire::EditCode edit_code(EditKind kind, const EditRules& rules, const Error& error);

/// HTTP's Conflict: the client has not seen what it is about to overwrite.
inline constexpr std::int64_t kChangedMeanwhile = 409;

/// ArcGIS REST: the extended code of an edit that was rolled back.
inline constexpr std::int64_t kRolledBackCode = -2147207418;

}  // namespace rhumb::service
