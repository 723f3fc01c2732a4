// SPDX-License-Identifier: Apache-2.0
//
// Photos of a test: attached on a device or in the office, and looked at again.

#pragma once

#include "geodb/attachments/attachment_files.hpp"
#include "geodb/sqlite/transaction.hpp"
#include "sync/replica/attachment_lane.hpp"

#include <string>
#include <string_view>

namespace rhumb::test {

/// Bytes that look like nothing in particular, the same for the same seed.
inline std::string photo(std::size_t bytes, std::uint32_t seed = 1) {
    std::string out(bytes, '\0');
    std::uint32_t state = seed * 2654435761U + 1;
    for (char& c : out) {
        state = state * 1664525U + 1013904223U;
        c = static_cast<char>(state >> 24);
    }
    return out;
}

/// As an app does it: content and row in one transaction.
inline geodb::GlobalId attach(geodb::Geodatabase& file, std::string_view layer,
                              const geodb::GlobalId& feature, const std::string& name,
                              std::string_view bytes) {
    geodb::sqlite::Transaction transaction(file.database());
    geodb::Attachments attachments(file);
    attachments.make_tables();
    geodb::ContentStore::Writer content(attachments.contents(), file.now_ms());
    content.add(bytes);
    geodb::Attachment made;
    made.global_id = file.new_global_id();
    made.layer = file.layer(layer).id;
    made.parent = feature;
    made.name = name;
    made.content_type = "image/jpeg";
    std::tie(made.content, made.size) = content.finish();
    attachments.insert(made, geodb::Attachments::Tracking::Logged);
    transaction.commit();
    return made.global_id;
}

inline void replace_photo(geodb::Geodatabase& file, const geodb::GlobalId& attachment,
                          std::string_view bytes) {
    geodb::sqlite::Transaction transaction(file.database());
    geodb::Attachments attachments(file);
    auto changed = attachments.find(attachment).value();
    geodb::ContentStore::Writer content(attachments.contents(), file.now_ms());
    content.add(bytes);
    std::tie(changed.content, changed.size) = content.finish();
    attachments.update(changed, geodb::Attachments::Tracking::Logged);
    attachments.contents().reclaim(true);
    transaction.commit();
}

inline void remove_photo(geodb::Geodatabase& file, const geodb::GlobalId& attachment) {
    geodb::sqlite::Transaction transaction(file.database());
    geodb::Attachments attachments(file);
    attachments.erase(attachments.find(attachment).value().id,
                      geodb::Attachments::Tracking::Logged);
    transaction.commit();
}

/// The bytes; "(gone)" without the attachment, "(not here)" without its content.
inline std::string bytes_of(geodb::Geodatabase& file, const geodb::GlobalId& attachment) {
    geodb::Attachments attachments(file);
    const auto found = attachments.find(attachment);
    if (!found) return "(gone)";
    if (!found->content || !attachments.contents().has_whole(*found->content)) return "(not here)";
    std::string bytes;
    attachments.contents().read(*found->content, 0, found->size, [&](std::string_view piece) {
        bytes.append(piece);
        return true;
    });
    return bytes;
}

inline geodb::AttachmentState state_of(geodb::Geodatabase& file,
                                       const geodb::GlobalId& attachment) {
    sync::AttachmentLane lane(file);
    return lane.state(lane.attachments().find(attachment).value());
}

/// All attachments, one line each, by GlobalID: equal lines, equal attachments.
inline std::string photos(geodb::Geodatabase& file) {
    if (!file.database().has_table("rhumb_attachment")) return {};
    geodb::sqlite::Statement rows(
        file.database(),
        "SELECT a.global_id || ' ' || a.parent || ' ' || a.name || ' ' || a.size || ' ' || "
        "hex(a.sha256) || ' ' || ifnull(c.have, -1) FROM rhumb_attachment a LEFT JOIN "
        "rhumb_content c ON c.sha256 = a.sha256 ORDER BY a.global_id");
    std::string text;
    while (rows.step()) text += std::string(rows.column_text(0)) + "\n";
    return text;
}

inline std::int64_t contents(geodb::Geodatabase& file) {
    return file.database().int64_of("SELECT count(*) FROM rhumb_content").value_or(0);
}

}  // namespace rhumb::test
