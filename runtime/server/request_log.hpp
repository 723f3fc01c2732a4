// SPDX-License-Identifier: Apache-2.0
//
// The log of a server: one line of JSON for each request, written when its answer is known.
//
// A line holds no query string, no parameter and no header, so no token and no password either.

#pragma once

#include "platform/clock.hpp"
#include "sync/service/request_facts.hpp"

#include <cstdint>
#include <filesystem>
#include <mutex>
#include <optional>
#include <string>

namespace rhumb::runtime {

struct LoggedRequest {
    std::string id;
    std::string address;
    std::string method;
    std::string path;  ///< without the query
    service::RequestFacts facts;
    int status = 0;
    std::uint64_t bytes_in = 0;
    std::uint64_t bytes_out = 0;
    std::int64_t duration_ms = 0;
};

/// Any thread.
class RequestLog {
public:
    /// `file`: appended to; "" for stderr. Throws Error naming a file that cannot be written.
    RequestLog(std::filesystem::path file, Clock& clock);
    RequestLog(const RequestLog&) = delete;
    RequestLog& operator=(const RequestLog&) = delete;
    ~RequestLog();

    /// A line that cannot be written is lost: nobody's request fails for it.
    void write(const LoggedRequest& request);
    /// Goes on in a new file of the same name, when somebody has moved the old one away.
    void reopen();

private:
    std::filesystem::path file_;
    Clock& clock_;
    std::mutex mutex_;  // guards the following
    int descriptor_ = 2;
};

/// The line, with its end.
std::string log_line(const LoggedRequest& request, std::int64_t now_ms);

}  // namespace rhumb::runtime
