// SPDX-License-Identifier: Apache-2.0
//
// What a layer or table is: its columns, its geometry, the rules for its values.

#pragma once

#include "geodb/field_type.hpp"
#include "geodb/geometry/geometry.hpp"
#include "geodb/ids.hpp"
#include "geodb/value.hpp"

#include <cstddef>
#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace rhumb::geodb {

/// The values a field may take (GeoPackage schema extension). A domain informs editors; it does
/// not refuse a value, as feature services do not either.
struct Domain {
    struct Choice {
        std::string code;
        std::string label;
    };
    std::string name;
    std::vector<Choice> choices;  ///< coded values; empty for a range
    std::optional<double> min;
    std::optional<double> max;
};

struct Field {
    std::string name;  ///< column name, letter for letter
    std::string alias;
    FieldType type = FieldType::String;
    std::int32_t length = 0;  ///< String: most characters; 0 = no limit
    bool nullable = true;
    std::optional<std::string> default_sql;  ///< as declared in the table
    std::optional<Domain> domain;

    bool editable() const { return type != FieldType::GlobalId && type != FieldType::Blob; }
};

/// What kind of geometry a layer keeps, as GeoPackage declares it.
struct GeometryColumn {
    std::string name;
    GeometryType type = GeometryType::Point;
    std::int32_t srs_id = 4326;  ///< EPSG code
    bool has_z = false;
    bool has_m = false;
};

/// What the triggers of a table do beside tracking.
struct TriggerDuties {
    bool rtree = false;      ///< those of the R-tree extension
    bool row_count = false;  ///< GDAL's count of rows
    /// A deletion takes children or attachments along, which only its triggers can do.
    bool deletes_fire = false;
};

/// The fields in which a layer keeps who made and last edited a feature, and when; by index.
struct EditorTracking {
    std::optional<std::size_t> created, creator, edited, editor;

    bool has(std::size_t field) const {
        return field == created || field == creator || field == edited || field == editor;
    }
};

/// Members of the layer resource of a feature service, each a JSON value.
using LayerDefinition = std::map<std::string, std::string>;

/// Columns are counted: the fields in table order, then the geometry, if any. The object id is no
/// column in this count.
struct Layer {
    LayerId id;
    std::string table;
    std::string name;
    std::string fid_column;
    std::string global_id_column;
    std::vector<Field> fields;
    std::optional<GeometryColumn> geometry;
    /// The table has triggers that are neither the standard's nor ours: a row stored may differ
    /// from the row that was sent.
    bool has_foreign_triggers = false;
    /// An edit of some layer may change rows of this one too: there are triggers of the users', or
    /// foreign keys with an action.
    bool edits_may_spread = false;
    /// None: an edit of the layer must fire its triggers, since nobody knows all that they do.
    std::optional<TriggerDuties> duties;
    std::string description;     ///< for people, as gpkg_contents has it
    LayerDefinition definition;  ///< what the columns cannot say: types, templates, drawing
    std::optional<EditorTracking> tracking;

    std::size_t column_count() const { return fields.size() + (geometry ? 1 : 0); }
    std::size_t geometry_index() const { return fields.size(); }
    std::size_t global_id_index() const;
    const std::string& column_name(std::size_t column) const;
    /// The field of that name in any letter case; nullopt when there is none.
    std::optional<std::size_t> find_field(std::string_view field_name) const;
};

}  // namespace rhumb::geodb
