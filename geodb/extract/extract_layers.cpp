// SPDX-License-Identifier: Apache-2.0
#include "geodb/extract/extract_layers.hpp"

#include "geodb/features/feature_condition.hpp"
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

std::int64_t copy_rows(Geodatabase& target, const Layer& from, const Layer& to,
                       const LayerExtract& what) {
    if (!what.with_features) return 0;
    FeatureQuery query;
    query.area = what.area;
    query.where = what.where;
    sqlite::Statement copy(target.database(), "INSERT INTO main." + quoted_name(to.table) + " (" +
                                                  columns_of(to) + ") SELECT " + columns_of(from) +
                                                  " FROM " + kSource + quoted_name(from.table) +
                                                  condition_sql(from, query, kSource));
    bind_condition(copy, from, query);
    copy.run();
    return target.database().changes();
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
