// SPDX-License-Identifier: Apache-2.0
//
// What a feature service needs of its data base: the seam behind which the GeoPackage store is the
// embedded default and another store may serve many processes. Nothing above it knows SQL.

#pragma once

#include "geodb/features/feature_reader.hpp"
#include "geodb/features/feature_writer.hpp"
#include "geodb/features/summary_reader.hpp"
#include "geodb/geometry/geometry.hpp"
#include "geodb/ids.hpp"
#include "geodb/layer.hpp"
#include "geodb/relationships/relationship.hpp"
#include "geodb/tracking/net_edits.hpp"
#include "platform/uuid.hpp"
#include "sync/service/store/attachment_store.hpp"
#include "sync/service/store/history.hpp"
#include "sync/wire/wire_names.hpp"

#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace rhumb::service {

class JobTable;
class UploadTable;

using geodb::Generation;
using geodb::GlobalId;
using geodb::Layer;
using geodb::LayerId;
using geodb::ObjectId;
using geodb::Relationship;
using geodb::Value;

struct ReplicaScope;

struct StoreQuery {
    LayerId layer;
    std::string where;  ///< "" for all; parsed by the store, never passed on as text
    std::optional<std::vector<ObjectId>> object_ids;
    const geodb::SpatialFilter* area = nullptr;  ///< in the layer's spatial reference
    const ReplicaScope* members_of = nullptr;    ///< only rows that belong to this replica
    std::vector<std::size_t> columns;
    std::vector<geodb::OrderColumn> order;
    std::int64_t offset = 0;
    std::int64_t limit = -1;
    std::string user = {};  ///< whom CURRENT_USER in `where` means
};

/// What is asked of features together: geodb::SummaryQuery with the clauses as text.
struct StoreSummary {
    StoreQuery rows;  ///< which features; its columns, order and page are not looked at
    std::vector<geodb::SummaryColumn> groups;
    std::vector<geodb::StatisticColumn> statistics;
    std::vector<std::string> names;  ///< of the statistics, which `having` may use
    std::string having;              ///< "" for all groups
    std::vector<geodb::SummaryQuery::Order> order;
    std::int64_t offset = 0;
    std::int64_t limit = -1;
};

/// Features on the other side of a relationship.
struct StoreRelated {
    std::int32_t relationship = 0;
    bool from_origin = true;  ///< `from` are its origins, and their children are asked for
    std::vector<ObjectId> from;
    StoreQuery rows;  ///< of the other side; its object ids and area are not looked at
};

/// Attachments as queryAttachments asks for them.
struct AttachmentSelection {
    StoreQuery features;  ///< only what selects rows is looked at
    std::string where;    ///< on attachments; "" for all; parsed by the store
    // These as geodb::AttachmentQuery has them.
    std::vector<std::string> types, keywords;
    std::int64_t least_bytes = 0;
    std::optional<std::int64_t> most_bytes;
    std::vector<geodb::AttachmentQuery::Order> order;
    std::int64_t offset = 0;
    std::int64_t limit = -1;
};

/// A feature with the columns that were asked for, in that order. Valid during the call.
struct FeatureRow {
    ObjectId oid;
    std::vector<Value> values;
};
using OnRow = std::function<void(const FeatureRow&)>;
using OnRelated = std::function<void(ObjectId from, const FeatureRow&)>;
using OnRelatedCount = std::function<void(ObjectId from, std::int64_t count)>;

/// Which rows of a layer belong to a replica.
struct LayerFilter {
    LayerId layer;
    wire::QueryOption option = wire::QueryOption::UseFilter;
    std::string where;
    bool use_geometry = true;
    bool include_related = false;
    /// perLayer: the generation this layer's replica has last acknowledged.
    Generation acknowledged;
    /// perLayer and targetType server: see ReplicaTerms.
    std::optional<Generation> sibling = std::nullopt;
};

/// What was agreed with a replica beside its content.
struct ReplicaTerms {
    wire::TargetType target = wire::TargetType::Client;
    /// Seen from this service: download gives edits away, upload takes them.
    wire::SyncDirection direction = wire::SyncDirection::Bidirectional;
    std::string owner;
    /// Everything up to here was in the replica when it was made: what copies of it hold at least.
    Generation prepared;
    /// targetType server, perReplica: the generation of the *other* service up to which its edits
    /// were taken in here.
    std::optional<Generation> sibling;
    /// The last batch of the replica that was taken in. Follows from its outcome; never saved.
    std::optional<Uuid> last_batch = std::nullopt;
};

