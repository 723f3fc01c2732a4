// SPDX-License-Identifier: Apache-2.0
#include "sync/connector/geojson_source.hpp"

#include "platform/error.hpp"
#include "platform/files.hpp"
#include "platform/text.hpp"
#include "sync/connector/field_names.hpp"
#include "sync/connector/geojson_crs.hpp"
#include "sync/wire/geojson.hpp"
#include "sync/wire/json_stream.hpp"

#include <algorithm>

namespace rhumb::connector {
namespace {

using wire::Json;
using Kind = SourceValue::Kind;

constexpr std::size_t kMaxLineBytes = 64u << 20;
constexpr char kRecordSeparator = '\x1E';

bool is_blank(char c) {
    return c == ' ' || c == '\t' || c == '\r' || c == '\n' || c == kRecordSeparator;
}

/// Finds out whether a text is one document or one a line, from its beginning: only then the
/// first document ends on the line where it begins and more follows.
class LineProbe {
public:
    /// False when it is known.
    bool take(std::string_view piece) {
        return std::all_of(piece.begin(), piece.end(), [this](char c) { return take(c); });
    }
    bool one_a_line() const { return one_a_line_; }

private:
    bool take(char c) {
        if (c == kRecordSeparator) one_a_line_ = true;
        if (one_a_line_) return false;
        if (ended_) {
            one_a_line_ = c == '{';
            return is_blank(c);
        }
        if (in_text_) {
            in_text_ = escaped_ || c != '"';
            escaped_ = !escaped_ && c == '\\';
            return true;
        }
        in_text_ = c == '"';
        if (c == '{' || c == '[') ++depth_;
        if (c == '}' || c == ']') ended_ = --depth_ <= 0;
        return depth_ == 0 || c != '\n';
    }

