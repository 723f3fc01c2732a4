// SPDX-License-Identifier: Apache-2.0
//
// The packed form of a delta: many rows, odd values, and files that somebody has tampered with.
#include "platform/error.hpp"
#include "platform/files.hpp"
#include "platform/random.hpp"
#include "platform/zip/frames.hpp"
#include "sync/delta/packed_columns.hpp"
#include "sync/delta/packed_head.hpp"
#include "tests/support/catch.hpp"
#include "tests/sync/delta/delta_fixture.hpp"

#include <limits>

using namespace rhumb;
using namespace rhumb::geodb;
using namespace rhumb::test;

namespace {

void write_file(const std::filesystem::path& path, std::string_view bytes) {
    remove_quietly(path);
    FileWriter(path, FileWriter::Mode::Replace).write(bytes);
}

struct Packed : DeltaField {
    Packed() : DeltaField(delta::Form::Packed) {
        edit();
        write();
    }
    std::string refusal() {
        try {
            read_whole(path, file);
        } catch (const Error& error) {
            return error.message();
        }
        return "";
    }
    /// Blocks and a head of somebody else's making.
    void forge(const delta::PackedHead& head, const std::string& blocks) {
        write_file(path, std::string(delta::kPackedMagic) + blocks +
                             delta::head_bytes(head, delta::kPackedMagic.size() + blocks.size()));
    }
    /// A head with one block of adds of the layer of visits.
    delta::PackedHead head_of(const std::string& block, std::uint64_t rows) {
        delta::PackedHead head;
        head.header = header();
        head.layers.push_back({{visits().id, "", false, {}, {}}, delta::Columns(visits()), {}});
        head.layers[0].blocks[0].push_back(
            {delta::kPackedMagic.size(), block.size(), rows, crc32_of(block)});
        return head;
    }
    std::string refusal_of(const std::string& block, std::uint64_t rows) {
        forge(head_of(block, rows), block);
        return refusal();
    }
};

/// Streams as a forger writes them.
struct Streams {
    FramePacker packer;
    delta::StreamWriter writer{packer};
};

}  // namespace

TEST_CASE("numbers of any size come out of their streams as they went in", "[delta][packed]") {
    using Limits = std::numeric_limits<std::int64_t>;
    const std::vector<std::vector<std::int64_t>> lists{{0},
                                                       {-1},
                                                       {Limits::min()},
                                                       {Limits::max(), Limits::min()},
                                                       {5, 5, 5},
                                                       {1, 256, 65536},
                                                       {-3, 3},
                                                       {Limits::max() - 1, Limits::max()}};
    for (const auto& numbers : lists) {
        Streams streams;
        streams.writer.put_numbers(numbers);
        FrameUnpacker unpacker;
        delta::StreamReader reader(streams.writer.bytes(), unpacker, 1 << 20);
        std::vector<std::int64_t> back;
        reader.get_numbers(numbers.size(), back);
        CHECK(back == numbers);
        CHECK(reader.at_end());
    }
}

TEST_CASE("more rows than a block holds keep their order", "[delta][packed]") {
    DeltaField field(delta::Form::Packed);
    const Layer& layer = field.visits();
    const std::size_t note = *layer.find_field("note");
    constexpr int kRows = 20'000;
    {
        delta::DeltaWriter writer(field.path, field.header(), field.form);
        writer.begin_layer(layer, {layer.id, "", false, {}, {}});
        for (int i = 0; i < kRows; ++i) {
            std::vector<Value> row(layer.column_count());
            row[note] = i % 3 == 0   ? Value{"note " + std::to_string(i)}
                        : i % 3 == 1 ? Value{std::int64_t{i}}
                                     : Value{i / 8.0};
            writer.add({Uuid{{static_cast<std::uint8_t>(i)}}}, row);
        }
        writer.finish();
    }
    delta::DeltaReader reader(field.path);
    CHECK(reader.layer(layer.id)->counts.adds == kRows);
    int rows = 0;
    reader.each(delta::Kind::Add, layer, [&](delta::Row& row) {
        const Value& value =
            row.values[0].column == note ? row.values[0].value : row.values[1].value;
        const Value expected = rows % 3 == 0   ? Value{"note " + std::to_string(rows)}
                               : rows % 3 == 1 ? Value{std::int64_t{rows}}
                                               : Value{rows / 8.0};
        if (value != expected) FAIL("row " << rows);
        ++rows;
    });
    CHECK(rows == kRows);
}

