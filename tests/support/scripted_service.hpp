// SPDX-License-Identifier: Apache-2.0
//
// A service that says what the test wrote down: for the answers of other vendors, and for broken
// ones.

#pragma once

#include "platform/http/form.hpp"
#include "platform/http/transport.hpp"

#include <deque>
#include <map>
#include <string>
#include <vector>

namespace rhumb::test {

class ScriptedService final : public http::Transport {
public:
    /// The next answer to a request whose path ends so. The last one for a path is given again
    /// and again.
    ScriptedService& on(const std::string& path_end, http::TransportResult result);
    ScriptedService& on(const std::string& path_end, const std::string& json) {
        return on(path_end, http::json_response(json));
    }
    /// Forgets what was written down for a path.
    ScriptedService& forget(const std::string& path_end) {
        script_.erase(path_end);
        return *this;
    }
    /// Serves a file by range, as result files are; `cut_at` breaks off the first whole answer.
    void serve_file(const std::string& path_end, std::string content, std::string etag = "\"v1\"");
    void cut_next_file_after(std::size_t bytes) { cut_after_ = bytes; }

    http::TransportResult send(const http::TransportRequest& request,
                               const CancelToken& cancel) override;

    struct Asked {
        std::string method;
        std::string path;
        http::Parameters form;
        http::Headers headers;
    };
    const std::vector<Asked>& asked() const { return asked_; }
    /// The requests whose path ends so, in order.
    std::vector<Asked> asked(const std::string& path_end) const;

private:
    struct File {
        std::string content;
        std::string etag;
    };
    http::TransportResult answer_file(const http::TransportRequest& request, const File& file);
    static http::TransportResult delivered(const http::TransportRequest& request,
                                           http::TransportResult result);

    std::map<std::string, std::deque<http::TransportResult>> script_;
    std::map<std::string, File> files_;
    std::vector<Asked> asked_;
    std::size_t cut_after_ = 0;
};

/// A transfer that was cut after the request went out.
inline http::TransportResult lost_answer() {
    return http::TransportFailure{http::TransportFailure::Kind::Interrupted, "the link went away"};
}

}  // namespace rhumb::test
