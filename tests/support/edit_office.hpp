// SPDX-License-Identifier: Apache-2.0
//
// An office whose layers have every rule that an edit may break.

#pragma once

#include "geodb/geodatabase.hpp"
#include "tests/support/catch.hpp"
#include "tests/support/office.hpp"

#include <string>

namespace rhumb::test {

/// 0 trees and 1 visits of Office, and
/// 2 "plots": polygons in 3857;
/// 3 "levels": points with Z and M;
/// 4 "tags": a table with code (text of 5, not null), kind (small integer), weight (single, at most 1000),
///   big (64 bit), tag (unique text), owner (GUID), seen (date), photo (blob);
/// 5 "tracked": points with the fields of editor tracking.
struct EditOffice {
    Office office;

    EditOffice() { office.restart([this] { add_layers(); }); }

    wire::Json apply(const std::string& layer, http::NameValues parameters) {
        return office.post("/" + layer + "/applyEdits", std::move(parameters));
    }
    std::int64_t count(const std::string& layer, const std::string& where = "1=1") {
        const auto answer = office.get("/" + layer + "/query",
                                       {{"where", where}, {"returnCountOnly", "true"}});
        INFO(wire::to_text(answer));
        return at(answer, "count").as_int64("count");
    }
    /// The attributes and the geometry of one feature.
    wire::Json feature(const std::string& layer, std::int64_t oid) {
        const auto answer = office.get("/" + layer + "/" + std::to_string(oid));
        INFO(wire::to_text(answer));
        return at(answer, "feature");
    }
    wire::Json attribute(const std::string& layer, std::int64_t oid, const std::string& name) {
        return at(feature(layer, oid), "attributes", name);
    }
    /// Adds a feature and tells its object id.
    std::int64_t add(const std::string& layer, const std::string& attributes,
                     const std::string& geometry = "null") {
        const auto answer = office.post(
            "/" + layer + "/addFeatures",
            {{"features", "[{\"attributes\":" + attributes + ",\"geometry\":" + geometry + "}]"}});
        INFO(wire::to_text(answer));
        return at(answer, "addResults", 0, "objectId").as_int64("objectId");
    }
    std::string global_id(const std::string& layer, std::int64_t oid) {
        return attribute(layer, oid, "global_id").as_string("global_id");
    }
    /// Everything that edits could change, as one text.
    std::string content() {
        std::string all;
        for (const char* layer : {"0", "1", "2", "3", "4", "5"}) {
            all += wire::to_text(office.get("/" + std::string(layer) + "/query",
                                            {{"where", "1=1"}, {"outFields", "*"}})) +
                   "\n";
        }
        return all + std::to_string(generation());
    }
    std::int64_t generation() { return office.open_file().timeline().head().value; }

private:
    void add_layers() {
        using namespace geodb;
        Geodatabase file = office.open_file();
        LayerPlan plots;
        plots.name = "plots";
        plots.geometry = GeometryColumn{"geom", GeometryType::MultiPolygon, 3857, false, false};
        plots.fields = {field("name", FieldType::String)};
        make_layer(file, plots);
        LayerPlan levels;
        levels.name = "levels";
        levels.geometry = GeometryColumn{"geom", GeometryType::Point, 4326, true, true};
        levels.fields = {field("name", FieldType::String)};
        make_layer(file, levels);
        LayerPlan tags;
        tags.name = "tags";
        tags.fields = {field("code", FieldType::String, 5), field("kind", FieldType::SmallInteger),
                       field("weight", FieldType::Single),  field("big", FieldType::BigInteger),
                       field("tag", FieldType::String),     field("owner", FieldType::Guid),
                       field("seen", FieldType::Date),      field("photo", FieldType::Blob)};
        tags.fields[0].nullable = false;
        make_layer(file, tags);
        file.database().execute("CREATE UNIQUE INDEX tags_tag ON tags (tag)");
        file.database().execute(
            "CREATE TRIGGER tags_heavy BEFORE INSERT ON tags WHEN NEW.weight > 1000 "
            "BEGIN SELECT RAISE(ABORT, 'too heavy'); END");
        LayerPlan tracked;
        tracked.name = "tracked";
        tracked.geometry = GeometryColumn{};
        tracked.fields = {field("name", FieldType::String), field("CreationDate", FieldType::Date),
                          field("Creator", FieldType::String, 128),
                          field("EditDate", FieldType::Date),
                          field("Editor", FieldType::String, 128)};
        make_layer(file, tracked);
    }
};

}  // namespace rhumb::test