TEST_CASE("a text that packs to nearly nothing still comes through", "[delta][packed]") {
    DeltaField field(delta::Form::Packed);
    const Layer& layer = field.visits();
    std::vector<Value> row(layer.column_count());
    row[*layer.find_field("note")] = std::string(8'000'000, 'x');
    {
        delta::DeltaWriter writer(field.path, field.header(), field.form);
        writer.begin_layer(layer, {layer.id, "", false, {}, {}});
        writer.add({}, row);
        writer.finish();
    }
    delta::DeltaReader reader(field.path);
    std::size_t bytes = 0;
    reader.each(delta::Kind::Add, layer, [&](delta::Row& read) {
        for (const ColumnValue& value : read.values) {
            if (const auto* text = std::get_if<std::string>(&value.value)) bytes += text->size();
        }
    });
    CHECK(bytes == 8'000'000);
}

TEST_CASE("the same edits are packed to the same bytes", "[delta][packed]") {
    Packed field;
    const std::string first = read_file(field.path);
    field.write();
    CHECK(read_file(field.path) == first);
}

TEST_CASE("a packed delta cut off at any place is refused", "[delta][packed][hostile]") {
    Packed field;
    CHECK(field.refusal() == "");
    const std::string whole = read_file(field.path);
    for (std::size_t size = 0; size < whole.size(); ++size) {
        write_file(field.path, std::string_view(whole).substr(0, size));
        INFO(size);
        CHECK_THAT(field.refusal(), Catch::Contains("edits.delta"));
    }
}

TEST_CASE("a packed delta in which one bit is another is refused", "[delta][packed][hostile]") {
    Packed field;
    const std::string whole = read_file(field.path);
    for (std::size_t bit = 0; bit < whole.size() * 8; ++bit) {
        std::string bytes = whole;
        bytes[bit / 8] = static_cast<char>(bytes[bit / 8] ^ (1 << (bit % 8)));
        write_file(field.path, bytes);
        INFO("bit " << bit);
        CHECK(field.refusal() != "");
    }
}

TEST_CASE("a packed delta with bytes before, between or after its own is refused",
          "[delta][packed][hostile]") {
    Packed field;
    const std::string whole = read_file(field.path);
    write_file(field.path, whole + "more");
    CHECK_THAT(field.refusal(), Catch::Contains("cut off or changed"));
    write_file(field.path, whole + whole);
    CHECK_THAT(field.refusal(), Catch::Contains("head was changed"));
    delta::PackedHead head;
    head.header = field.header();
    field.forge(head, "hidden");
    CHECK_THAT(field.refusal(), Catch::Contains("blocks are not in a row"));
}

TEST_CASE("a forged head is refused", "[delta][packed][hostile]") {
    Packed field;
    const std::string block = "abc";
    const auto refused = [&](const std::function<void(delta::PackedHead&)>& forge,
                             const std::string& why) {
        delta::PackedHead head = field.head_of(block, 1);
        forge(head);
        field.forge(head, block);
        CHECK_THAT(field.refusal(), Catch::Contains("edits.delta") && Catch::Contains(why));
    };
    using Head = delta::PackedHead;
    const auto block_of = [](Head& head) -> delta::Block& { return head.layers[0].blocks[0][0]; };
    refused([&](Head& head) { block_of(head).rows = 0; }, "'rows'");
    refused([&](Head& head) { block_of(head).rows = 9000; }, "'rows'");
    refused([&](Head& head) { block_of(head).bytes = 1ULL << 40; }, "'bytes'");
    refused([&](Head& head) { block_of(head).bytes = 4; }, "in a row");
    refused([&](Head& head) { block_of(head).offset = 7; }, "in a row");
    refused([&](Head& head) { block_of(head).offset = ~0ULL; }, "in a row");
    refused([&](Head& head) { block_of(head).crc ^= 1; }, "changed");
    refused([&](Head& head) { head.layers[0].blocks[1] = head.layers[0].blocks[0]; }, "in a row");
    refused([&](Head& head) { head.layers.push_back(head.layers[0]); }, "not in order");
    refused(
        [&](Head& head) {
            head.layers[0].terms.whole = true;
            std::swap(head.layers[0].blocks[0], head.layers[0].blocks[2]);
        },
        "whole layer");
    refused([&](Head& head) { head.layers[0].terms.layer = {-1}; }, "'layer'");
    refused([&](Head& head) { head.layers[0].terms.fingerprint = "\xFF"; }, "'fingerprint'");
    refused([&](Head& head) { head.header.direction = static_cast<delta::Direction>(3); },
            "'direction'");
}

