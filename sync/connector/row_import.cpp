// SPDX-License-Identifier: Apache-2.0
#include "sync/connector/row_import.hpp"

#include "geodb/features/feature_writer.hpp"
#include "geodb/geometry/crs.hpp"
#include "geodb/geometry/envelope.hpp"
#include "geodb/geometry/gpb.hpp"
#include "platform/error.hpp"
#include "sync/connector/field_names.hpp"
#include "sync/connector/field_profile.hpp"
#include "sync/connector/geometry_profile.hpp"
#include "sync/connector/identity.hpp"

#include <cmath>

namespace rhumb::connector {
namespace {

using geodb::FieldType;
using geodb::Layer;
using geodb::Value;

/// What the first reading learns.
struct Survey {
    IdentityScan ids;
    GeometryProfile geometry;
    std::vector<FieldProfile> fields;
    std::optional<geodb::Envelope> extent;
    std::uint64_t rows = 0;

    void add(const RowSource& source, const SourceRow& row);
};

void Survey::add(const RowSource& source, const SourceRow& row) {
    while (fields.size() < source.columns().size()) {
        ids.add_column(source.columns()[fields.size()]);
        fields.emplace_back();
    }
    for (std::size_t i = 0; i < row.values.size(); ++i) fields[i].add(row.values[i]);
    for (const std::size_t column : ids.watched()) {
        if (column >= row.values.size()) continue;
        const SourceValue& value = row.values[column];
        if (value.kind != SourceValue::Kind::Null) ids.add(column, value.value, row.number);
    }
    if (row.geometry) {
        geometry.add(*row.geometry, row.number);
        expand(extent, envelope_of(*row.geometry));
    }
    ++rows;
}

/// Projected coordinates in a file that does not say so end up off the coast of Africa or nowhere.
void note_odd_places(const Survey& survey, std::int32_t crs, std::vector<std::string>& notes) {
    constexpr geodb::Envelope kAllDegrees{-360, -90, 360, 90};
    if (!survey.extent || !geodb::crs_is_geographic(crs)) return;
    if (geodb::contains(kAllDegrees, *survey.extent)) return;
    notes.push_back("coordinates are no longitudes and latitudes, as EPSG:" + std::to_string(crs) +
                    " would have them; the CRS may be another one");
}

geodb::LayerPlan plan_layer(const RowSource& source, const Survey& survey, const Identity& identity,
                            const std::string& name, std::vector<std::string>& notes) {
    geodb::LayerPlan plan;
    plan.name = name;
    plan.geometry = survey.geometry.column(source.crs());
    const std::vector<std::string> names = column_names(source.columns(), notes);
    for (std::size_t i = 0; i < names.size(); ++i) {
        geodb::Field field;
        field.name = names[i];
        field.alias = source.columns()[i].empty() ? names[i] : source.columns()[i];
        // A header of the file may have columns without a single row below.
        field.type = i < survey.fields.size() ? survey.fields[i].type() : FieldType::String;
        if (identity.is_global_id && identity.column == i) field.type = FieldType::GlobalId;
        const bool guid = field.type == FieldType::Guid || field.type == FieldType::GlobalId;
        field.length = guid ? 38 : 0;
        plan.fields.push_back(std::move(field));
    }
    return plan;
}

/// The second reading.
class RowWriter {
public:
    RowWriter(geodb::Geodatabase& into, const Layer& layer, std::size_t source_columns,
              const IdentityScan& ids, const Identity& identity)
        : layer_(layer),
          writer_(into, layer_, geodb::FeatureWriter::Tracking::Unlogged),
          ids_(ids),
          identity_(identity),
          source_columns_(source_columns),
          first_(layer_.fields.size() - source_columns),
          global_id_(layer_.global_id_index()) {}

    void write(SourceRow& row) {
        if (row.values.size() > source_columns_ || (row.geometry && !layer_.geometry)) {
            throw Error(Status::Io, "the file was changed while it was read");
        }
        values_.assign(layer_.column_count(), geodb::Null{});
        if (identity_.column && *identity_.column < row.values.size()) {
            const auto id = ids_.id_of(row.values[*identity_.column].value);
            if (id) values_[global_id_] = id->braced();
        }
        for (std::size_t i = 0; i < row.values.size(); ++i) put(first_ + i, row.values[i]);
        if (row.geometry) {
            auto geometry = with_ordinates_of(*layer_.geometry, std::move(*row.geometry));
            values_[layer_.geometry_index()] = geodb::write_gpb(
                geodb::fitted_geometry(layer_, std::move(geometry)), layer_.geometry->srs_id);
        }
        writer_.insert(values_);
    }
    std::int64_t rows() const { return writer_.edits(); }

private:
    void put(std::size_t column, SourceValue& value) {
        if (column == global_id_ || value.kind == SourceValue::Kind::Null) return;
        const FieldType type = layer_.fields[column].type;
        values_[column] = geodb::stored_value(layer_, column, plain_value(std::move(value), type));
    }

    const Layer layer_;  // a copy: the geodatabase may make room for more layers
    geodb::FeatureWriter writer_;
    const IdentityScan& ids_;
    const Identity identity_;
    std::size_t source_columns_;
    std::size_t first_;  ///< our column of the source's first: a GlobalID may stand before it
    std::size_t global_id_;
    std::vector<Value> values_;
};

}  // namespace

ImportedLayer import_rows(geodb::Geodatabase& into, RowSource& source, const std::string& name,
                          const std::optional<std::string>& id_field, Progress& progress) {
    const auto row_name = [&](std::uint64_t row) { return source.row_name(row); };
    ImportedLayer made;
    made.name = name;
    progress.begin_part(0, 2);
    Survey survey{IdentityScan(name, id_field, row_name), GeometryProfile(row_name), {}, {}, 0};
    source.each([&](SourceRow& row) { survey.add(source, row); });
    for (std::size_t i = survey.fields.size(); i < source.columns().size(); ++i) {
        survey.ids.add_column(source.columns()[i]);
    }

    made.notes = source.notes();
    const Identity identity = survey.ids.settle(survey.rows, made.notes);
    const geodb::LayerPlan plan = plan_layer(source, survey, identity, name, made.notes);
    if (plan.geometry) note_odd_places(survey, plan.geometry->srs_id, made.notes);

    progress.begin_part(1, 2);
    made.id = into.add_layer(plan).id;
    RowWriter writer(into, into.layer(made.id), plan.fields.size(), survey.ids, identity);
    source.each([&](SourceRow& row) { writer.write(row); });
    made.features = writer.rows();
    into.finish_layer(made.id);
    return made;
}

}  // namespace rhumb::connector
