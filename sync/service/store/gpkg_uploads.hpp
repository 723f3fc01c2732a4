// SPDX-License-Identifier: Apache-2.0
//
// Upload items in a served GeoPackage.

#pragma once

#include "geodb/sqlite/database.hpp"
#include "sync/service/store/upload_table.hpp"

namespace rhumb::service {

/// Lives as long as the transaction on `database` in which it is used.
class GpkgUploads final : public UploadTable {
public:
    explicit GpkgUploads(geodb::sqlite::Database& database) : database_(database) {}

    std::optional<UploadItem> find(const Uuid& item) override;
    std::vector<UploadItem> all() override;
    UploadUsage usage(const std::string& owner) override;
    std::vector<UploadPart> parts(const Uuid& item) override;
    void save(const UploadItem& item) override;
    void save_part(const Uuid& item, const UploadPart& part) override;
    void remove_parts(const Uuid& item) override;
    void remove(const Uuid& item) override;

private:
    geodb::sqlite::Database& database_;
};

}  // namespace rhumb::service