TEST_CASE("streams that are not what the rows need are refused", "[delta][packed][hostile]") {
    Packed field;
    const auto block_of = [](const std::function<void(delta::StreamWriter&)>& write) {
        Streams streams;
        write(streams.writer);
        return streams.writer.bytes();
    };
    const std::string ids(32, 'i');
    const auto refused = [&](const std::string& block, const std::string& why) {
        CHECK_THAT(field.refusal_of(block, 2),
                   Catch::Contains("adds of layer 1") && Catch::Contains(why));
    };
    refused(block_of([&](auto& out) { out.put("ids"); }), "as many as the rows");
    refused(block_of([&](auto& out) { out.put(ids); }), "a number is cut off");
    refused(block_of([&](auto& out) { out.put(ids), out.put("\6\6"); }), "of no kind");
    refused(block_of([&](auto& out) { out.put(ids), out.put(std::string(3, '\0')); }),
            "as many values");
    refused(block_of([&](auto& out) {
                out.put(ids), out.put("\1"), out.put_number(0), out.put_number(9);
            }),
            "more than 8 bytes");
    refused(block_of([&](auto& out) {
                out.put(ids), out.put("\3"), out.put_numbers({5, 5}), out.put("too short");
            }),
            "not those of the bytes");
    refused(block_of([&](auto& out) {
                out.put(ids), out.put("\3"), out.put_numbers({-5, 14}), out.put("too short");
            }),
            "not those of the bytes");
    refused(block_of([&](auto& out) {
                out.put(ids);
                for (std::size_t i = 0; i < delta::Columns(field.visits()).size(); ++i) {
                    out.put(std::string(1, '\0'));
                }
                out.put("more");
            }),
            "more in it than its rows");
}

TEST_CASE("a bomb in a packed delta does not go off", "[delta][packed][hostile]") {
    Packed field;
    const std::string zeros(64 * 1024 * 1024, '\0');
    FramePacker packer;
    const std::string packed{packer.pack(zeros)};
    Streams streams;
    streams.writer.put_number(zeros.size());
    streams.writer.put_number(packed.size());
    CHECK_THAT(field.refusal_of(streams.writer.bytes() + packed, 1),
               Catch::Contains("more than 1000 times"));
    Streams beyond;
    beyond.writer.put_number(1ULL << 50);
    beyond.writer.put_number(0);
    CHECK_THAT(field.refusal_of(beyond.writer.bytes(), 1), Catch::Contains("a block may hold"));
    // It says less than what is in it.
    Streams lying;
    lying.writer.put_number(16);
    lying.writer.put_number(packed.size());
    CHECK_THAT(field.refusal_of(lying.writer.bytes() + packed, 1), Catch::Contains("zstd"));
}

TEST_CASE("blocks spoilt at random, with their check sums put right, never harm",
          "[delta][packed][hostile]") {
    Packed field;
    const std::string whole = read_file(field.path);
    const delta::PackedHead head = delta::read_packed_head(field.path);
    SeededRandom random(20261122);
    int refused = 0;
    std::uint64_t end = delta::kPackedMagic.size();
    for (const auto& layer : head.layers) {
        for (const auto& blocks : layer.blocks) {
            for (const auto& block : blocks) end = std::max(end, block.offset + block.bytes);
        }
    }
    for (int round = 0; round < 4000; ++round) {
        std::string blocks =
            whole.substr(delta::kPackedMagic.size(), end - delta::kPackedMagic.size());
        for (std::uint64_t i = 0; i <= random.below(3); ++i) {
            blocks[random.below(blocks.size())] = static_cast<char>(random.below(256));
        }
        delta::PackedHead forged = head;
        for (auto& layer : forged.layers) {
            for (auto& kind : layer.blocks) {
                for (auto& block : kind) {
                    block.crc = crc32_of(std::string_view(blocks).substr(
                        block.offset - delta::kPackedMagic.size(), block.bytes));
                }
            }
        }
        field.forge(forged, blocks);
        try {
            read_whole(field.path, field.file);
        } catch (const Error& error) {
            ++refused;
            INFO(error.message());
            CHECK(error.status() != Status::Internal);
        }
    }
    CHECK(refused > 300);
}
