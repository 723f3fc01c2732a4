// SPDX-License-Identifier: Apache-2.0
#include "sync/service/store/gpkg_uploads.hpp"

#include "geodb/sqlite/statement.hpp"
#include "sync/service/store/gpkg_replicas.hpp"

#include <utility>

namespace rhumb::service {
namespace {

using geodb::sqlite::Statement;

constexpr const char* kSelect =
    "SELECT item_id, owner, name, description, created_ms, touched_ms, committed, file, bytes "
    "FROM rhumb_upload_item ";

UploadItem item_of(const Statement& row) {
    UploadItem item;
    item.id = column_uuid(row, 0);
    item.owner = row.column_text(1);
    item.name = row.column_text(2);
    item.description = row.column_text(3);
    item.created_ms = row.column_int64(4);
    item.touched_ms = row.column_int64(5);
    item.committed = row.column_int64(6) != 0;
    item.file = row.column_text(7);
    item.bytes = row.column_int64(8);
    return item;
}

}  // namespace

std::optional<UploadItem> GpkgUploads::find(const Uuid& item) {
    Statement row(database_, std::string(kSelect) + "WHERE item_id = ?1");
    row.bind(1, bytes_of(item));
    if (!row.step()) return std::nullopt;
    return item_of(row);
}

std::vector<UploadItem> GpkgUploads::all() {
    std::vector<UploadItem> items;
    Statement rows(database_, std::string(kSelect) + "ORDER BY created_ms");
    while (rows.step()) items.push_back(item_of(rows));
    return items;
}

UploadUsage GpkgUploads::usage(const std::string& owner) {
    Statement sum(database_,
                  "SELECT count(*), coalesce(sum(bytes + (SELECT coalesce(sum(p.bytes), 0) FROM "
                  "rhumb_upload_part p WHERE p.item_id = i.item_id)), 0) "
                  "FROM rhumb_upload_item i WHERE owner = ?1");
    sum.bind(1, owner).step();
    return {sum.column_int64(0), sum.column_int64(1)};
}

std::vector<UploadPart> GpkgUploads::parts(const Uuid& item) {
    std::vector<UploadPart> parts;
    Statement rows(database_,
                   "SELECT part, file, bytes FROM rhumb_upload_part WHERE item_id = ?1 "
                   "ORDER BY part");
    rows.bind(1, bytes_of(item));
    while (rows.step()) {
        parts.push_back(
            {rows.column_int64(0), std::string(rows.column_text(1)), rows.column_int64(2)});
    }
    return parts;
}

void GpkgUploads::save(const UploadItem& item) {
    Statement put(database_,
                  "INSERT INTO rhumb_upload_item VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9) "
                  "ON CONFLICT (item_id) DO UPDATE SET touched_ms = excluded.touched_ms, "
                  "committed = excluded.committed, file = excluded.file, bytes = excluded.bytes");
    put.bind(1, bytes_of(item.id)).bind(2, item.owner).bind(3, item.name);
    put.bind(4, item.description).bind(5, item.created_ms).bind(6, item.touched_ms);
    put.bind(7, item.committed ? 1 : 0).bind(8, item.file).bind(9, item.bytes).run();
}

void GpkgUploads::save_part(const Uuid& item, const UploadPart& part) {
    Statement put(database_, "INSERT OR REPLACE INTO rhumb_upload_part VALUES (?1, ?2, ?3, ?4)");
    put.bind(1, bytes_of(item)).bind(2, part.number).bind(3, part.file).bind(4, part.bytes).run();
}

void GpkgUploads::remove_parts(const Uuid& item) {
    Statement drop(database_, "DELETE FROM rhumb_upload_part WHERE item_id = ?1");
    drop.bind(1, bytes_of(item)).run();
}

void GpkgUploads::remove(const Uuid& item) {
    Statement drop(database_, "DELETE FROM rhumb_upload_item WHERE item_id = ?1");
    drop.bind(1, bytes_of(item)).run();
}

}  // namespace rhumb::service
