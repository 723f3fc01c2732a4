// SPDX-License-Identifier: Apache-2.0
#include "geodb/attachments/attachment_files.hpp"

#include "geodb/sqlite/transaction.hpp"
#include "platform/error.hpp"
#include "platform/files.hpp"
#include "platform/text.hpp"

#include <tuple>
#include <utility>

namespace rhumb::geodb {
namespace {

using sqlite::Statement;
using sqlite::Transaction;
using Feed = std::function<void(ContentStore::Writer&)>;

void take_content(Geodatabase& geodatabase, Attachments& attachments, const Feed& feed,
                  Attachment& into) {
    attachments.make_tables();
    ContentStore::Writer content(attachments.contents(), geodatabase.now_ms());
    feed(content);
    std::tie(into.content, into.size) = content.finish();
}

Feed from_file(const std::filesystem::path& file) {
    return [&file](ContentStore::Writer& content) {
        read_pieces(file, [&](std::string_view piece) {
            content.add(piece);
            return true;
        });
    };
}

Attachment attach(Geodatabase& geodatabase, const AttachmentPlan& plan, const Feed& feed) {
    Attachments attachments(geodatabase);
    Attachment made;
    made.global_id = geodatabase.new_global_id();
    made.layer = plan.layer;
    made.parent = plan.feature;
    made.name = plan.name.empty() ? "attachment" : plan.name;
    made.content_type = plan.content_type.empty() ? content_type_of(made.name) : plan.content_type;
    made.keywords = plan.keywords;
    Transaction transaction(geodatabase.database());
    take_content(geodatabase, attachments, feed, made);
    made.id = attachments.insert(made, Attachments::Tracking::Logged);
    transaction.commit();
    return made;
}

Attachment required(Attachments& attachments, const GlobalId& id) {
    if (auto found = attachments.find(id)) return std::move(*found);
    throw Error(Status::NotFound, "there is no attachment " + id.value.braced());
}

/// The sentences of one query, whose first column they are.
void add_sentences(sqlite::Database& database, const std::string& sql,
                   std::vector<std::string>& out) {
    Statement rows(database, sql);
    while (rows.step()) out.emplace_back(rows.column_text(0));
}

}  // namespace

Attachment attach_file(Geodatabase& geodatabase, const AttachmentPlan& plan,
                       const std::filesystem::path& file) {
    AttachmentPlan named = plan;
    if (named.name.empty()) named.name = file.filename().string();
    return attach(geodatabase, named, from_file(file));
}

Attachment attach_bytes(Geodatabase& geodatabase, const AttachmentPlan& plan,
                        std::string_view bytes) {
    return attach(geodatabase, plan,
                  [bytes](ContentStore::Writer& content) { content.add(bytes); });
}

Attachment replace_with_file(Geodatabase& geodatabase, const GlobalId& id,
                             const std::filesystem::path& file) {
    Attachments attachments(geodatabase);
    Transaction transaction(geodatabase.database());
    Attachment changed = required(attachments, id);
    take_content(geodatabase, attachments, from_file(file), changed);
    attachments.update(changed, Attachments::Tracking::Logged);
    attachments.contents().reclaim(true);
    transaction.commit();
    return changed;
}

void remove_attachment(Geodatabase& geodatabase, const GlobalId& id) {
    Attachments attachments(geodatabase);
    Transaction transaction(geodatabase.database());
    attachments.erase(required(attachments, id).id, Attachments::Tracking::Logged);
    attachments.contents().reclaim(true);
    transaction.commit();
}

void read_attachment(Geodatabase& geodatabase, const GlobalId& id,
                     const std::function<bool(std::string_view)>& on_piece) {
    Attachments attachments(geodatabase);
    const Attachment attachment = required(attachments, id);
    const auto content =
        attachment.content ? attachments.contents().find(*attachment.content) : std::nullopt;
    if (!content || !content->whole()) {
        throw Error(Status::NotFound, "of attachment '" + attachment.name + "' " +
                                          id.value.braced() + " only " +
                                          std::to_string(content ? content->have : 0) + " of " +
                                          std::to_string(attachment.size) + " bytes are here");
    }
    attachments.contents().read(*attachment.content, 0, content->size, on_piece);
}

void save_attachment(Geodatabase& geodatabase, const GlobalId& id,
                     const std::filesystem::path& file) {
    std::error_code none;
    if (std::filesystem::exists(file, none)) {
        throw Error(Status::AlreadyExists, "there is a file '" + file.string() + "' already");
    }
    std::filesystem::path part = file;
    part += ".part";
    try {
        FileWriter writer(part, FileWriter::Mode::Replace);
        read_attachment(geodatabase, id, [&](std::string_view piece) {
            writer.write(piece);
            return true;
        });
        writer.close_durably();
        replace_file(part, file);
    } catch (const Error&) {
        remove_quietly(part);
        throw;
    }
}

std::string content_type_of(const std::string& name) {
    static constexpr std::pair<const char*, const char*> kTypes[]{
        {".jpg", "image/jpeg"},        {".jpeg", "image/jpeg"}, {".png", "image/png"},
        {".gif", "image/gif"},         {".tif", "image/tiff"},  {".tiff", "image/tiff"},
        {".pdf", "application/pdf"},   {".txt", "text/plain"},  {".csv", "text/csv"},
        {".json", "application/json"}, {".mp4", "video/mp4"},   {".webp", "image/webp"},
        {".zip", "application/zip"},   {".heic", "image/heic"}, {".mp3", "audio/mpeg"}};
    const std::string extension = lowered(std::filesystem::path(name).extension().string());
    for (const auto& [suffix, type] : kTypes) {
        if (extension == suffix) return type;
    }
    return "application/octet-stream";
}

std::int64_t remove_orphans(Geodatabase& geodatabase) {
    sqlite::Database& database = geodatabase.database();
    std::int64_t removed = 0;
    if (!database.has_table("rhumb_attachment")) return removed;
    for (const Layer& layer : geodatabase.layers()) {
        sqlite::Statement drop(database,
                               "DELETE FROM rhumb_attachment WHERE layer_id = ?1 AND kept = 0 AND "
                               "NOT EXISTS (SELECT 1 FROM " +
                                   sqlite::quoted_name(layer.table) + " f WHERE f." +
                                   sqlite::quoted_name(layer.global_id_column) + " = parent)");
        drop.bind(1, layer.id.value).run();
        removed += database.changes();
    }
    return removed;
}

std::vector<std::string> check_attachments(Geodatabase& geodatabase) {
    std::vector<std::string> problems;
    sqlite::Database& database = geodatabase.database();
    if (!database.has_table("rhumb_attachment")) return problems;
    for (const Layer& layer : geodatabase.layers()) {
        add_sentences(database,
                      "SELECT 'attachment ' || a.global_id || ' ''' || a.name || ''' belongs to "
                      "feature ' || a.parent || ', which is not there' FROM rhumb_attachment a "
                      "WHERE a.layer_id = " +
                          std::to_string(layer.id.value) + " AND NOT EXISTS (SELECT 1 FROM " +
                          sqlite::quoted_name(layer.table) + " f WHERE f." +
                          sqlite::quoted_name(layer.global_id_column) + " = a.parent)",
                      problems);
    }
    add_sentences(database,
                  "SELECT 'attachment ' || a.global_id || ' ''' || a.name || ''' has no content, "
                  "here or at an address' FROM rhumb_attachment a LEFT JOIN rhumb_content c ON "
                  "c.sha256 = a.sha256 WHERE a.url IS NULL AND (c.id IS NULL OR c.have < c.size)",
                  problems);
    add_sentences(database,
                  "SELECT 'content ' || lower(hex(c.sha256)) || ' belongs to no attachment' FROM "
                  "rhumb_content c WHERE NOT EXISTS (SELECT 1 FROM rhumb_attachment a WHERE "
                  "a.sha256 = c.sha256) AND NOT EXISTS (SELECT 1 FROM rhumb_attachment_edit e "
                  "WHERE e.old_sha256 = c.sha256) AND c.have = c.size",
                  problems);
    add_sentences(database,
                  "SELECT 'content ' || ifnull(lower(hex(c.sha256)), c.id) || ' has ' || "
                  "ifnull(sum(length(k.data)), 0) || ' of ' || c.have || ' bytes in its pieces' "
                  "FROM rhumb_content c LEFT JOIN rhumb_content_chunk k ON k.id BETWEEN c.id * "
                  "16777216 AND c.id * 16777216 + 16777215 GROUP BY c.id HAVING "
                  "ifnull(sum(length(k.data)), 0) <> c.have",
                  problems);
    return problems;
}

}  // namespace rhumb::geodb
