// SPDX-License-Identifier: Apache-2.0
//
// A GeoJSON file as rows: a FeatureCollection of any size, a single Feature, or features one a
// line (RFC 8142, with or without its record separators).

#pragma once

#include "sync/connector/source_file.hpp"
#include "sync/connector/source_row.hpp"
#include "sync/wire/json.hpp"

#include <filesystem>
#include <optional>
#include <string>
#include <unordered_map>
#include <vector>

namespace rhumb::connector {

class GeoJsonSource final : public RowSource {
public:
    /// `crs` goes before what the file says. `progress` outlives the source.
    GeoJsonSource(std::filesystem::path path, std::optional<std::int32_t> crs, Progress& progress);

    void each(const std::function<void(SourceRow& row)>& on_row) override;
    const std::vector<std::string>& columns() const override { return columns_; }
    std::string row_name(std::uint64_t number) const override;
    std::int32_t crs() const override { return crs_; }

private:
    using OnRow = std::function<void(SourceRow& row)>;
    void read_document(const OnRow& on_row);
    void read_lines(const OnRow& on_row);
    void read_line(std::string_view text, std::uint64_t line, const OnRow& on_row);
    void hand_over(wire::Json&& feature, std::uint64_t number, const OnRow& on_row);
    void fill_row(SourceRow& row, wire::Json& feature);
    void put(SourceRow& row, const std::string& name, wire::Json& value);
    std::size_t column_of(const std::string& name);

    std::filesystem::path path_;
    Progress& progress_;
    bool crs_is_given_;
    std::int32_t crs_;
    bool one_a_line_;
    SourceRow row_;
    std::vector<std::string> columns_;
    std::unordered_map<std::string, std::size_t> column_numbers_;
};

}  // namespace rhumb::connector
