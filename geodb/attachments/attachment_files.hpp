// SPDX-License-Identifier: Apache-2.0
//
// Attachments as people handle them: a file on disk is attached to a feature, and written out
// again. Each in a transaction of its own, in pieces of bounded size.

#pragma once

#include "geodb/attachments/attachments.hpp"

#include <filesystem>
#include <string>
#include <string_view>

namespace rhumb::geodb {

struct AttachmentPlan {
    LayerId layer;
    GlobalId feature;
    std::string name;          ///< default: the file's
    std::string content_type;  ///< default: by the name's extension
    std::string keywords;
};

/// Throws ConstraintViolated when the feature is not there, NotFound or Io naming the file.
Attachment attach_file(Geodatabase& geodatabase, const AttachmentPlan& plan,
                       const std::filesystem::path& file);
Attachment attach_bytes(Geodatabase& geodatabase, const AttachmentPlan& plan,
                        std::string_view bytes);
/// Other content under the same GlobalID and name. Throws NotFound.
Attachment replace_with_file(Geodatabase& geodatabase, const GlobalId& attachment,
                             const std::filesystem::path& file);
/// Throws NotFound.
void remove_attachment(Geodatabase& geodatabase, const GlobalId& attachment);

/// The content in pieces. Throws NotFound when it is not here, saying how much is.
void read_attachment(Geodatabase& geodatabase, const GlobalId& attachment,
                     const std::function<bool(std::string_view)>& on_piece);
/// Writes the content to a new file. Throws AlreadyExists when there is one.
void save_attachment(Geodatabase& geodatabase, const GlobalId& attachment,
                     const std::filesystem::path& file);

/// image/jpeg for "a.JPG"; application/octet-stream for what nobody knows.
std::string content_type_of(const std::string& name);

/// Deletes attachments whose features are not there, and that nobody wanted kept: a program that
/// replaces rows (INSERT OR REPLACE) takes them away without a word to their attachments. Edits
/// like any others. Inside the caller's transaction; returns how many there were.
std::int64_t remove_orphans(Geodatabase& geodatabase);

/// What does not fit together, one sentence each; empty when all is well: rows without their
/// feature or with content that nobody can fetch, content that no row refers to, missing pieces.
std::vector<std::string> check_attachments(Geodatabase& geodatabase);

}  // namespace rhumb::geodb
