// SPDX-License-Identifier: Apache-2.0
#include "bench/support/edits.hpp"

#include "geodb/sqlite/transaction.hpp"
#include "platform/date_time.hpp"

#include <unordered_set>

namespace rhumb::bench {
namespace {

using geodb::ColumnValue;
using geodb::ObjectId;

constexpr std::uint64_t kEditSeed = 5;
constexpr double kMoveDegrees = 0.0005;  // some 50 m
constexpr std::int64_t kEditedMs = 1'793'010'600'000;

PlannedEdit insert_of(PointSource& source) {
    PlannedEdit edit;
    edit.kind = EditKind::Insert;
    source.next(edit.values);
    return edit;
}

PlannedEdit planned(EditKind kind, ObjectId oid, const std::vector<Place>& places,
                    PointSource& source) {
    SeededRandom& random = source.random();
    switch (kind) {
        case EditKind::Update:
            return attribute_edit(oid, random);
        case EditKind::Insert:
            return insert_of(source);
        case EditKind::Delete:
            return {EditKind::Delete, oid, {}, {}};
        case EditKind::Move:
            break;
    }
    // Near the place that the point was made from, so the tree is touched where it stands.
    const Place& place = places[static_cast<std::size_t>(oid.value - 1) % places.size()];
    const double x = place.x + between(random, -kMoveDegrees, kMoveDegrees);
    const double y = place.y + between(random, -kMoveDegrees, kMoveDegrees);
    return {EditKind::Move, oid, {ColumnValue{kShape, point_blob(x, y)}}, {}};
}

EditKind kind_of(std::uint64_t tenth) {
    return tenth < 6   ? EditKind::Update
           : tenth < 8 ? EditKind::Move
           : tenth < 9 ? EditKind::Insert
                       : EditKind::Delete;
}

}  // namespace

PlannedEdit attribute_edit(ObjectId oid, SeededRandom& random) {
    PlannedEdit edit;
    edit.oid = oid;
    edit.changes = {
        {kStatus, static_cast<std::int64_t>(random.below(1000))},
        {kNote, "checked " + std::to_string(random.below(100'000))},
        {kLastEdited,
         format_date_time(kEditedMs + static_cast<std::int64_t>(random.below(1'000'000)))}};
    return edit;
}

std::vector<PlannedEdit> edits_in_sequence(const std::vector<Place>& places, EditKind kind,
                                           std::int64_t first, std::size_t count) {
    PointSource source(places, kEditSeed);
    std::vector<PlannedEdit> edits;
    for (std::size_t i = 0; i < count; ++i) {
        edits.push_back(planned(kind, {first + static_cast<std::int64_t>(i)}, places, source));
    }
    return edits;
}

std::vector<PlannedEdit> mixed_edits(const std::vector<Place>& places, std::int64_t features,
                                     std::size_t count, std::uint64_t seed) {
    PointSource source(places, seed);
    std::unordered_set<std::int64_t> taken;
    std::vector<PlannedEdit> edits;
    while (edits.size() < count) {
        const auto fid = 1 + static_cast<std::int64_t>(
                                 source.random().below(static_cast<std::uint64_t>(features)));
        if (!taken.insert(fid).second) continue;
        edits.push_back(planned(kind_of(source.random().below(10)), {fid}, places, source));
    }
    return edits;
}

PlainEditor::PlainEditor(geodb::sqlite::Database& database)
    : update_(database,
              "UPDATE points SET status = ?1, note = ?2, last_edited_date = ?3 WHERE fid = ?4",
              geodb::sqlite::Statement::Kept),
      move_(database, "UPDATE points SET geom = ?1 WHERE fid = ?2", geodb::sqlite::Statement::Kept),
      insert_(database, plain_insert(kPointsTable, true), geodb::sqlite::Statement::Kept),
      erase_(database, "DELETE FROM points WHERE fid = ?1", geodb::sqlite::Statement::Kept) {}

void PlainEditor::apply(const PlannedEdit& edit) {
    int parameter = 1;
    switch (edit.kind) {
        case EditKind::Delete:
            erase_.bind(1, edit.oid.value).run();
            return;
        case EditKind::Insert:
            for (const geodb::Value& value : edit.values) insert_.bind_borrowed(parameter++, value);
            insert_.run();
            return;
        case EditKind::Update:
        case EditKind::Move:
            break;
    }
    geodb::sqlite::Statement& change = edit.kind == EditKind::Move ? move_ : update_;
    for (const ColumnValue& value : edit.changes) change.bind_borrowed(parameter++, value.value);
    change.bind(parameter, edit.oid.value).run();
}

void LibraryEditor::apply(PlannedEdit& edit) {
    switch (edit.kind) {
        case EditKind::Delete:
            writer_.erase(edit.oid);
            return;
        case EditKind::Insert:
            writer_.insert(edit.values);
            return;
        case EditKind::Update:
        case EditKind::Move:
            writer_.update(edit.oid, edit.changes);
            return;
    }
}

void edit_file(const std::filesystem::path& path, std::vector<PlannedEdit>& edits, bool close) {
    BenchWorld world;
    geodb::Geodatabase file = geodb::Geodatabase::open(path, world.world());
    file.database().execute("PRAGMA synchronous = OFF; PRAGMA cache_size = -65536");
    geodb::sqlite::Transaction transaction(file.database());
    {
        LibraryEditor editor(file);
        for (PlannedEdit& edit : edits) editor.apply(edit);
    }
    if (close) file.timeline().close({}, static_cast<std::int64_t>(edits.size()), file.now_ms());
    transaction.commit();
}

}  // namespace rhumb::bench
