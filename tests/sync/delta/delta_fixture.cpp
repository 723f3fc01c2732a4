// SPDX-License-Identifier: Apache-2.0
#include "tests/sync/delta/delta_fixture.hpp"

#include "geodb/sqlite/transaction.hpp"
#include "sync/wire/layer_json.hpp"

namespace rhumb::test {

using namespace geodb;

DeltaField::DeltaField(delta::Form written) : form(written) {
    make_layer(file, trees_plan());
    make_layer(file, visits_plan());
    for (int i = 0; i < 20; ++i) {
        add_feature(file, "trees", {{"species", "oak " + std::to_string(i)}, {"dbh", i + 0.5}},
                    point(i, i));
    }
    sqlite::Transaction transaction(file.database());
    base = file.timeline().close({}, 20, 0);
    transaction.commit();
}

void DeltaField::edit() {
    std::vector<GlobalId> oaks;
    {
        sqlite::Statement rows(file.database(), "SELECT global_id FROM trees ORDER BY fid");
        while (rows.step()) oaks.push_back({*Uuid::parse(rows.column_text(0))});
    }
    for (int i = 0; i < 8; ++i) {
        update_feature(file, "trees", oaks[static_cast<std::size_t>(i)],
                       {{"species", "elm"}, {"planted", "2026-10-26T07:30:00.000Z"}});
    }
    for (std::size_t i = 8; i < 12; ++i) erase_feature(file, "trees", oaks[i]);
    for (int i = 0; i < 6; ++i) {
        const GlobalId ash = add_feature(file, "trees", {{"species", "ash"}, {"site_order", i}},
                                         i % 2 == 0 ? point(i, -i) : Value{Null{}});
        add_feature(file, "visits",
                    {{"tree", ash.value.braced()}, {"note", "it's \"new\" – ünïcode"}});
    }
}

delta::Header DeltaField::header() const {
    delta::Header header;
    header.direction = delta::Direction::Upload;
    header.replica.bytes[0] = 7;
    header.batch = Uuid{};
    header.base = 117;
    header.created_ms = 1'793'010'600'000;
    return header;
}

void DeltaField::write() {
    delta::DeltaWriter writer(path, header(), form);
    for (const Layer& layer : file.layers()) {
        writer.begin_layer(layer, {layer.id, wire::schema_fingerprint(layer), false, {}, {}});
        NetEdits(file.database(), layer).each({base, {}}, [&](NetEdit&& edit) {
            writer.take(edit);
        });
    }
    writer.finish();
}

std::int64_t read_whole(const std::filesystem::path& path, const Geodatabase& file) {
    delta::DeltaReader reader(path);
    std::int64_t rows = 0;
    for (const delta::LayerHead& head : reader.header().layers) {
        for (const auto kind : {delta::Kind::Add, delta::Kind::Update, delta::Kind::Delete}) {
            reader.each(kind, file.layer(head.terms.layer), [&](delta::Row&) { ++rows; });
        }
    }
    return rows;
}

}  // namespace rhumb::test
