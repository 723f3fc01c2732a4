// SPDX-License-Identifier: Apache-2.0
#include "geodb/extract/extract_layers.hpp"

#include "geodb/features/feature_condition.hpp"
#include "geodb/rtree/packed_rtree.hpp"
#include "geodb/rtree/rtree_index.hpp"
#include "geodb/sqlite/connection.hpp"
#include "geodb/sqlite/statement.hpp"
#include "geodb/sqlite/transaction.hpp"
#include "platform/error.hpp"
#include "platform/files.hpp"

namespace rhumb::geodb {
namespace {

using sqlite::quoted_name;

/// Name under which the source is attached to the new file.
constexpr const char* kSource = "\"rhumb_source\".";

/// Rows that are still in memory need not be read again for index and R-tree.
constexpr const char* kBuildPragmas = "PRAGMA cache_size = -65536";

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
    explicit BoxesOnTheWay(sqlite::Database& database) : database_(database) {
        database.connection().on_box = [this](const std::optional<Envelope>& box) {
            ++rows_;
            if (box) boxes_.add(rows_, *box);
        };
    }
    BoxesOnTheWay(const BoxesOnTheWay&) = delete;
    BoxesOnTheWay& operator=(const BoxesOnTheWay&) = delete;
    ~BoxesOnTheWay() { database_.connection().on_box = nullptr; }

    /// The last condition of the rows, which all that are written meet.
    static std::string also(const Layer& layer, const std::string& conditions) {
        if (!layer.geometry) return conditions;
        return conditions + (conditions.empty() ? " WHERE" : " AND") + " rhumb_boxed(" +
               quoted_name(layer.geometry->name) + ")";
    }

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

std::int64_t copy_rows(Geodatabase& target, const Layer& from, const Layer& to,
                       const LayerExtract& what) {
    if (!what.with_features) return 0;
    FeatureQuery query;
    query.area = what.area;
    query.where = what.where;
    const std::string conditions = condition_sql(from, query, kSource);
    sqlite::Statement copy(target.database(), "INSERT INTO main." + quoted_name(to.table) + " (" +
                                                  columns_of(to) + ") SELECT " + columns_of(from) +
                                                  " FROM " + kSource + quoted_name(from.table) +
                                                  BoxesOnTheWay::also(from, conditions));
    bind_condition(copy, from, query);
    BoxesOnTheWay boxes(target.database());
    copy.run();
    const std::int64_t rows = target.database().changes();
    if (to.geometry) boxes.create_index(to, rows);
    return rows;
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
