// SPDX-License-Identifier: Apache-2.0
//
// Writes the packed form of a delta: rows are gathered by kind and go out block by block.
#include "platform/files.hpp"
#include "sync/delta/delta_reader.hpp"
#include "sync/delta/delta_sink.hpp"
#include "sync/delta/packed_columns.hpp"
#include "sync/delta/packed_head.hpp"

#include <algorithm>
#include <array>
#include <limits>
#include <optional>

namespace rhumb::delta {
namespace {

using geodb::GlobalId;
using geodb::Layer;
using geodb::Value;

/// A block goes out when it holds so much, so memory does not grow with the rows' size.
constexpr std::size_t kBlockBytes = 1024 * 1024;
constexpr std::size_t kNone = std::numeric_limits<std::size_t>::max();

/// The rows of one kind that are on their way out.
struct Gathered {
    std::size_t rows = 0;
    std::size_t bytes = 0;
    std::string features;
    std::string masks;
    std::vector<ColumnBuffer> columns;

    void begin_row(const GlobalId& feature) {
        ++rows;
        const auto& id = feature.value.bytes;
        features.append(reinterpret_cast<const char*>(id.data()), id.size());
    }
    void add(std::size_t number, const Stored& value) {
        columns[number].add(value);
        bytes += value.bytes.size() + sizeof(std::int64_t);
    }
    void clear() {
        rows = bytes = 0;
        features.clear();
        masks.clear();
        for (ColumnBuffer& column : columns) column.clear();
    }
};

/// The layer that is being written.
struct LayerRows {
    explicit LayerRows(const Layer& of)
        : layer(of),
          columns(of),
          codec(of, columns),
          number_of(of.column_count(), kNone),
          mask(columns.size()) {
        for (std::size_t i = 0; i < columns.size(); ++i) number_of[columns[i].index] = i;
        gathered[static_cast<std::size_t>(Kind::Add)].columns.resize(columns.size());
        gathered[static_cast<std::size_t>(Kind::Update)].columns.resize(columns.size());
    }
    const Layer& layer;
    Columns columns;
    ValueCodec codec;
    std::vector<std::size_t> number_of;  ///< by column of the layer
    ColumnMask mask;
    std::array<Gathered, 3> gathered;  ///< by Kind
};

class PackedSink final : public DeltaSink {
public:
    PackedSink(const std::filesystem::path& path, const Header& header)
        : file_(path, FileWriter::Mode::Replace) {
        head_.header = header;
        file_.write(kPackedMagic);
    }

    void begin_layer(const Layer& layer, const LayerTerms& terms) override {
        end_layer();
        rows_.emplace(layer);
        head_.layers.push_back({terms, rows_->columns, {}});
        head_.layers.back().terms.layer = layer.id;
    }

    void add(const GlobalId& feature, const std::vector<Value>& row) override {
        check_row_size(rows_->layer, feature, row);
        Gathered& rows = gathered(Kind::Add);
        rows.begin_row(feature);
        for (std::size_t i = 0; i < rows_->columns.size(); ++i) {
            rows.add(i, rows_->codec.stored(i, row[rows_->columns[i].index]).value_or(Stored{}));
        }
        flush_full(Kind::Add);
    }

    /// Whoever takes it knows the row as it was, so what was there before does not travel.
    void update(const GlobalId& feature, const std::vector<std::size_t>& changed,
                const std::vector<Value>& after, const std::vector<Value>*) override {
        check_row_size(rows_->layer, feature, after);
        Gathered& rows = gathered(Kind::Update);
        rows.begin_row(feature);
        rows_->mask.clear();
        for (const std::size_t column : changed) {
            const std::size_t number = rows_->number_of[column];
            if (number == kNone) continue;
            const auto value = rows_->codec.stored(number, after[column]);
            if (!value) continue;
            rows_->mask.add(number);
            rows.add(number, *value);
        }
        rows_->mask.append_bytes(rows.masks);
        flush_full(Kind::Update);
    }

    void erase(const GlobalId& feature) override {
        gathered(Kind::Delete).begin_row(feature);
        flush_full(Kind::Delete);
    }

    void finish() override {
        end_layer();
        std::sort(head_.layers.begin(), head_.layers.end(),
                  [](const auto& a, const auto& b) { return a.terms.layer < b.terms.layer; });
        file_.write(head_bytes(head_, file_.size()));
        file_.close_durably();
    }

private:
    Gathered& gathered(Kind kind) { return rows_->gathered[static_cast<std::size_t>(kind)]; }

    void flush_full(Kind kind) {
        const Gathered& rows = gathered(kind);
        const bool full =
            rows.bytes >= kBlockBytes || rows.rows == most_rows(rows_->columns.size());
        if (full) flush(kind);
    }

    void flush(Kind kind) {
        Gathered& rows = gathered(kind);
        if (rows.rows == 0) return;
        out_.clear();
        out_.put(rows.features);
        if (kind == Kind::Update) out_.put_planes(rows.masks, rows_->mask.byte_count());
        for (const ColumnBuffer& column : rows.columns) {
            if (!column.empty()) column.put(out_);
        }
        const std::string& bytes = out_.bytes();
        head_.layers.back().blocks[static_cast<std::size_t>(kind)].push_back(
            {file_.size(), bytes.size(), rows.rows, crc32_of(bytes)});
        file_.write(bytes);
        rows.clear();
    }

    void end_layer() {
        if (!rows_) return;
        for (const Kind kind : {Kind::Add, Kind::Update, Kind::Delete}) flush(kind);
        rows_.reset();
    }

    FileWriter file_;
    PackedHead head_;
    FramePacker packer_;
    StreamWriter out_{packer_};
    std::optional<LayerRows> rows_;
};

}  // namespace

std::unique_ptr<DeltaSink> make_packed_sink(const std::filesystem::path& path,
                                            const Header& header) {
    return std::make_unique<PackedSink>(path, header);
}

}  // namespace rhumb::delta
