// SPDX-License-Identifier: Apache-2.0
//
// A link that drops after so many bytes, over and over.

#pragma once

#include "tests/support/loopback.hpp"

#include <algorithm>
#include <cstdint>
#include <filesystem>
#include <string>

namespace rhumb::test {

/// Requests with a longer body break, or a gateway refuses them.
class NarrowLink final : public http::Transport {
public:
    explicit NarrowLink(http::Transport& link) : link_(link) {}

    http::TransportResult send(const http::TransportRequest& request,
                               const CancelToken& cancel) override {
        const auto bytes = static_cast<std::int64_t>(request.body.size());
        bytes_up += std::min(bytes, room);
        if (killed_at >= 0 && requests == killed_at) throw DeviceKilled{};
        ++requests;
        if (bytes <= room) return cut(request, link_.send(request, cancel));
        ++broken;
        if (!gateway) {
            return http::TransportFailure{http::TransportFailure::Kind::Interrupted, "dropped"};
        }
        return http::text_response("<html>413 Request Entity Too Large</html>", "text/html", 413);
    }

    std::int64_t room = 100'000;
    bool gateway = false;
    std::int64_t bytes_up = 0;
    int requests = 0, broken = 0, killed_at = -1;

private:
    /// The connection ends in the middle of a long answer.
    http::TransportResult cut(const http::TransportRequest& request, http::TransportResult result) {
        auto* response = std::get_if<http::Response>(&result);
        if (response == nullptr) return result;
        const auto* file = response->file();
        const std::uint64_t bytes = file != nullptr ? file->length : response->text().size();
        if (static_cast<std::int64_t>(bytes) <= room) return result;
        ++broken;
        if (file != nullptr) {
            std::filesystem::resize_file(*request.save_to,
                                         request.save_offset + static_cast<std::uint64_t>(room));
        }
        return http::TransportFailure{http::TransportFailure::Kind::Interrupted, "dropped"};
    }
    http::Transport& link_;
};

}  // namespace rhumb::test
