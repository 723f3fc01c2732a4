// SPDX-License-Identifier: Apache-2.0
//
// A CSV file as rows: the header names the columns, the texts say what they look like, and
// columns of longitudes and latitudes make points.

#pragma once

#include "sync/connector/source_file.hpp"
#include "sync/connector/source_row.hpp"

#include <filesystem>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace rhumb::connector {

/// What a cell looks like. Numbers are those that are written as a number would be: "007",
/// "+49 30 1" and 20 digits are texts.
SourceValue::Kind kind_of_cell(std::string_view cell);

class CsvSource final : public RowSource {
public:
    /// `crs` is that of the points. Reads the header. `progress` outlives the source.
    CsvSource(std::filesystem::path path, std::int32_t crs, Progress& progress);

    void each(const std::function<void(SourceRow& row)>& on_row) override;
    const std::vector<std::string>& columns() const override { return columns_; }
    std::string row_name(std::uint64_t number) const override;
    std::int32_t crs() const override { return crs_; }
    std::vector<std::string> notes() const override;

private:
    struct PointColumns {
        std::size_t x;
        std::size_t y;
    };
    void read_header();
    char separator() const;
    void find_point_columns();
    void fill_row(SourceRow& row, const std::vector<std::string>& cells) const;
    std::optional<geodb::Geometry> point_of(const SourceRow& row) const;
    std::optional<double> ordinate(const SourceRow& row, std::size_t column) const;

    std::filesystem::path path_;
    std::int32_t crs_;
    Progress& progress_;
    std::vector<std::string> columns_;
    std::optional<PointColumns> point_;
    std::uint64_t short_rows_ = 0;
};

}  // namespace rhumb::connector