    std::int64_t depth_ = 0;
    bool in_text_ = false;
    bool escaped_ = false;
    bool ended_ = false;
    bool one_a_line_ = false;
};

bool has_one_a_line(const std::filesystem::path& path) {
    LineProbe probe;
    read_pieces(path, [&](std::string_view piece) { return probe.take(piece); });
    return probe.one_a_line();
}

SourceValue source_value(Json& value) {
    switch (value.kind()) {
        case Json::Kind::Null:
            return {};
        case Json::Kind::Bool:
            return {Kind::Bool, std::int64_t{*value.boolean() ? 1 : 0}};
        case Json::Kind::Integer:
            return {Kind::Integer, *value.integer()};
        case Json::Kind::Real:
            return {Kind::Real, *value.real()};
        case Json::Kind::Text:
            return {Kind::Text, std::move(*value.text())};
        default:
            return {Kind::Json, wire::to_text(value)};
    }
}

bool is_single_feature(const Json& root) {
    return wire::text_or_empty(root.find("type")) == "Feature";
}

bool is_collection(const Json& root) {
    const Json* features = root.find("features");
    return wire::text_or_empty(root.find("type")) == "FeatureCollection" && features != nullptr &&
           features->array() != nullptr;
}

[[noreturn]] void refuse_root(const Json& root) {
    const std::string_view type = wire::text_or_empty(root.find("type"));
    if (type == "FeatureCollection") {
        throw Error(Status::CorruptData, "the FeatureCollection has no array 'features'");
    }
    throw Error(Status::Unsupported,
                type.empty() ? "this is JSON, but no GeoJSON: it has no member type"
                             : "a GeoJSON file holds a FeatureCollection or a Feature, not a '" +
                                   excerpt(type, 40) + "'");
}

}  // namespace

GeoJsonSource::GeoJsonSource(std::filesystem::path path, std::optional<std::int32_t> crs,
                             Progress& progress)
    : path_(std::move(path)),
      progress_(progress),
      crs_is_given_(crs.has_value()),
      crs_(crs.value_or(4326)),
      one_a_line_(has_one_a_line(path_)) {}

std::string GeoJsonSource::row_name(std::uint64_t number) const {
    return (one_a_line_ ? "line " : "feature ") + std::to_string(number);
}

void GeoJsonSource::each(const OnRow& on_row) {
    if (one_a_line_) {
        read_lines(on_row);
    } else {
        read_document(on_row);
    }
}

void GeoJsonSource::read_document(const OnRow& on_row) {
    SourceFile file(path_, progress_);
    std::uint64_t features = 0;
    Json root =
        wire::stream_json([&](char* into, std::size_t room) { return file.read(into, room); },
                          file_name(path_), {"features.*"},
                          [&](const wire::JsonPath&, Json&& feature) {
                              hand_over(std::move(feature), ++features, on_row);
                          });
    try {
        if (!crs_is_given_) crs_ = geojson_crs(root);
        if (!is_single_feature(root) && !is_collection(root)) refuse_root(root);
    } catch (const Error& error) {
        throw error.within(file_name(path_));
    }
    if (is_single_feature(root)) hand_over(std::move(root), 1, on_row);
}

void GeoJsonSource::read_lines(const OnRow& on_row) {
    SourceFile file(path_, progress_);
    std::string piece(64u << 10, '\0');
    std::string line;
    std::uint64_t number = 1;
    while (const std::size_t bytes = file.read(piece.data(), piece.size())) {
        std::string_view rest(piece.data(), bytes);
        for (std::size_t end = rest.find('\n'); end != std::string_view::npos;
             end = rest.find('\n')) {
            line += rest.substr(0, end);
            read_line(line, number++, on_row);
            line.clear();
            rest.remove_prefix(end + 1);
        }
        line += rest;
        if (line.size() > kMaxLineBytes) {
            throw Error(Status::CorruptData, file_name(path_) + ", line " + std::to_string(number) +
                                                 ": longer than 64 MB");
        }
    }
    read_line(line, number, on_row);
}

void GeoJsonSource::read_line(std::string_view text, std::uint64_t line, const OnRow& on_row) {
    if (std::all_of(text.begin(), text.end(), is_blank)) return;
    if (text.front() == kRecordSeparator) text.remove_prefix(1);
    Json feature;
    try {
        feature = wire::parse_json(text, "");
    } catch (const Error& error) {
        // Every line is a document of its own: ", line 1, column 7: …" is on line `line` here.
        constexpr std::string_view kItsLine = ", line 1,";
        if (!error.message().starts_with(kItsLine)) throw error.within(file_name(path_));
        throw Error(error.status(), file_name(path_) + ", line " + std::to_string(line) + "," +
                                        error.message().substr(kItsLine.size()));
    }
    hand_over(std::move(feature), line, on_row);
}

void GeoJsonSource::hand_over(Json&& feature, std::uint64_t number, const OnRow& on_row) {
    row_.number = number;
    try {
        fill_row(row_, feature);
        on_row(row_);
    } catch (const Error& error) {
        throw error.within(file_name(path_) + ", " + row_name(number));
    }
}

void GeoJsonSource::fill_row(SourceRow& row, Json& feature) {
    row.values.assign(columns_.size(), {});
    if (feature.object() == nullptr) {
        throw Error(Status::CorruptData,
                    "a feature is an object, not " + std::string(wire::kind_name(feature)));
    }
    const std::string_view type = wire::text_or_empty(feature.find("type"));
    if (type != "Feature") {
        const bool esri = type.empty() && feature.find("attributes") != nullptr;
        throw Error(Status::Unsupported,
                    esri ? "this is Esri JSON, not GeoJSON"
                         : "its type is '" + excerpt(type, 40) + "', not Feature");
    }
    Json* properties = feature.find("properties");
    if (properties != nullptr && !properties->is_null()) {
        if (properties->object() == nullptr) {
            throw Error(Status::CorruptData, "properties must be an object or null");
        }
        for (Json::Member& member : *properties->object()) put(row, member.name, member.value);
    }
    Json* id = feature.find("id");
    const bool has_own_id = properties != nullptr && properties->find_any_case("id") != nullptr;
    if (id != nullptr && !has_own_id) put(row, "id", *id);
    const Json* geometry = feature.find("geometry");
    row.geometry = geometry != nullptr ? wire::read_geojson_geometry(*geometry) : std::nullopt;
}

void GeoJsonSource::put(SourceRow& row, const std::string& name, Json& value) {
    const std::size_t column = column_of(name);
    if (row.values.size() <= column) row.values.resize(column + 1);
    row.values[column] = source_value(value);
}

std::size_t GeoJsonSource::column_of(const std::string& name) {
    const auto [found, is_new] = column_numbers_.try_emplace(name, columns_.size());
    if (!is_new) return found->second;
    if (columns_.size() == kMaxColumns) {
        throw Error(Status::Unsupported,
                    "more than " + std::to_string(kMaxColumns) + " different properties");
    }
    columns_.push_back(name);
    return found->second;
}

}  // namespace rhumb::connector
