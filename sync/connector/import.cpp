// SPDX-License-Identifier: Apache-2.0
#include "sync/connector/import.hpp"

#include "geodb/sqlite/transaction.hpp"
#include "platform/error.hpp"
#include "platform/files.hpp"
#include "platform/text.hpp"
#include "sync/connector/csv_source.hpp"
#include "sync/connector/field_names.hpp"
#include "sync/connector/geojson_source.hpp"
#include "sync/connector/gpkg_import.hpp"
#include "sync/connector/row_import.hpp"
#include "sync/connector/source_file.hpp"

#include <algorithm>
#include <array>
#include <optional>
#include <system_error>

namespace rhumb::connector {
namespace {

namespace fs = std::filesystem;

enum class Format { GeoJson, Csv, Gpkg };

struct Extension {
    std::string_view text;
    Format format;
};
constexpr std::array<Extension, 9> kExtensions{{{".geojson", Format::GeoJson},
                                                {".json", Format::GeoJson},
                                                {".geojsonl", Format::GeoJson},
                                                {".geojsons", Format::GeoJson},
                                                {".ndjson", Format::GeoJson},
                                                {".jsonl", Format::GeoJson},
                                                {".csv", Format::Csv},
                                                {".tsv", Format::Csv},
                                                {".gpkg", Format::Gpkg}}};

std::optional<Format> format_named(const fs::path& file) {
    const std::string extension = lowered(file.extension().string());
    for (const Extension& known : kExtensions) {
        if (known.text == extension) return known.format;
    }
    return std::nullopt;
}

/// Bytes that cannot be mistaken go before the extension, and stand in for one we do not know.
Format format_of(const fs::path& source) {
    constexpr std::string_view kSqlite("SQLite format 3\0", 16);
    const std::string begin = first_bytes(source, 64);
    if (begin.starts_with(kSqlite)) return Format::Gpkg;
    if (const auto format = format_named(source)) return *format;
    if (trimmed(begin).starts_with('{')) return Format::GeoJson;
    throw Error(Status::Unsupported, file_name(source) +
                                         " is no format that can be imported (GeoJSON: .geojson, "
                                         ".json, .geojsonl; CSV: .csv, .tsv; GeoPackage: .gpkg)");
}

void check_source(const geodb::Geodatabase& into, const fs::path& source) {
    std::error_code ignored;
    if (!fs::exists(source, ignored)) {
        throw Error(Status::NotFound, "there is no file " + file_name(source));
    }
    if (fs::is_directory(source, ignored)) {
        throw Error(Status::InvalidArgument, file_name(source) + " is a folder");
    }
    if (fs::equivalent(source, into.path(), ignored)) {
        throw Error(Status::InvalidArgument, file_name(source) + " cannot be imported into itself");
    }
}

std::string single_layer_name(const fs::path& source, const ImportOptions& options) {
    const std::string stem = source.stem().string();
    for (const std::string& wanted : options.source_layers) {
        if (equal_ignoring_case(wanted, stem)) continue;
        throw Error(Status::NotFound,
                    file_name(source) + " has no layer '" + wanted + "' (it has: " + stem + ")");
    }
    const std::string name = options.layer.value_or(stem);
    check_layer_name(name);
    return name;
}

std::vector<ImportedLayer> import_format(geodb::Geodatabase& into, const fs::path& source,
                                         const ImportOptions& options, Progress& progress) {
    const Format format = format_of(source);
    if (format == Format::Gpkg) return import_gpkg(into, source, options, progress);
    const std::string name = single_layer_name(source, options);
    if (into.database().has_table(name)) {
        throw Error(Status::AlreadyExists, "there is a layer or table '" + name + "' in " +
                                               file_name(into.path()) + " already");
    }
    if (format == Format::Csv) {
        CsvSource rows(source, options.crs.value_or(4326), progress);
        return {import_rows(into, rows, name, options.id_field, progress)};
    }
    GeoJsonSource rows(source, options.crs, progress);
    return {import_rows(into, rows, name, options.id_field, progress)};
}

/// What was in memory of layers that are gone again.
void forget_new_layers(geodb::Geodatabase& into) noexcept {
    try {
        into.reload();
    } catch (const std::exception&) {  // the error that led here says more
    }
}

}  // namespace

bool is_named_as_source(const fs::path& file) {
    const auto format = format_named(file);
    return format && *format != Format::Gpkg;
}

std::vector<ImportedLayer> import_source(geodb::Geodatabase& into, const fs::path& source,
                                         const ImportOptions& options) {
    if (!into.database().in_transaction()) {
        throw Error(Status::InvalidArgument, "an import needs a transaction of its caller");
    }
    check_source(into, source);
    Progress progress(options.on_progress, rhumb::file_size(source));
    try {
        geodb::sqlite::Savepoint all_or_nothing(into.database());
        auto made = import_format(into, source, options, progress);
        progress.finish();
        all_or_nothing.keep();
        into.reload();
        return made;
    } catch (...) {
        forget_new_layers(into);
        throw;
    }
}

}  // namespace rhumb::connector
