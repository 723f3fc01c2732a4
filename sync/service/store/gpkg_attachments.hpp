// SPDX-License-Identifier: Apache-2.0
//
// Attachments of a served GeoPackage, and what its replicas agreed upon about them.

#pragma once

#include "geodb/geodatabase.hpp"
#include "sync/service/store/attachment_store.hpp"

#include <memory>

namespace rhumb::service {

/// `reader` stands in a read transaction and outlives it.
std::unique_ptr<AttachmentReader> gpkg_attachment_reader(geodb::Geodatabase& reader,
                                                         geodb::Generation head);

/// Writes within the open transaction of its geodatabase.
struct GpkgAttachmentWriterHandle {
    std::unique_ptr<AttachmentWriter> writer;
    std::function<std::int64_t()> edits;  ///< made so far
};
GpkgAttachmentWriterHandle gpkg_attachment_writer(geodb::Geodatabase& writer);
/// Drops content that nothing refers to any more.
void gpkg_reclaim_content(geodb::Geodatabase& writer);
/// Also what nobody referred to since `before_ms`.
void gpkg_reclaim_content(geodb::Geodatabase& writer, std::int64_t before_ms);

AttachmentAgreement read_agreement(geodb::sqlite::Database& database, const Uuid& replica);
void write_agreement(geodb::sqlite::Database& database, const Uuid& replica,
                     const AttachmentAgreement& agreement);

}  // namespace rhumb::service
