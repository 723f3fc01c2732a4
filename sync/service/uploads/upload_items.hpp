// SPDX-License-Identifier: Apache-2.0
//
// Upload items of one service: content that clients bring ahead of the operation that uses it.
//
// The bytes are files in a work folder, named by ids of our own and never by what a client says.
// A file is written whole and made durable before a row names it, so a kill at any instant leaves
// at most a file that no row names, and those are removed when the service opens.

#pragma once

#include "sync/service/security/principal.hpp"
#include "sync/service/store/store.hpp"
#include "sync/service/store/upload_table.hpp"
#include "sync/service/uploads/upload_limits.hpp"

#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace rhumb::service {

/// A committed item, for reading. The file stays for UploadLimits::kept_ms at least.
struct UploadedFile {
    std::filesystem::path path;
    std::string name;  ///< as the client gave it
    std::int64_t bytes = 0;
};

/// Any thread. `store` and `limits` outlive it. Items of another owner are treated as unknown.
class UploadItems {
public:
    /// Removes files without a row and rows without a file.
    UploadItems(Store& store, std::filesystem::path folder, const UploadLimits& limits);

    const UploadLimits& limits() const { return limits_; }

    // Each throws Error: NotFound for an unknown item, InvalidArgument naming the limit.
    UploadItem announce(const std::string& owner, const std::string& name,
                        const std::string& description);
    UploadItem find(const Claimant& owner, std::string_view id);
    std::vector<std::int64_t> part_numbers(const Claimant& owner, std::string_view id);
    /// Replaces a part of the same number.
    void put_part(const Claimant& owner, std::string_view id, std::int64_t number,
                  std::string_view bytes);
    /// Puts the parts together in `order`; "" as checksum: not looked at, else SHA-256 in hex.
    /// Of a committed item nothing is asked again.
    UploadItem commit(const Claimant& owner, std::string_view id,
                      std::optional<std::vector<std::int64_t>> order, std::string_view checksum);
    void remove(const Claimant& owner, std::string_view id);

    /// The item that an operation refers to by `parameter`. Throws InvalidArgument (code 400)
    /// naming parameter and item when it is unknown, somebody else's, or not committed.
    UploadedFile open(const Claimant& owner, std::string_view parameter, std::string_view id);

    /// Removes what nobody used for kept_ms. announce() does so too.
    void remove_idle();

    /// "i" and the id in lower case.
    static std::string wire_id(const Uuid& id) { return "i" + id.plain(); }

private:
    void clean();
    std::string write_file(const Uuid& item, std::string_view bytes);
    std::string join_files(const Uuid& item, const std::vector<UploadPart>& parts,
                           std::string_view checksum);
    void remove_files(const std::vector<std::string>& names) const;

    Store& store_;
    std::filesystem::path folder_;
    const UploadLimits& limits_;
};

}  // namespace rhumb::service
