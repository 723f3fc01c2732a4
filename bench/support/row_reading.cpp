// SPDX-License-Identifier: Apache-2.0
#include "bench/support/row_reading.hpp"

#include "platform/files.hpp"

#include <cstring>

namespace rhumb::bench {
namespace {

constexpr std::size_t kBufferBytes = 64 * 1024;

}  // namespace

std::uint64_t look_at(const geodb::sqlite::Statement& row) {
    std::uint64_t seen = 0;
    for (int column = 0; column < row.column_count(); ++column) {
        // Each value in its own form: asking for another would convert it.
        switch (row.column_type(column)) {
            case geodb::sqlite::Statement::ColumnType::Integer:
                seen += static_cast<std::uint64_t>(row.column_int64(column));
                break;
            case geodb::sqlite::Statement::ColumnType::Real:
                seen += row.column_double(column) > 0 ? 1u : 0u;
                break;
            case geodb::sqlite::Statement::ColumnType::Text:
                seen += row.column_text(column).size();
                break;
            case geodb::sqlite::Statement::ColumnType::Blob:
                seen += row.column_blob(column).size();
                break;
            case geodb::sqlite::Statement::ColumnType::Null:
                break;
        }
    }
    return seen;
}

std::int64_t read_all(geodb::sqlite::Statement& rows) {
    std::int64_t count = 0;
    std::uint64_t seen = 0;
    for (; rows.step(); ++count) seen += look_at(rows);
    return seen == 0 ? 0 : count;
}

BinaryDelta::BinaryDelta(const std::filesystem::path& path) : path_(path) {
    remove_quietly(path_);
    buffer_.reserve(2 * kBufferBytes);
}

void BinaryDelta::put_bytes(const void* bytes, std::size_t size) {
    buffer_.append(static_cast<const char*>(bytes), size);
}

void BinaryDelta::put_value(const geodb::Value& value) {
    buffer_ += static_cast<char>(value.index());
    const auto put_sized = [this](const void* bytes, std::size_t size) {
        const auto length = static_cast<std::uint32_t>(size);
        put_bytes(&length, sizeof length);
        put_bytes(bytes, size);
    };
    if (const auto* whole = std::get_if<std::int64_t>(&value)) put_bytes(whole, sizeof *whole);
    if (const auto* real = std::get_if<double>(&value)) put_bytes(real, sizeof *real);
    if (const auto* text = std::get_if<std::string>(&value)) put_sized(text->data(), text->size());
    if (const auto* blob = std::get_if<geodb::Blob>(&value)) put_sized(blob->data(), blob->size());
}

void BinaryDelta::put(const geodb::NetEdit& edit) {
    buffer_ += static_cast<char>(edit.kind);
    put_bytes(edit.feature.value.bytes.data(), edit.feature.value.bytes.size());
    if (edit.kind == geodb::NetEdit::Kind::Update) {
        buffer_ += static_cast<char>(edit.changed.size());
        for (const std::size_t column : edit.changed) {
            buffer_ += static_cast<char>(column);
            put_value(edit.after[column]);
        }
    } else {
        for (const geodb::Value& value : edit.after) put_value(value);
    }
    ++edits_;
    if (buffer_.size() < kBufferBytes) return;
    FileWriter(path_, FileWriter::Mode::Append).write(buffer_);
    buffer_.clear();
}

std::int64_t BinaryDelta::finish() {
    FileWriter(path_, FileWriter::Mode::Append).write(buffer_);
    buffer_.clear();
    return edits_;
}

}  // namespace rhumb::bench