/// What belongs to a replica: its filters, and its area in the reference of each layer. Related
/// rows follow from other layers' rows, so all layers are asked together.
struct ReplicaScope {
    std::vector<LayerFilter> layers;
    std::map<LayerId, const geodb::SpatialFilter*> areas;
    /// The client does not fill in what its own adds left to a column's default: it is told.
    bool tells_defaults = false;

    const LayerFilter* layer(LayerId id) const;
    const geodb::SpatialFilter* area(LayerId id) const;
};

/// One replica as the service keeps it.
struct ReplicaRecord {
    Uuid id;
    std::string name;
    wire::SyncModel model = wire::SyncModel::PerReplica;
    std::vector<LayerFilter> layers;
    std::string geometry;  ///< Esri JSON or numbers, as it came; "" for none
    std::string geometry_type;
    std::optional<std::int32_t> geometry_epsg;
    /// Reference of geometries to and from the replica; none: each layer's own.
    std::optional<std::int32_t> replica_epsg;
    Generation acknowledged;  ///< perReplica
    ReplicaTerms terms;
    AttachmentAgreement attachments;
    std::int64_t created_ms = 0;
    std::int64_t last_sync_ms = 0;
    /// Since when nobody keeps history for it: it may upload, but no longer download.
    std::optional<std::int64_t> expired_ms;

    const LayerFilter* layer(LayerId id) const;
};

/// One net change that a replica must hear of.
struct ReplicaChange {
    enum class Kind : std::uint8_t { Add, Update, Delete };
    Kind kind;
    ObjectId oid;
    GlobalId feature;
    const std::vector<Value>* row;  ///< all columns; null for a delete. Valid during the call
    /// An update that the replica has no part in: which columns differ, and the row as the replica
    /// has it. Else null: it may have other values than anybody here remembers. A delete may tell
    /// the row as it was.
    const std::vector<std::size_t>* changed = nullptr;
    const std::vector<Value>* before = nullptr;
    bool moved = true;  ///< false: an update that left the geometry alone
};
using OnChange = std::function<void(const ReplicaChange&)>;

/// A state of the data that stays the same while it is read. One thread.
class StoreSnapshot {
public:
    virtual ~StoreSnapshot() = default;
    /// Everything up to this generation is in the snapshot.
    virtual Generation head() const = 0;
    virtual Generation oldest_kept() const = 0;
    /// The id of a generation's changeset; none when it is not recorded.
    virtual std::optional<std::string> changeset_id(Generation generation) = 0;
    virtual std::int64_t count(const StoreQuery& query) = 0;
    virtual void select(const StoreQuery& query, const OnRow& on_row) = 0;
    virtual std::optional<geodb::Envelope> extent(LayerId layer) = 0;
    /// Rows of values: the groups', then the statistics.
    virtual void summarize(const StoreSummary& summary, const geodb::OnValues& on_values) = 0;
    virtual std::int64_t count_summary(const StoreSummary& summary) = 0;
    /// By whom they belong to, in the order of object ids; the page counts over all.
    virtual void related(const StoreRelated& query, const OnRelated& on_related) = 0;
    virtual void count_related(const StoreRelated& query, const OnRelatedCount& on_count) = 0;
    /// What takes longer than this from now on ends with Error(Busy) with code 504. 0: no limit.
    virtual void end_after(std::int64_t ms) = 0;
    /// When the layer or its attachments were last edited, ms since 1970: a value that changes with
    /// every edit and only then.
    virtual std::int64_t last_edit_ms(LayerId layer) = 0;
    /// Net changes of (base, head] for a replica: rows that entered its filter are adds, rows that
    /// left it deletes. What the replica itself uploaded, and nobody else changed, is left out.
    void changes(const ReplicaScope& scope, LayerId layer, Generation base, const Uuid& replica,
                 const OnChange& on_change) {
        changes_within(scope, layer, {base, std::nullopt}, replica, on_change);
    }
    /// The same up to an earlier generation.
    virtual void changes_within(const ReplicaScope& scope, LayerId layer,
                                geodb::GenerationRange range, const Uuid& replica,
                                const OnChange& on_change) = 0;
    virtual std::vector<ReplicaRecord> replicas() = 0;
    /// The stored outcome of a batch, if it was applied already.
    virtual std::optional<std::string> outcome(const Uuid& replica, const Uuid& batch) = 0;
    virtual AttachmentReader& attachments() = 0;
    virtual UploadTable& uploads() = 0;
    virtual JobTable& jobs() = 0;
};

