// SPDX-License-Identifier: Apache-2.0
#include "sync/connector/csv_source.hpp"

#include "platform/error.hpp"
#include "platform/number.hpp"
#include "platform/text.hpp"
#include "sync/connector/csv_reader.hpp"

#include <algorithm>
#include <array>
#include <initializer_list>

namespace rhumb::connector {
namespace {

using Kind = SourceValue::Kind;

constexpr std::size_t kShownBytes = 40;  // of a cell, in a message

bool is_digit(char c) {
    return c >= '0' && c <= '9';
}

std::optional<std::size_t> find_column(const std::vector<std::string>& columns,
                                       std::initializer_list<std::string_view> names) {
    for (const std::string_view name : names) {
        for (std::size_t i = 0; i < columns.size(); ++i) {
            if (equal_ignoring_case(trimmed(columns[i]), name)) return i;
        }
    }
    return std::nullopt;
}

}  // namespace

Kind kind_of_cell(std::string_view cell) {
    cell = trimmed(cell);
    if (cell.empty()) return Kind::Null;
    if (equal_ignoring_case(cell, "true") || equal_ignoring_case(cell, "false")) return Kind::Bool;
    const std::string_view digits = cell.front() == '-' ? cell.substr(1) : cell;
    if (digits.empty() || (!is_digit(digits.front()) && digits.front() != '.')) return Kind::Text;
    // A leading zero would be lost: it is a code, not a number.
    if (digits.size() > 1 && digits[0] == '0' && is_digit(digits[1])) return Kind::Text;
    if (std::all_of(digits.begin(), digits.end(), is_digit)) {
        return parse_integer(cell) ? Kind::Integer : Kind::Text;
    }
    return parse_double(cell) ? Kind::Real : Kind::Text;
}

CsvSource::CsvSource(std::filesystem::path path, std::int32_t crs, Progress& progress)
    : path_(std::move(path)), crs_(crs), progress_(progress) {
    read_header();
    find_point_columns();
}

char CsvSource::separator() const {
    return lowered(path_.extension().string()) == ".tsv" ? '\t' : '\0';
}

void CsvSource::read_header() {
    Progress nobody({}, 0);
    SourceFile file(path_, nobody);
    try {
        CsvReader reader([&](char* into, std::size_t room) { return file.read(into, room); },
                         separator());
        if (reader.next(columns_)) return;
        throw Error(Status::CorruptData, "there is no header row");
    } catch (const Error& error) {
        throw error.within(file_name(path_));
    }
}

void CsvSource::find_point_columns() {
    const auto longitude = find_column(columns_, {"lon", "lng", "longitude"});
    const auto latitude = find_column(columns_, {"lat", "latitude"});
    if (longitude && latitude) {
        point_ = PointColumns{*longitude, *latitude};
        return;
    }
    const auto x = find_column(columns_, {"x"});
    const auto y = find_column(columns_, {"y"});
    if (x && y) point_ = PointColumns{*x, *y};
}

std::optional<double> CsvSource::ordinate(const SourceRow& row, std::size_t column) const {
    const SourceValue& cell = row.values[column];
    if (cell.kind == Kind::Null) return std::nullopt;
    const auto& text = std::get<std::string>(cell.value);
    const auto number = parse_double(text);
    if (number) return number;
    throw Error(Status::CorruptData, "'" + excerpt(text, kShownBytes) + "' in column '" +
                                         columns_[column] +
                                         "' is no number; a column of this name holds coordinates");
}

std::optional<geodb::Geometry> CsvSource::point_of(const SourceRow& row) const {
    if (!point_) return std::nullopt;
    const auto x = ordinate(row, point_->x);
    const auto y = ordinate(row, point_->y);
    if (!x && !y) return std::nullopt;
    if (!x || !y) {
        throw Error(Status::CorruptData, "column '" + columns_[x ? point_->y : point_->x] +
                                             "' is empty, but '" +
                                             columns_[x ? point_->x : point_->y] + "' is not");
    }
    geodb::Geometry point;
    point.coordinates = {*x, *y};
    return point;
}

void CsvSource::fill_row(SourceRow& row, const std::vector<std::string>& cells) const {
    if (cells.size() > columns_.size()) {
        throw Error(Status::CorruptData, std::to_string(cells.size()) +
                                             " values, but the header has " +
                                             std::to_string(columns_.size()) + " columns");
    }
    row.values.resize(columns_.size());
    for (std::size_t i = 0; i < columns_.size(); ++i) {
        SourceValue& value = row.values[i];
        value.kind = i < cells.size() ? kind_of_cell(cells[i]) : Kind::Null;
        if (value.kind == Kind::Null) {
            value.value = geodb::Null{};
        } else if (auto* text = std::get_if<std::string>(&value.value)) {
            *text = cells[i];
        } else {
            value.value = cells[i];
        }
    }
    row.geometry = point_of(row);
}

void CsvSource::each(const std::function<void(SourceRow& row)>& on_row) {
    SourceFile file(path_, progress_);
    std::vector<std::string> cells;
    SourceRow row;
    short_rows_ = 0;
    try {
        CsvReader reader([&](char* into, std::size_t room) { return file.read(into, room); },
                         separator());
        reader.next(cells);
        while (reader.next(cells)) {
            row.number = reader.line();
            try {
                fill_row(row, cells);
                on_row(row);
            } catch (const Error& error) {
                throw error.within(row_name(row.number));
            }
            if (cells.size() < columns_.size()) ++short_rows_;
        }
    } catch (const Error& error) {
        throw error.within(file_name(path_));
    }
}

std::string CsvSource::row_name(std::uint64_t number) const {
    return "line " + std::to_string(number);
}

std::vector<std::string> CsvSource::notes() const {
    if (short_rows_ == 0) return {};
    return {std::to_string(short_rows_) +
            " lines have fewer values than the header has columns; the rest is NULL"};
}

}  // namespace rhumb::connector
