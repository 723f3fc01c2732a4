// SPDX-License-Identifier: Apache-2.0
//
// Puts changes of the service into one layer of a device, under the edits that are pending there.
//
// Taking the same change twice does no harm: a repeated download ends in the same rows.

#pragma once

#include "geodb/features/feature_writer.hpp"
#include "geodb/geodatabase.hpp"
#include "sync/replica/pending_log.hpp"
#include "sync/replica/replica.hpp"
#include "sync/replica/set_aside.hpp"
#include "sync/wire/feature_json.hpp"

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <vector>

namespace rhumb::sync {

/// "feature {…}" for messages, as far as the JSON tells.
std::string feature_in_words(const wire::Json& json, const geodb::Layer& layer);

/// Within one write transaction. Geodatabase and layer outlive it.
class ChangeApplier {
public:
    using OnConflict = std::function<void(Conflict&&)>;
    ChangeApplier(geodb::Geodatabase& geodatabase, const geodb::Layer& layer,
                  OnConflict on_conflict, MergeRules rules = {});

    /// The service has this row now, be it new or changed. Gives back whose it is.
    geodb::GlobalId put(const wire::Json& json);
    void put_feature(const wire::FeatureJson& feature);
    /// The same where just the columns that changed are known. False, and nothing is done, when
    /// the feature is not here.
    bool put_change(const wire::FeatureJson& feature);
    /// The service has the feature no more. One that is not here is no matter.
    void erase(const geodb::GlobalId& feature);

    /// Edits of ours that had to make room for the service's rows. Optional.
    void on_set_aside(OnSetAside on_set_aside) { on_set_aside_ = std::move(on_set_aside); }

    /// Values here that nobody edited, and that theirs replace, are told as open conflicts too.
    void tell_overwritten() { tells_overwritten_ = true; }

    /// After the last change: rows that had no place beside others get theirs now. Throws
    /// ConstraintViolated naming the feature that the file's rules leave no place for.
    void finish();

    std::int64_t inserts() const { return inserts_; }
    std::int64_t updates() const { return updates_; }
    std::int64_t deletes() const { return deletes_; }

private:
    /// What is pending of a feature, as the log has it under one object id.
    struct Pending {
        PendingFeature feature;
        /// Where it stands: another program may have put it back under another object id.
        geodb::ObjectId stands_at;
    };
    Pending pending(geodb::ObjectId oid, const geodb::GlobalId& feature);
    /// Where a feature and its edits stand, apart from those of another it has replaced.
    geodb::ObjectId own_place(geodb::ObjectId oid, const geodb::GlobalId& feature);
    std::optional<geodb::GlobalId> identity(const std::vector<Value>& row) const;
    void put_now(const wire::FeatureJson& feature);
    void erase_now(const geodb::GlobalId& feature);
    bool erase_row(geodb::ObjectId oid);
    /// One round; false when none of those that wait got its place.
    bool place_waiting();
    void make_room_for_first();
    void put_settled(const wire::FeatureJson& feature);
    void erase_settled(const geodb::GlobalId& feature);
    std::vector<LoggedEdit> left_behind(geodb::ObjectId oid, const LoggedEdit& first);
    void insert(const wire::FeatureJson& feature);
    void update(geodb::ObjectId oid, const wire::FeatureJson& feature);
    void put_under_edits(geodb::ObjectId oid, const wire::FeatureJson& feature);
    void restore(const wire::FeatureJson& feature, const std::vector<std::optional<Value>>& base);
    Conflict conflict_about(const geodb::GlobalId& feature) const;
    std::string editor_of(const wire::FeatureJson& feature) const;
    void report(const wire::FeatureJson& feature, const ColumnConflict& conflict);
    void report_overwritten(const wire::FeatureJson& feature, const geodb::ColumnValue& theirs,
                            const geodb::Value& mine);
    /// "" for the side that deleted it.
    void report_deletion(Conflict&& conflict, const std::vector<std::optional<Value>>& base);

    geodb::Geodatabase& geodatabase_;
    const geodb::Layer& layer_;
    OnConflict on_conflict_;
    MergeRules rules_;
    geodb::FeatureWriter writer_;
    PendingLog log_;
    ChildRows children_;
    OnSetAside on_set_aside_ = [](RejectedEdit&&) {};
    std::vector<wire::FeatureJson> waiting_;      ///< another row has their value
    std::vector<geodb::GlobalId> waiting_to_go_;  ///< they still have children
    bool tells_overwritten_ = false;
    std::int64_t inserts_ = 0;
    std::int64_t updates_ = 0;
    std::int64_t deletes_ = 0;
};

}  // namespace rhumb::sync