/// One write transaction; what is not committed is rolled back.
class StoreTransaction {
public:
    virtual ~StoreTransaction() = default;
    virtual std::optional<ObjectId> find(LayerId layer, const GlobalId& feature) = 0;
    /// The GlobalID of a row; none when there is no such row.
    virtual std::optional<GlobalId> global_id(LayerId layer, ObjectId feature) = 0;
    /// All columns of a row; none when there is no such row.
    virtual std::optional<std::vector<Value>> read(LayerId layer, ObjectId feature) = 0;
    /// The rows that a query selects as they are now; what it says of columns does not count.
    virtual std::vector<ObjectId> select(const StoreQuery& query) = 0;
    /// `values` and `unsaid` as geodb::FeatureWriter takes them.
    virtual ObjectId insert(LayerId layer, std::vector<Value>& values,
                            const std::vector<std::size_t>& unsaid) = 0;
    virtual bool update(LayerId layer, ObjectId feature,
                        const std::vector<geodb::ColumnValue>& changes) = 0;
    virtual bool erase(LayerId layer, ObjectId feature) = 0;
    /// Whether a feature of the layer has this value in a field, which has an index.
    virtual bool has(LayerId layer, const std::string& field, const Value& value) = 0;
    /// Whether an upload of `replica` made this feature.
    virtual bool made_by(LayerId layer, ObjectId feature, const Uuid& replica) = 0;
    /// Whether anybody but `replica` changed this feature after `base`.
    virtual bool changed_by_others(LayerId layer, ObjectId feature, Generation base,
                                   const Uuid& replica) = 0;
    /// Runs `edit` so that it takes effect whole or not at all. Passes its Error on.
    virtual void in_part(const std::function<void()>& edit) = 0;

    virtual std::optional<ReplicaRecord> replica(const Uuid& id) = 0;
    virtual void save_replica(const ReplicaRecord& replica) = 0;
    virtual bool remove_replica(const Uuid& id) = 0;
    virtual std::optional<std::string> outcome(const Uuid& replica, const Uuid& batch) = 0;
    virtual void save_outcome(const Uuid& replica, const Uuid& batch, const std::string& text) = 0;
    virtual UploadTable& uploads() = 0;
    virtual JobTable& jobs() = 0;

    virtual AttachmentWriter& attachments() = 0;

    /// Commits; the edits, if any, become one generation with this origin.
    virtual void commit(const geodb::Origin& origin) = 0;
};

/// Any thread.
class Store {
public:
    virtual ~Store() = default;
    /// The layers, by id. They stay as they are until read_definitions().
    virtual const std::vector<Layer>& layers() const = 0;
    /// Relationships between them, by id. They do not change either.
    virtual const std::vector<Relationship>& relationships() const = 0;
    virtual std::int64_t now_ms() const = 0;
    virtual Uuid new_id() = 0;
    /// A consistent view that has everything committed so far, other programs' edits included.
    virtual std::unique_ptr<StoreSnapshot> snapshot() = 0;
    /// Waits for other writers.
    virtual std::unique_ptr<StoreTransaction> write() = 0;

    /// Gives up history and takes it away; the oldest generation that is kept from now on. Throws
    /// InvalidArgument when a living replica needs what is to go.
    virtual Generation give_up_history(const HistoryCut& cut) = 0;
    /// Lets idle replicas expire and takes away history that nobody needs.
    virtual void housekeep(const HistoryPolicy& policy) = 0;

    /// Whether somebody changed the file's definitions since they were read.
    virtual bool definitions_changed() = 0;
    /// Reads layers and relationships again. Nobody else may use the store meanwhile, and
    /// references to them end.
    virtual void read_definitions() = 0;

    /// Throws NotFound naming the id.
    const Layer& layer(LayerId id) const;
};

/// All layers, those of parents before those of their children.
std::vector<LayerId> layers_parents_first(const Store& store);

}  // namespace rhumb::service
