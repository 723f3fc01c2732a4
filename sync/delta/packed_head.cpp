// SPDX-License-Identifier: Apache-2.0
#include "sync/delta/packed_head.hpp"

#include "platform/error.hpp"
#include "platform/files.hpp"
#include "platform/text.hpp"
#include "sync/delta/packed_columns.hpp"

#include <algorithm>
#include <fstream>
#include <limits>
#include <optional>

namespace rhumb::delta {
namespace {

// The trailer: offset of the head, its CRC-32, both least byte first, and a mark.
constexpr std::string_view kEndMark{"RhPE"};
constexpr std::size_t kTrailerBytes = 8 + 4 + kEndMark.size();
constexpr std::uint64_t kMostHeadBytes = 8ULL * 1024 * 1024;
constexpr std::size_t kMostTextBytes = 1000;
constexpr std::size_t kMostLayers = 10'000;
constexpr std::size_t kUuidBytes = 16;

[[noreturn]] void refuse(const std::string& why) {
    throw Error(Status::CorruptData, why);
}

void put_fixed(std::string& bytes, std::uint64_t number, std::size_t width) {
    for (std::size_t i = 0; i < width; ++i) bytes += static_cast<char>(number >> (8 * i));
}

std::uint64_t fixed_at(std::string_view bytes, std::size_t at, std::size_t width) {
    std::uint64_t number = 0;
    for (std::size_t i = 0; i < width; ++i) {
        number |= std::uint64_t{static_cast<unsigned char>(bytes[at + i])} << (8 * i);
    }
    return number;
}

std::string_view bytes_of(const Uuid& id) {
    return {reinterpret_cast<const char*>(id.bytes.data()), id.bytes.size()};
}

void put_optional(StreamWriter& out, std::optional<std::int64_t> number) {
    out.put_number(number ? 1 : 0);
    if (number) out.put_numbers({*number});
}

void put_layer(StreamWriter& out, const PackedLayer& layer) {
    out.put_number(static_cast<std::uint64_t>(layer.terms.layer.value));
    out.put(layer.terms.fingerprint);
    out.put_number(layer.terms.whole ? 1 : 0);
    put_optional(out, layer.terms.base);
    put_optional(out, layer.terms.result);
    out.put_number(layer.columns.size());
    for (const Column& column : layer.columns.list()) {
        out.put(column.name);
        out.put_number(column.type);
    }
    for (const auto& blocks : layer.blocks) {
        out.put_number(blocks.size());
        for (const Block& block : blocks) {
            out.put_number(block.offset);
            out.put_number(block.bytes);
            out.put_number(block.rows);
            out.put_number(block.crc);
        }
    }
}

class HeadReader {
public:
    explicit HeadReader(std::string_view bytes) : in_(bytes, unpacker_, kMostHeadBytes) {}

    PackedHead read() {
        const auto version = in_.get_number();
        if (version != kPackedFormat) {
            throw Error(Status::Unsupported, "it is packed in form " + std::to_string(version) +
                                                 "; this program reads form " +
                                                 std::to_string(kPackedFormat));
        }
        PackedHead head;
        Header& header = head.header;
        header.direction = static_cast<Direction>(number("direction", 1, 2));
        header.replica = *uuid("replica", false);
        header.batch = uuid("batch", true);
        header.base = optional("base");
        header.result = optional("result");
        header.created_ms = static_cast<std::int64_t>(
            number("created_ms", 0, std::numeric_limits<std::int64_t>::max() / 4));
        const auto layers = number("layers", 0, kMostLayers);
        for (std::uint64_t i = 0; i < layers; ++i) {
            head.layers.push_back(layer());
            header.layers.push_back({head.layers.back().terms, head.layers.back().counts()});
            if (i > 0 && header.layers[i].terms.layer <= header.layers[i - 1].terms.layer) {
                refuse("its layers are not in order");
            }
        }
        if (!in_.at_end()) refuse("there is more in its head than a head has");
        return head;
    }

private:
    std::uint64_t number(const char* name, std::uint64_t low, std::uint64_t high) {
        const std::uint64_t number = in_.get_number();
        if (number < low || number > high) {
            refuse("'" + std::string(name) + "' is no number that can stand there");
        }
        return number;
    }
    std::optional<std::int64_t> optional(const char* name) {
        if (number(name, 0, 1) == 0) return std::nullopt;
        in_.get_numbers(1, numbers_);
        return numbers_.front();
    }
    std::optional<Uuid> uuid(const char* name, bool may_lack) {
        in_.get(text_);
        if (text_.empty() && may_lack) return std::nullopt;
        if (text_.size() != kUuidBytes) refuse("'" + std::string(name) + "' is no GUID");
        Uuid id;
        std::copy(text_.begin(), text_.end(), id.bytes.begin());
        return id;
    }
    std::string text(const char* name) {
        in_.get(text_);
        if (text_.size() > kMostTextBytes || !is_utf8(text_)) {
            refuse("'" + std::string(name) + "' is no such text");
        }
        return text_;
    }
    PackedLayer layer() {
        PackedLayer layer;
        layer.terms.layer = {static_cast<std::int32_t>(
            number("layer", 0, std::numeric_limits<std::int32_t>::max()))};
        layer.terms.fingerprint = text("fingerprint");
        layer.terms.whole = number("whole", 0, 1) == 1;
        layer.terms.base = optional("base");
        layer.terms.result = optional("result");
        const auto columns = number("columns", 0, kMostBlockValues);
        std::vector<Column> declared;
        for (std::uint64_t i = 0; i < columns; ++i) {
            std::string name = text("column");
            declared.push_back(
                {std::move(name), static_cast<std::uint8_t>(number("type", 0, 255)), 0});
        }
        layer.columns = Columns::checked(std::move(declared));
        for (auto& blocks : layer.blocks) read_blocks(blocks, most_rows(columns));
        if (layer.terms.whole && layer.counts().total() != layer.counts().adds) {
            refuse("a whole layer has but adds");
        }
        return layer;
    }
    void read_blocks(std::vector<Block>& blocks, std::size_t rows) {
        const std::uint64_t most = std::numeric_limits<std::uint32_t>::max();
        const auto count = number("blocks", 0, most);
        for (std::uint64_t i = 0; i < count; ++i) {
            Block block;
            block.offset = in_.get_number();
            block.bytes = number("bytes", 1, kMostBlockBytes);
            block.rows = number("rows", 1, rows);
            block.crc = static_cast<std::uint32_t>(number("crc", 0, most));
            blocks.push_back(block);
        }
    }

