// SPDX-License-Identifier: Apache-2.0
//
// Reads the packed form of a delta, one block at a time.
#include "platform/error.hpp"
#include "sync/delta/delta_source.hpp"
#include "sync/delta/packed_columns.hpp"
#include "sync/delta/packed_head.hpp"

#include <algorithm>
#include <fstream>
#include <span>
#include <utility>

namespace rhumb::delta {
namespace {

using geodb::Layer;

constexpr std::size_t kIdBytes = 16;
/// What the streams of a block may unpack to: the largest row on top of a full block.
constexpr std::uint64_t kMostUnpacked = kMostBlockBytes;

const char* name_of(Kind kind) {
    return kind == Kind::Add ? "adds" : kind == Kind::Update ? "updates" : "deletes";
}

/// The rows of one block.
class BlockRows {
public:
    BlockRows(Kind kind, const Layer& layer, const Columns& declared)
        : kind_(kind),
          columns_(declared.in(layer)),
          codec_(layer, columns_),
          mask_(columns_.size()),
          buffers_(columns_.size()) {}

    void open(std::string_view bytes, std::size_t rows, FrameUnpacker& unpacker) {
        StreamReader in(bytes, unpacker, kMostUnpacked);
        row_ = 0;
        in.get(features_);
        if (features_.size() != rows * kIdBytes)
            refuse("the GlobalIDs are not as many as the rows");
        if (kind_ == Kind::Update) {
            in.get_planes(rows, mask_.byte_count(), masks_);
            count_values(rows);
        }
        for (std::size_t i = 0; kind_ != Kind::Delete && i < buffers_.size(); ++i) {
            buffers_[i].get(in, kind_ == Kind::Add ? rows : values_[i]);
        }
        if (!in.at_end()) refuse("there is more in it than its rows");
    }

    Row& next() {
        const char* id = features_.data() + kIdBytes * row_;
        std::copy(id, id + kIdBytes, reinterpret_cast<char*>(taken_.feature.value.bytes.data()));
        taken_.values.clear();
        if (kind_ == Kind::Update) read_mask(row_);
        for (std::size_t i = 0; kind_ != Kind::Delete && i < columns_.size(); ++i) {
            if (kind_ == Kind::Update && !mask_.has(i)) continue;
            taken_.values.push_back({columns_[i].index, {}});
            codec_.read(buffers_[i].next(), i, taken_.values.back().value);
        }
        ++row_;
        return taken_;
    }

private:
    [[noreturn]] static void refuse(const char* why) { throw Error(Status::CorruptData, why); }

    void read_mask(std::size_t row) {
        const auto* bytes = reinterpret_cast<const std::uint8_t*>(masks_.data());
        const std::span<const std::uint8_t> all(bytes, masks_.size());
        if (!mask_.read_bytes(all.subspan(row * mask_.byte_count(), mask_.byte_count()))) {
            refuse("'changed' is no set of the layer's columns");
        }
    }
    /// How many of the rows have a value of each column.
    void count_values(std::size_t rows) {
        values_.assign(columns_.size(), 0);
        for (std::size_t row = 0; row < rows; ++row) {
            read_mask(row);
            for (std::size_t i = 0; i < values_.size(); ++i) values_[i] += mask_.has(i) ? 1U : 0U;
        }
    }

    Kind kind_;
    Columns columns_;  ///< where they stand in the layer
    ValueCodec codec_;
    ColumnMask mask_;
    std::string features_, masks_;
    std::vector<std::size_t> values_;
    std::vector<ColumnBuffer> buffers_;
    std::size_t row_ = 0;
    Row taken_;
};

class PackedSource final : public DeltaSource {
public:
    PackedSource(const std::filesystem::path& path, std::string name)
        : name_(std::move(name)), file_(path, std::ios::binary) {
        try {
            head_ = read_packed_head(path);
        } catch (const Error& error) {
            throw error.within(name_ + " is no delta as it must be");
        }
    }

    const Header& header() const override { return head_.header; }

    void each(Kind kind, const Layer& layer, std::int64_t, const OnRow& on_row) override {
        const auto found =
            std::find_if(head_.layers.begin(), head_.layers.end(),
                         [&](const PackedLayer& packed) { return packed.terms.layer == layer.id; });
        BlockRows rows(kind, layer, found->columns);
        std::int64_t row = 0;
        const auto read = [&](const auto& step) -> decltype(step()) {
            try {
                return step();
            } catch (const Error& error) {
                throw error.within(name_ + " is no sound delta: " + name_of(kind) + " of layer " +
                                   std::to_string(layer.id.value) + ", row " + std::to_string(row));
            }
        };
        for (const Block& block : found->blocks[static_cast<std::size_t>(kind)]) {
            ++row;
            read([&] { rows.open(bytes_of(block), block.rows, unpacker_); });
            --row;
            for (std::uint64_t i = 0; i < block.rows; ++i) {
                ++row;
                on_row(read([&]() -> Row& { return rows.next(); }));
            }
        }
    }

private:
    std::string_view bytes_of(const Block& block) {
        bytes_.resize(block.bytes);
        file_.clear();
        file_.seekg(static_cast<std::streamoff>(block.offset));
        file_.read(bytes_.data(), static_cast<std::streamsize>(bytes_.size()));
        if (!file_) throw Error(Status::CorruptData, "the file ends before them");
        if (crc32_of(bytes_) != block.crc) throw Error(Status::CorruptData, "they were changed");
        return bytes_;
    }

    std::string name_;
    std::ifstream file_;
    PackedHead head_;
    FrameUnpacker unpacker_;
    std::string bytes_;
};

}  // namespace

std::unique_ptr<DeltaSource> open_packed_source(const std::filesystem::path& path,
                                                const std::string& name) {
    return std::make_unique<PackedSource>(path, name);
}

}  // namespace rhumb::delta
