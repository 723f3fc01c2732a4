// SPDX-License-Identifier: Apache-2.0
#include "sync/connector/gpkg_import.hpp"

#include "geodb/features/feature_reader.hpp"
#include "geodb/features/feature_writer.hpp"
#include "geodb/geometry/gpb.hpp"
#include "platform/error.hpp"
#include "platform/text.hpp"
#include "sync/connector/column_rules.hpp"
#include "sync/connector/field_names.hpp"
#include "sync/connector/geometry_profile.hpp"
#include "sync/connector/gpkg_source.hpp"
#include "sync/connector/identity.hpp"

#include <numeric>

namespace rhumb::connector {
namespace {

using geodb::FieldType;
using geodb::Layer;
using geodb::Value;

std::string row_name(std::uint64_t row) {
    return "row " + std::to_string(row);
}

/// One table on its way.
class TableImport {
public:
    TableImport(geodb::Geodatabase& into, GpkgSource& source, const GpkgTable& table,
                std::string name, const std::optional<std::string>& id_field)
        : into_(into),
          source_(source),
          table_(table),
          from_(table.layer),
          ids_(name, id_field_for(id_field), row_name) {
        made_.name = std::move(name);
    }

    ImportedLayer run(const std::function<void()>& on_row) {
        scan_ids();
        const Identity identity = ids_.settle(static_cast<std::uint64_t>(table_.rows), made_.notes);
        const geodb::LayerPlan plan = plan_layer(identity);
        made_.id = into_.add_layer(plan).id;
        copy_rows(identity, on_row);
        into_.finish_layer(made_.id);
        return std::move(made_);
    }

private:
    std::optional<std::string> id_field_for(const std::optional<std::string>& asked_for) const {
        if (asked_for || from_.global_id_column.empty()) return asked_for;
        return from_.global_id_column;  // a Rhumb geodatabase says which it is
    }
    void scan_ids();
    geodb::LayerPlan plan_layer(const Identity& identity);
    void copy_rows(const Identity& identity, const std::function<void()>& on_row);
    Value copied(const Layer& to, std::size_t from_column, std::size_t to_column, Value&& value);
    std::string place(std::int64_t fid) const {
        return file_name(source_.path()) + ", table '" + from_.table + "', row " +
               std::to_string(fid);
    }

