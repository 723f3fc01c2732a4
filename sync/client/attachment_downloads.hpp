// SPDX-License-Identifier: Apache-2.0
//
// Content on its way from the service: by its hash in packs between two Rhumbs, from an address
// with ranges from others. Both go on inside a file after a cut or a kill.

#pragma once

#include "platform/http/transport.hpp"
#include "sync/client/answer.hpp"
#include "sync/replica/attachment_lane.hpp"
#include "sync/wire/content_pack.hpp"

#include <filesystem>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <vector>

namespace rhumb::sync {

class HashDownloads {
public:
    HashDownloads(AttachmentLane& lane, geodb::Geodatabase& geodatabase, std::filesystem::path file)
        : lane_(lane), geodatabase_(geodatabase), file_(std::move(file)) {}

    /// Whether anything is wanted that has a hash and did not fail in this run.
    bool begin();
    std::string question();
    /// A whole answer, in memory or in file().
    void take(const http::Response& response);
    /// What came before a cut or a kill. Whether that was anything.
    bool take_leftover();
    /// All that was asked for is not to be had.
    void give_up(const std::string& reason);

    const std::filesystem::path& file() const { return file_; }
    void remove_file() const;
    std::int64_t fetched() const { return fetched_; }
    const std::map<geodb::GlobalId, std::string>& failures() const { return failures_; }

private:
    struct Asked {
        geodb::Attachment attachment;
        std::int64_t from = 0;
    };
    void append(const wire::PackPiece& piece, std::int64_t offset, std::string_view bytes);
    void take_pieces(const std::function<void(wire::PackReader&)>& feed);
    void fail(const geodb::Attachment& attachment, const std::string& reason);

    AttachmentLane& lane_;
    geodb::Geodatabase& geodatabase_;
    std::filesystem::path file_;
    std::vector<Asked> asked_;
    std::set<Sha256> progressed_, spoiled_, given_up_;
    std::map<geodb::GlobalId, std::string> failures_;
    std::int64_t after_ = 0;
    std::int64_t fetched_ = 0;
};

class AddressDownload {
public:
    AddressDownload(AttachmentLane& lane, geodb::Geodatabase& geodatabase,
                    std::filesystem::path file);

    /// Finds the next that is wanted and has an address.
    bool begin();
    http::TransportRequest request(const std::string& service_url);
    /// Why the same request is to be made again; none when it is settled in one way or another.
    std::optional<Answer> take(const http::Response& response);
    /// The answer was cut: whether more is here than before.
    bool broke();
    /// Nothing of use came, because of `reason`. True when it has been so for some times in a row:
    /// then this one is left to the next run, lest it keep the others from coming.
    bool is_given_up(const std::string& reason);
    /// Content came, and is asked for a second time: its end is not proved.
    bool came_once() const { return in_vain_ < 0; }

    std::int64_t fetched() const { return fetched_; }
    const std::map<geodb::GlobalId, std::string>& failures() const { return failures_; }

private:
    void fail(const std::string& reason);
    bool find_next();
    bool keep(bool length_was_told);
    bool is_content() const;
    std::int64_t file_bytes() const;

    AttachmentLane& lane_;
    geodb::Geodatabase& geodatabase_;
    std::filesystem::path file_;
    std::optional<AttachmentLane::Wanted> current_;
    bool plain_ = false;                  ///< the service gives no validator: the whole at once
    std::int64_t first_part_;             ///< bytes of the request that brings the validator
    std::optional<std::int64_t> behind_;  ///< what was here when the rest was asked for
    bool failed_ones_ = false;            ///< it is their turn
    std::optional<Sha256> came_once_;     ///< of the current one, whose length nobody told
    int in_vain_ = 0;                     ///< requests for the current one in a row
    std::map<geodb::GlobalId, std::string> failures_;
    std::int64_t after_ = 0;
    std::int64_t fetched_ = 0;
};

}  // namespace rhumb::sync
