// SPDX-License-Identifier: Apache-2.0
//
// Applies edits to one layer inside a transaction, row by row, with an outcome for each: the one
// way in for every call that edits features.

#pragma once

#include "geodb/geometry/crs.hpp"
#include "sync/service/edits/edit_rules.hpp"
#include "sync/wire/feature_json.hpp"
#include "sync/wire/json.hpp"
#include "sync/wire/json_view.hpp"

#include <cstddef>
#include <optional>
#include <string>
#include <variant>
#include <vector>

namespace rhumb::service {

/// What is passed in outlives it.
class LayerEdits {
public:
    LayerEdits(const Store& store, const Layer& layer, StoreTransaction& transaction,
               const EditRules& rules, const EditListener& listener);

    void add(std::size_t row, const wire::Json& feature);
    void add(std::size_t row, const wire::JsonView& feature);
    /// An update whose UNIQUE value another row has waits for the others: that row may be updated
    /// too, as when two swap their values. finish_updates() has the last word.
    void update(std::size_t row, const wire::Json& feature);
    void update(std::size_t row, const wire::JsonView& feature);
    void finish_updates();
    /// `id` is an object id or a GlobalID, as the rules say.
    void erase(std::size_t row, const wire::Json& id);

    // Rows whose values nobody has looked at yet. Updates wait as above.
    void add(std::size_t row, wire::FeatureJson&& feature);
    void update(std::size_t row, wire::FeatureJson&& feature);
    void erase(std::size_t row, const GlobalId& feature);
    void erase(std::size_t row, ObjectId feature);

private:
    struct Waiting {
        std::size_t row;
        std::variant<wire::Json, wire::FeatureJson> feature;
    };
    /// An edited row that the listener wants, told once its edit is sure to stay.
    struct Seen {
        EditKind kind;
        ObjectId oid;
        std::optional<std::vector<Value>> before, after;
    };
    void tell(EditKind kind, std::size_t row, wire::EditResult&& result);
    std::optional<std::vector<Value>> row_for_listener(ObjectId feature);
    template <class Edit>
    void attempt(EditKind kind, std::size_t row, const Edit& edit);
    [[noreturn]] void rethrow_named(EditKind kind, std::size_t row, const wire::EditResult& result,
                                    const Error& error) const;
    void refuse_row(EditKind kind, std::size_t row, wire::EditResult&& result, const Error& error);

    template <class AnyJson>
    void add_read(std::size_t row, const AnyJson& feature);
    template <class AnyJson>
    wire::FeatureJson read(const AnyJson& json, wire::EditResult& result);
    wire::FeatureJson read(const Waiting& waiting, wire::EditResult& result);
    wire::FeatureJson checked(wire::FeatureJson&& feature, wire::EditResult& result);
    void check_size(const geodb::ColumnValue& given) const;
    void require_global_id(const wire::FeatureJson& feature) const;
    void project(wire::FeatureJson& feature);

    template <class Feature>
    bool is_taken(std::size_t row, const Feature& feature);
    bool swap(const std::vector<Waiting>& updates);
    std::optional<std::vector<Value>> clear(const wire::FeatureJson& feature);

    void insert(wire::FeatureJson&& feature, const std::vector<std::size_t>& unsaid,
                wire::EditResult& result);
    void change(wire::FeatureJson&& feature, wire::EditResult& result);
    void change(ObjectId there, wire::FeatureJson&& feature);
    void erase_named(const GlobalId& feature, wire::EditResult& result);
    void erase_found(ObjectId there);

    ObjectId named_row(const wire::FeatureJson& feature, wire::EditResult& result) const;
    GlobalId identity_of(ObjectId feature) const;
    void check_parent(const Relationship& related, const Value& key) const;
    /// Nobody else has changed the row since the caller last looked, where it wants to know.
    void check_seen(ObjectId there) const;
    void check_owner(ObjectId there, bool others_may) const;
    [[noreturn]] void refuse_ignored(const std::string& edit) const;

    const Layer& layer_;
    StoreTransaction& transaction_;
    const EditRules& rules_;
    const EditListener& listener_;
    std::optional<geodb::EditorTracking> editor_fields_;
    geodb::TransformsInto into_;
    /// Composites that the layer's rows are children in.
    std::vector<const Relationship*> parents_;
    std::vector<Waiting> waiting_;
    std::vector<Seen> seen_;
};

}  // namespace rhumb::service
