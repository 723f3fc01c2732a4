// SPDX-License-Identifier: Apache-2.0
//
// Upload items as the store remembers them: what was announced, which parts are here, which file
// holds what. The bytes themselves are files; a file counts only while a row names it.

#pragma once

#include "platform/uuid.hpp"

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace rhumb::service {

struct UploadItem {
    Uuid id;
    std::string owner;
    std::string name;  ///< as the client gave it; never a name of a file here
    std::string description;
    std::int64_t created_ms = 0;
    std::int64_t touched_ms = 0;  ///< last use; an idle item is removed one day
    bool committed = false;
    std::string file;        ///< name of the file with the whole content; "" until committed
    std::int64_t bytes = 0;  ///< of the whole content; 0 until committed
};

struct UploadPart {
    std::int64_t number = 0;  ///< the client's own
    std::string file;
    std::int64_t bytes = 0;
};

struct UploadUsage {
    std::int64_t items = 0;
    std::int64_t bytes = 0;  ///< whole items and parts together
};

/// Belongs to the transaction or snapshot that gave it; of a snapshot's only reading is used.
class UploadTable {
public:
    virtual ~UploadTable() = default;
    virtual std::optional<UploadItem> find(const Uuid& item) = 0;
    virtual std::vector<UploadItem> all() = 0;
    virtual UploadUsage usage(const std::string& owner) = 0;
    /// By number.
    virtual std::vector<UploadPart> parts(const Uuid& item) = 0;

    virtual void save(const UploadItem& item) = 0;
    /// Replaces the part of that number.
    virtual void save_part(const Uuid& item, const UploadPart& part) = 0;
    virtual void remove_parts(const Uuid& item) = 0;
    /// With its parts.
    virtual void remove(const Uuid& item) = 0;
};

}  // namespace rhumb::service
