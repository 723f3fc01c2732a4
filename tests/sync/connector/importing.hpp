// SPDX-License-Identifier: Apache-2.0
//
// A geodatabase and a folder of source files, for the tests of imports.

#pragma once

#include "geodb/features/feature_reader.hpp"
#include "geodb/geometry/gpb.hpp"
#include "geodb/sqlite/statement.hpp"
#include "geodb/sqlite/transaction.hpp"
#include "platform/error.hpp"
#include "platform/files.hpp"
#include "sync/connector/import.hpp"
#include "tests/support/catch.hpp"
#include "tests/support/field_layers.hpp"

#include <string>
#include <string_view>
#include <vector>

namespace rhumb::test {

struct Importing {
    TempFolder folder;
    TestWorld world;
    geodb::Geodatabase file = geodb::Geodatabase::create(folder / "into.gpkg", world.world());

    std::filesystem::path write(const std::string& name, std::string_view content) {
        const auto path = folder / name;
        FileWriter writer(path, FileWriter::Mode::Replace);
        writer.write(content);
        return path;
    }
    /// A GeoPackage of another program: an empty one, then `sql`.
    std::filesystem::path write_gpkg(const std::string& name, const std::string& sql) {
        const auto path = folder / name;
        geodb::Geodatabase::create(path, world.world());
        auto database =
            geodb::sqlite::Database::open(path, geodb::sqlite::Database::Mode::ReadWrite);
        database.execute(
            "DROP TABLE rhumb_meta; DROP TABLE rhumb_layer; DROP TABLE rhumb_field; "
            "DROP TABLE rhumb_changeset; DELETE FROM gpkg_contents; " +
            sql);
        return path;
    }

    /// In a transaction of its own.
    std::vector<connector::ImportedLayer> import(const std::filesystem::path& source,
                                                 const connector::ImportOptions& options = {}) {
        geodb::sqlite::Transaction transaction(file.database());
        auto made = connector::import_source(file, source, options);
        transaction.commit();
        return made;
    }
    connector::ImportedLayer import_text(const std::string& name, std::string_view content,
                                         const connector::ImportOptions& options = {}) {
        return import(write(name, content), options).at(0);
    }

    const geodb::Field& field(std::string_view layer, std::string_view name) {
        const geodb::Layer& found = file.layer(layer);
        const auto index = found.find_field(name);
        if (!index) throw Error(Status::NotFound, "no field " + std::string(name));
        return found.fields[*index];
    }
    geodb::FieldType type(std::string_view layer, std::string_view name) {
        return field(layer, name).type;
    }
    /// All values of a column in the order of the rows, as text; NULL is "NULL".
    std::vector<std::string> column(const std::string& layer, const std::string& name) {
        std::vector<std::string> values;
        const geodb::Layer& found = file.layer(layer);
        geodb::sqlite::Statement rows(
            file.database(), "SELECT coalesce(" + geodb::sqlite::quoted_name(name) +
                                 ", 'NULL') FROM " + geodb::sqlite::quoted_name(found.table) +
                                 " ORDER BY " + geodb::sqlite::quoted_name(found.fid_column));
        while (rows.step()) values.emplace_back(rows.column_text(0));
        return values;
    }
    /// NULL is a Geometry without coordinates.
    std::vector<geodb::Geometry> geometries(std::string_view layer) {
        std::vector<geodb::Geometry> out;
        const geodb::Layer& found = file.layer(layer);
        geodb::FeatureQuery query;
        query.columns = {found.geometry_index()};
        geodb::FeatureCursor rows(file.database(), found, query);
        while (rows.next()) {
            out.push_back(rows.row().is_null(1) ? geodb::Geometry{}
                                                : geodb::read_gpb(rows.row().column_blob(1)));
        }
        return out;
    }
    /// The error of an import that must fail and leave nothing.
    Error refusal(const std::filesystem::path& source,
                  const connector::ImportOptions& options = {}) {
        const auto schema = file.database().int64_of("SELECT count(*) FROM sqlite_schema");
        const auto contents = file.database().int64_of("SELECT count(*) FROM gpkg_contents");
        geodb::sqlite::Transaction transaction(file.database());
        try {
            connector::import_source(file, source, options);
        } catch (const Error& error) {
            transaction.commit();  // a caller may go on: nothing of the import is in it
            CHECK(file.layers().empty());
            CHECK(file.database().int64_of("SELECT count(*) FROM sqlite_schema") == schema);
            CHECK(file.database().int64_of("SELECT count(*) FROM gpkg_contents") == contents);
            CHECK(file.database().int64_of("SELECT count(*) FROM rhumb_layer") == 0);
            return error;
        }
        return Error(Status::Ok, "(no error)");
    }
};

inline std::filesystem::path example(const std::string& name) {
    return std::filesystem::path(RHUMB_SOURCE_DIR) / "examples" / "data" / name;
}

using Catch::Matchers::Contains;
using Catch::Matchers::StartsWith;

}  // namespace rhumb::test
