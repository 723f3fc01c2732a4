// SPDX-License-Identifier: Apache-2.0
#include "geodb/extract/extract_layers.hpp"

#include "geodb/features/feature_condition.hpp"
#include "geodb/rtree/packed_rtree.hpp"
#include "geodb/rtree/rtree_index.hpp"
#include "geodb/rtree/rtree_search.hpp"
#include "geodb/sqlite/connection.hpp"
#include "geodb/sqlite/row_source.hpp"
#include "geodb/sqlite/statement.hpp"
#include "geodb/sqlite/transaction.hpp"
#include "platform/error.hpp"
#include "platform/files.hpp"

#include <utility>

namespace rhumb::geodb {
namespace {

using sqlite::quoted_name;

/// Name under which the source is attached to the new file.
constexpr const char* kSource = "\"rhumb_source\".";

/// Rows that are still in memory need not be read again for index and R-tree.
constexpr const char* kBuildPragmas = "PRAGMA cache_size = -65536";

/// Eight bytes each; of more rows SQLite makes a tree, in a file where it must.
constexpr std::size_t kMostListed = 4'000'000;

LayerPlan plan_of(const Layer& layer) {
    LayerPlan plan;
    plan.name = layer.table;
    plan.fields = layer.fields;
    plan.geometry = layer.geometry;
    plan.id = layer.id;
    plan.description = layer.description;
    plan.definition = layer.definition;
    return plan;
}

/// Columns in the order of the layer; names may differ between the files, the order does not.
std::string columns_of(const Layer& layer) {
    std::string names;
    for (std::size_t i = 0; i < layer.column_count(); ++i) {
        names += (i == 0 ? "" : ", ") + quoted_name(layer.column_name(i));
    }
    return names;
}

/// Collects the boxes of rows as they are written, so that they need not be read again. A new
/// table numbers its rows from 1 in the order they come.
class BoxesOnTheWay {
public:
    explicit BoxesOnTheWay(sqlite::Database& database)
        : database_(database), boxes_(std::filesystem::absolute(database.path()).parent_path()) {
        database.connection().on_box = [this](const std::optional<Envelope>& box) {
            ++rows_;
            if (box) boxes_.add(rows_, *box);
        };
    }
    BoxesOnTheWay(const BoxesOnTheWay&) = delete;
    BoxesOnTheWay& operator=(const BoxesOnTheWay&) = delete;
    ~BoxesOnTheWay() { database_.connection().on_box = nullptr; }

    /// Makes the index when the rows written are those that were seen; else whoever finishes the
    /// layer does.
    void create_index(const Layer& layer, std::int64_t rows) {
        if (rows == 0 || rows_ != rows || database_.last_insert_rowid() != rows) return;
        create_rtree(database_, {layer.table, layer.fid_column, layer.geometry->name}, boxes_);
    }

private:
    sqlite::Database& database_;
    PackedRtree boxes_;
    std::int64_t rows_ = 0;
};

/// Fids in order.
class Listed : public sqlite::RowSource {
public:
    explicit Listed(std::vector<std::int64_t> fids) : fids_(std::move(fids)) {}
    bool next() override {
        if (at_ == fids_.size()) return false;
        rowid = fids_[at_++];
        return true;
    }

private:
    std::vector<std::int64_t> fids_;
    std::size_t at_ = 0;
};

/// Where the rows of a layer come from, in SQL: those near the area by a list of their fids, if
/// that fits in memory, else all that a condition looks for.
class Rows {
public:
    Rows(sqlite::Database& database, const Layer& layer, const LayerExtract& what)
        : layer_(layer), area_(layer.geometry ? what.area : nullptr) {
        query_.where = what.where;
        if (area_ == nullptr) return;
        if (area_->is_bounded()) {
            auto fids =
                fids_near(database, kSource, {layer.table, layer.fid_column, layer.geometry->name},
                          area_->envelope(), kMostListed);
            if (fids) near_.emplace(std::move(*fids));
        }
        if (!near_) query_.area = area_;
    }

    std::string sql() const {
        const std::string table = std::string(kSource) + quoted_name(layer_.table);
        std::string sql = near_ ? "rhumb_rows(?) AS listed CROSS JOIN " + table + " ON " +
                                      quoted_name(layer_.fid_column) + " = listed.rowid"
                                : table;
        sql += condition_sql(layer_, query_, kSource);
        if (!layer_.geometry) return sql;
        // The last condition, so that it sees the rows that meet all others.
        return sql + (condition_is_empty() ? " WHERE" : " AND") + " rhumb_boxed(" +
               quoted_name(layer_.geometry->name) + ", ?)";
    }

    void bind(sqlite::Statement& statement) {
        int next = 1;
        if (near_) statement.bind_rows(next++, *near_);
        next = bind_condition(statement, layer_, query_, next);
        if (near_) statement.bind_filter(next, *area_);
    }

private:
    bool condition_is_empty() const { return !query_.where && query_.area == nullptr; }

    const Layer& layer_;
    const SpatialFilter* area_;
    FeatureQuery query_;
    std::optional<Listed> near_;
};

std::int64_t copy_rows(Geodatabase& target, const Layer& from, const Layer& to,
                       const LayerExtract& what) {
    if (!what.with_features) return 0;
    Rows rows(target.database(), from, what);
    sqlite::Statement copy(target.database(), "INSERT INTO main." + quoted_name(to.table) + " (" +
                                                  columns_of(to) + ") SELECT " + columns_of(from) +
                                                  " FROM " + rows.sql());
    rows.bind(copy);
    BoxesOnTheWay boxes(target.database());
    copy.run();
    const std::int64_t count = target.database().changes();
    if (to.geometry) boxes.create_index(to, count);
    return count;
}

Extract fill(Geodatabase& target, const Geodatabase& source,
             const std::vector<LayerExtract>& layers) {
    sqlite::Database& database = target.database();
    database.execute(kBuildPragmas);
    database.execute("ATTACH " +
                     sqlite::literal(std::filesystem::absolute(source.path()).string()) +
                     " AS \"rhumb_source\"");
    Extract extract;
    {
        sqlite::Transaction transaction(database);
        // The first read decides what all others see.
        const auto head = database.int64_of("SELECT max(generation) FROM " + std::string(kSource) +
                                            "rhumb_changeset");
        extract.at = {head.value_or(0)};
        for (const LayerExtract& what : layers) {
            const Layer& from = source.layer(what.layer);
            const Layer& to = target.add_layer(plan_of(from));
            extract.features[what.layer] = copy_rows(target, from, to, what);
            target.finish_layer(what.layer);
        }
        transaction.commit();
    }
    database.execute("DETACH \"rhumb_source\"; PRAGMA journal_mode = DELETE");
    return extract;
}

}  // namespace

Extract extract_layers(const Geodatabase& source, const std::filesystem::path& path, World world,
                       const std::vector<LayerExtract>& layers) {
    std::optional<Geodatabase> target(Geodatabase::create(path, world, Geodatabase::Durable::No));
    try {
        return fill(*target, source, layers);
    } catch (...) {
        target.reset();
        remove_quietly(path);
        throw;
    }
}

}  // namespace rhumb::geodb
