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
                  OnConflict on_conflict);

    /// The service has this row now, be it new or changed. Gives back whose it is.
    geodb::GlobalId put(const wire::Json& json);
    void put_feature(const wire::FeatureJson& feature);
    /// The same where just the columns that changed are known. False, and nothing is done, when
    /// the feature is not here.
    bool put_change(const wire::FeatureJson& feature);
    /// The service has the feature no more. One that is not here is no matter.
    void erase(const geodb::GlobalId& feature);

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
    std::optional<geodb::GlobalId> identity(const geodb::Row& row) const;
    void put_settled(const wire::FeatureJson& feature);
    void erase_settled(const geodb::GlobalId& feature);
    std::vector<LoggedEdit> left_behind(geodb::ObjectId oid, const LoggedEdit& first);
    void insert(const wire::FeatureJson& feature);
    void update(geodb::ObjectId oid, const wire::FeatureJson& feature);
    void put_under_edits(geodb::ObjectId oid, const wire::FeatureJson& feature);
    void report(const geodb::GlobalId& feature, const ColumnConflict& conflict);
    void report_deletion(const geodb::GlobalId& feature, const std::vector<Value>* mine,
                         const std::vector<Value>* theirs);

    geodb::Geodatabase& geodatabase_;
    const geodb::Layer& layer_;
    OnConflict on_conflict_;
    geodb::FeatureWriter writer_;
    PendingLog log_;
    std::int64_t inserts_ = 0;
    std::int64_t updates_ = 0;
    std::int64_t deletes_ = 0;
};

}  // namespace rhumb::sync