    geodb::Geodatabase& into_;
    GpkgSource& source_;
    const GpkgTable& table_;
    const Layer& from_;
    IdentityScan ids_;
    ImportedLayer made_;
};

void TableImport::scan_ids() {
    for (const geodb::Field& field : from_.fields) ids_.add_column(field.name);
    geodb::FeatureQuery query;
    query.columns = ids_.watched();
    if (query.columns.empty()) return;
    geodb::FeatureCursor rows(source_.database(), from_, query);
    while (rows.next()) {
        for (std::size_t i = 0; i < query.columns.size(); ++i) {
            const int column = static_cast<int>(i) + 1;
            if (rows.row().is_null(column)) continue;
            ids_.add(query.columns[i], rows.row().column_value(column),
                     static_cast<std::uint64_t>(rows.oid().value));
        }
    }
}

geodb::LayerPlan TableImport::plan_layer(const Identity& identity) {
    geodb::LayerPlan plan;
    plan.name = made_.name;
    plan.description = table_.description;
    plan.geometry = from_.geometry;
    std::vector<std::string> names;
    for (const geodb::Field& field : from_.fields) names.push_back(field.name);
    names = column_names(names, made_.notes);
    for (std::size_t i = 0; i < names.size(); ++i) {
        geodb::Field field = from_.fields[i];
        field.name = names[i];
        const bool is_id = identity.is_global_id && identity.column == i;
        if (is_id) {
            field.type = FieldType::GlobalId;
            field.length = 38;
            field.default_sql.reset();
        } else if (field.type == FieldType::GlobalId) {
            field.type = FieldType::Guid;
        }
        keep_plain_default(field, made_.notes);
        keep_domain(into_, field, made_.notes);
        plan.fields.push_back(std::move(field));
    }
    return plan;
}

Value TableImport::copied(const Layer& to, std::size_t from_column, std::size_t to_column,
                          Value&& value) {
    const bool is_geometry = from_.geometry && from_column == from_.geometry_index();
    const auto* blob = is_geometry ? std::get_if<geodb::Blob>(&value) : nullptr;
    if (blob == nullptr || !(to.geometry->has_z || to.geometry->has_m)) {
        return geodb::stored_value(to, to_column, value);
    }
    auto geometry = with_ordinates_of(*to.geometry, geodb::read_gpb(*blob));
    return geodb::write_gpb(geodb::fitted_geometry(to, std::move(geometry)), to.geometry->srs_id);
}

void TableImport::copy_rows(const Identity& identity, const std::function<void()>& on_row) {
    const Layer to = into_.layer(made_.id);  // a copy: it outlives further layers
    geodb::FeatureWriter writer(into_, to, geodb::FeatureWriter::Tracking::Unlogged);
    geodb::FeatureQuery query;
    query.columns.resize(from_.column_count());
    std::iota(query.columns.begin(), query.columns.end(), std::size_t{0});
    const std::size_t first = to.fields.size() - from_.fields.size();
    const std::size_t global_id = to.global_id_index();
    std::vector<Value> values;
    geodb::FeatureCursor rows(source_.database(), from_, query);
    while (rows.next()) {
        values.assign(to.column_count(), geodb::Null{});
        try {
            for (std::size_t i = 0; i < query.columns.size(); ++i) {
                Value value = rows.row().column_value(static_cast<int>(i) + 1);
                if (identity.column == i) {
                    const auto id = ids_.id_of(value);
                    if (id) values[global_id] = id->braced();
                }
                if (first + i == global_id) continue;
                values[first + i] = copied(to, i, first + i, std::move(value));
            }
            writer.insert(values);
        } catch (const Error& error) {
            throw error.within(place(rows.oid().value));
        }
        on_row();
    }
    made_.features = writer.edits();
}

/// The field, if a table has it: of several tables only some may.
std::optional<std::string> id_field_of(const Layer& table,
                                       const std::optional<std::string>& id_field) {
    return id_field && table.find_field(*id_field) ? id_field : std::nullopt;
}

void check_options(const std::vector<GpkgTable>& tables, const ImportOptions& options,
                   const std::string& file) {
    if (options.layer && tables.size() > 1) {
        throw Error(Status::InvalidArgument,
                    file + " has " + std::to_string(tables.size()) +
                        " layers: choose one of them to give it the name '" + *options.layer + "'");
    }
    if (!options.id_field) return;
    for (const GpkgTable& table : tables) {
        if (table.layer.find_field(*options.id_field)) return;
    }
    throw Error(Status::NotFound, file + ": no layer has a field '" + *options.id_field + "'");
}

}  // namespace

std::vector<ImportedLayer> import_gpkg(geodb::Geodatabase& into, const std::filesystem::path& path,
                                       const ImportOptions& options, Progress& progress) {
    GpkgSource source(path);
    const std::vector<GpkgTable> tables = source.tables(options.source_layers, options.crs);
    check_options(tables, options, file_name(path));
    std::uint64_t total = 0;
    for (const GpkgTable& table : tables) total += static_cast<std::uint64_t>(table.rows);
    std::uint64_t done = 0;
    std::vector<ImportedLayer> made;
    for (const GpkgTable& table : tables) {
        const std::string name = options.layer.value_or(table.layer.name);
        check_layer_name(name);
        TableImport one(into, source, table, name, id_field_of(table.layer, options.id_field));
        made.push_back(one.run([&] { progress.at(++done, total); }));
    }
    auto& notes = made.front().notes;
    notes.insert(notes.end(), source.left_out().begin(), source.left_out().end());
    return made;
}

}  // namespace rhumb::connector
