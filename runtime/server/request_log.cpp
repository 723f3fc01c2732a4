// SPDX-License-Identifier: Apache-2.0
#include "runtime/server/request_log.hpp"

#include "platform/date_time.hpp"
#include "platform/files.hpp"
#include "platform/text.hpp"
#include "sync/wire/json_writer.hpp"

#include <fcntl.h>
#include <unistd.h>
#include <cerrno>
#include <utility>

namespace rhumb::runtime {
namespace {

constexpr std::size_t kMostPathBytes = 200;

int open_log(const std::filesystem::path& file) {
    const int descriptor = ::open(file.c_str(), O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0640);
    if (descriptor < 0) throw_file_error("cannot write the log", file, errno);
    return descriptor;
}

std::string shown(std::string_view text, std::size_t most) {
    const std::string piece = excerpt(text, most);
    return is_utf8(piece) ? piece : "(not UTF-8)";
}

}  // namespace

std::string log_line(const LoggedRequest& request, std::int64_t now_ms) {
    const service::RequestFacts& facts = request.facts;
    std::string line;
    wire::JsonWriter writer(line);
    writer.begin_object().key("time").string(format_date_time(now_ms));
    writer.key("id").string(request.id).key("address").string(request.address);
    writer.key("user").string(facts.user).key("method").string(shown(request.method, 20));
    writer.key("path").string(shown(request.path, kMostPathBytes));
    writer.key("service").string(facts.service).key("operation").string(facts.operation);
    writer.key("status").integer(request.status);
    if (facts.error != 0) writer.key("error").integer(facts.error);
    if (facts.rows >= 0) writer.key("rows").integer(facts.rows);
    writer.key("bytesIn").integer(static_cast<std::int64_t>(request.bytes_in));
    writer.key("bytesOut").integer(static_cast<std::int64_t>(request.bytes_out));
    writer.key("ms").integer(request.duration_ms).end_object();
    return line + "\n";
}

RequestLog::RequestLog(std::filesystem::path file, Clock& clock)
    : file_(std::move(file)), clock_(clock) {
    if (!file_.empty()) descriptor_ = open_log(file_);
}

RequestLog::~RequestLog() {
    if (!file_.empty()) ::close(descriptor_);
}

void RequestLog::write(const LoggedRequest& request) {
    const std::string line = log_line(request, clock_.now_ms());
    const std::lock_guard lock(mutex_);
    // One call, so that lines of several programs do not mix in one file.
    while (::write(descriptor_, line.data(), line.size()) < 0 && errno == EINTR) continue;
}

void RequestLog::reopen() {
    if (file_.empty()) return;
    const int fresh = open_log(file_);
    const std::lock_guard lock(mutex_);
    ::close(std::exchange(descriptor_, fresh));
}

}  // namespace rhumb::runtime