    FrameUnpacker unpacker_;
    StreamReader in_;
    std::string text_;
    std::vector<std::int64_t> numbers_;
};

/// From the magic to the head, each byte in one block.
void check_places(const PackedHead& head, std::uint64_t end) {
    std::vector<Block> all;
    for (const PackedLayer& layer : head.layers) {
        for (const auto& blocks : layer.blocks) all.insert(all.end(), blocks.begin(), blocks.end());
    }
    std::sort(all.begin(), all.end(),
              [](const Block& a, const Block& b) { return a.offset < b.offset; });
    std::uint64_t at = kPackedMagic.size();
    for (const Block& block : all) {
        if (block.offset != at || block.bytes > end - at) refuse("its blocks are not in a row");
        at += block.bytes;
    }
    if (at != end) refuse("its blocks are not in a row");
}

std::string read_range(std::ifstream& in, std::uint64_t offset, std::uint64_t bytes) {
    std::string range(bytes, '\0');
    in.seekg(static_cast<std::streamoff>(offset));
    in.read(range.data(), static_cast<std::streamsize>(bytes));
    if (!in) refuse("it was cut off while it was read");
    return range;
}

}  // namespace

Counts PackedLayer::counts() const {
    std::array<std::int64_t, 3> rows{};
    for (std::size_t kind = 0; kind < rows.size(); ++kind) {
        for (const Block& block : blocks[kind]) rows[kind] += static_cast<std::int64_t>(block.rows);
    }
    return {rows[0], rows[1], rows[2]};
}

std::string head_bytes(const PackedHead& head, std::uint64_t offset) {
    FramePacker packer;
    StreamWriter out(packer);
    out.put_number(kPackedFormat);
    out.put_number(static_cast<std::uint64_t>(head.header.direction));
    out.put(bytes_of(head.header.replica));
    out.put(head.header.batch ? bytes_of(*head.header.batch) : std::string_view());
    put_optional(out, head.header.base);
    put_optional(out, head.header.result);
    out.put_number(static_cast<std::uint64_t>(std::max<std::int64_t>(head.header.created_ms, 0)));
    out.put_number(head.layers.size());
    for (const PackedLayer& layer : head.layers) put_layer(out, layer);
    StreamWriter whole(packer);
    whole.put(out.bytes());
    std::string bytes = whole.bytes();
    const std::uint32_t crc = crc32_of(bytes);
    put_fixed(bytes, offset, 8);
    put_fixed(bytes, crc, 4);
    return bytes += kEndMark;
}

PackedHead read_packed_head(const std::filesystem::path& path) {
    const std::uint64_t size = rhumb::file_size(path);
    if (size < kPackedMagic.size() + kTrailerBytes) refuse("it was cut off");
    std::ifstream in(path, std::ios::binary);
    if (read_range(in, 0, kPackedMagic.size()) != kPackedMagic) refuse("it is no packed delta");
    const std::uint64_t trailer_at = size - kTrailerBytes;
    const std::string trailer = read_range(in, trailer_at, kTrailerBytes);
    if (!trailer.ends_with(kEndMark)) refuse("it was cut off or changed");
    const std::uint64_t offset = fixed_at(trailer, 0, 8);
    const bool fits = offset >= kPackedMagic.size() && offset < trailer_at &&
                      trailer_at - offset <= kMostHeadBytes;
    if (!fits) refuse("it was cut off or changed");
    const std::string packed = read_range(in, offset, trailer_at - offset);
    if (crc32_of(packed) != fixed_at(trailer, 8, 4)) refuse("its head was changed");
    FrameUnpacker unpacker;
    StreamReader outer(packed, unpacker, kMostHeadBytes);
    std::string bytes;
    outer.get(bytes);
    if (!outer.at_end()) refuse("there is more in its head than a head has");
    PackedHead head = HeadReader(bytes).read();
    check_places(head, offset);
    return head;
}

}  // namespace rhumb::delta
