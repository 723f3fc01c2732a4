// SPDX-License-Identifier: Apache-2.0
#include "tests/support/field_layers.hpp"

#include "geodb/features/value_rules.hpp"
#include "geodb/geometry/gpb.hpp"
#include "geodb/sqlite/transaction.hpp"
#include "tests/support/catch.hpp"

#include <cstdlib>

namespace rhumb::test {

using namespace geodb;

TempFolder::TempFolder() {
    std::string name = (std::filesystem::temp_directory_path() / "rhumb-test-XXXXXX").string();
    REQUIRE(::mkdtemp(name.data()) != nullptr);
    path_ = name;
}

TempFolder::~TempFolder() {
    std::error_code ignored;
    std::filesystem::remove_all(path_, ignored);
}

Field field(std::string name, FieldType type, std::int32_t length) {
    Field made;
    made.alias = name;
    made.name = std::move(name);
    made.type = type;
    made.length = length;
    return made;
}

const Layer& make_layer(Geodatabase& geodatabase, const LayerPlan& plan) {
    sqlite::Transaction transaction(geodatabase.database());
    const LayerId id = geodatabase.add_layer(plan).id;
    geodatabase.finish_layer(id);
    transaction.commit();
    geodatabase.reload();
    return geodatabase.layer(id);
}

LayerPlan trees_plan() {
    LayerPlan plan;
    plan.name = "trees";
    plan.geometry = GeometryColumn{};
    plan.fields = {field("species", FieldType::String, 120), field("dbh", FieldType::Double),
                   field("planted", FieldType::Date), field("site_order", FieldType::Integer)};
    return plan;
}

LayerPlan visits_plan() {
    LayerPlan plan;
    plan.name = "visits";
    plan.fields = {field("tree", FieldType::Guid, 38), field("note", FieldType::String, 500),
                   field("day", FieldType::Date)};
    return plan;
}

Value point(double x, double y, std::int32_t srs) {
    Geometry geometry;
    geometry.coordinates = {x, y};
    return write_gpb(geometry, srs);
}

GlobalId add_feature(Geodatabase& geodatabase, std::string_view layer_name,
                     const Attributes& attributes, Value shape) {
    const Layer& layer = geodatabase.layer(layer_name);
    std::vector<Value> values(layer.column_count());
    for (const auto& [name, value] : attributes) {
        const std::size_t column = layer.find_field(name).value();
        values[column] = stored_value(layer, column, value);
    }
    if (layer.geometry) values[layer.geometry_index()] = std::move(shape);
    sqlite::Transaction transaction(geodatabase.database());
    FeatureWriter writer(geodatabase, layer, FeatureWriter::Tracking::Logged);
    writer.insert(values);
    transaction.commit();
    return {Uuid::parse(std::get<std::string>(values[layer.global_id_index()])).value()};
}

void update_feature(Geodatabase& geodatabase, std::string_view layer_name, const GlobalId& feature,
                    const Attributes& attributes) {
    const Layer& layer = geodatabase.layer(layer_name);
    std::vector<ColumnValue> changes;
    for (const auto& [name, value] : attributes) {
        const bool shape = layer.geometry && name == layer.geometry->name;
        const std::size_t column = shape ? layer.geometry_index() : layer.find_field(name).value();
        changes.push_back({column, stored_value(layer, column, value)});
    }
    sqlite::Transaction transaction(geodatabase.database());
    FeatureWriter writer(geodatabase, layer, FeatureWriter::Tracking::Logged);
    REQUIRE(writer.update(writer.find(feature).value(), changes));
    transaction.commit();
}

void erase_feature(Geodatabase& geodatabase, std::string_view layer_name, const GlobalId& feature) {
    const Layer& layer = geodatabase.layer(layer_name);
    sqlite::Transaction transaction(geodatabase.database());
    FeatureWriter writer(geodatabase, layer, FeatureWriter::Tracking::Logged);
    REQUIRE(writer.erase(writer.find(feature).value()));
    transaction.commit();
}

}  // namespace rhumb::test
