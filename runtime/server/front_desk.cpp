// SPDX-License-Identifier: Apache-2.0
#include "runtime/server/front_desk.hpp"

#include "platform/http/packed_answer.hpp"
#include "platform/http/url.hpp"
#include "platform/text.hpp"
#include "sync/wire/json_writer.hpp"

#include <algorithm>
#include <array>
#include <cctype>
#include <utility>

namespace rhumb::runtime {
namespace {

constexpr std::size_t kMostIdBytes = 64;

bool is_loopback(std::string_view address) {
    return address == "::1" || address.starts_with("127.") || address.starts_with("::ffff:127.");
}

std::uint64_t body_bytes(const http::Response& response) {
    if (response.file() != nullptr) return response.file()->length;
    return response.pulled() != nullptr ? response.pulled()->length : response.text().size();
}

/// The last entry of a list is what the nearest proxy has seen itself.
std::string last_of(std::string_view list) {
    const auto entries = split(list, ',');
    return entries.empty() ? std::string() : entries.back();
}

bool is_authority(std::string_view text) {
    const bool odd = std::any_of(text.begin(), text.end(), [](unsigned char c) {
        return !(std::isalnum(c) != 0 ||
                 std::string_view(".-:[]_").find(static_cast<char>(c)) != std::string_view::npos);
    });
    return !text.empty() && text.size() <= 255 && !odd;
}

}  // namespace

void take_forwarded(http::Request& request, const std::set<std::string>& trusted) {
    const bool believed = trusted.count(request.remote_address) != 0;
    if (believed) {
        const std::string client = last_of(request.headers.get("X-Forwarded-For"));
        if (is_authority(client)) request.remote_address = client;
        const std::string scheme = lowered(last_of(request.headers.get("X-Forwarded-Proto")));
        if (scheme == "http" || scheme == "https") request.scheme = scheme;
        const std::string host = last_of(request.headers.get("X-Forwarded-Host"));
        if (is_authority(host)) request.headers.set("Host", host);
    }
}

FrontDesk::FrontDesk(service::FeatureServices& services, const FrontSettings& settings,
                     RequestLog* log, Clock& clock, Random& random,
                     std::function<std::size_t()> connections)
    : services_(services),
      settings_(settings),
      log_(log),
      clock_(clock),
      connections_(std::move(connections)) {
    static constexpr std::string_view kDigits = "0123456789abcdef";
    std::array<unsigned char, 4> bytes{};
    random.fill(bytes.data(), bytes.size());
    for (const unsigned char byte : bytes) {
        id_prefix_ += kDigits[byte >> 4];
        id_prefix_ += kDigits[byte & 15];
    }
}

/// The caller's own id, if it is one; else a new one.
std::string FrontDesk::id_of(const http::Request& request) {
    const std::string_view given = request.headers.get("X-Request-Id");
    const bool usable = std::all_of(given.begin(), given.end(), [](unsigned char c) {
        return std::isalnum(c) != 0 || c == '-' || c == '_' || c == '.';
    });
    if (!given.empty() && given.size() <= kMostIdBytes && usable) return std::string(given);
    return id_prefix_ + "-" + std::to_string(next_id_++);
}

bool FrontDesk::may_monitor(const http::Request& request) const {
    if (settings_.monitors.count(request.remote_address) != 0) return true;
    // A proxy on this machine that nobody told us of speaks for somebody else.
    return is_loopback(request.remote_address) && !request.headers.has("X-Forwarded-For");
}

http::Response FrontDesk::health() {
    bool all_well = true;
    std::string text;
    wire::JsonWriter writer(text);
    const auto figures = services_.figures();
    for (const auto& service : figures) all_well = all_well && service.up != 0;
    writer.begin_object().key("status").string(all_well ? "ok" : "failing");
    writer.key("services").begin_array();
    for (const auto& service : figures) {
        writer.begin_object().key("name").string(service.service);
        writer.key("status").string(service.up != 0 ? "ok" : "failing");
        if (!service.problem.empty()) writer.key("problem").string(service.problem);
        writer.end_object();
    }
    writer.end_array().end_object();
    return http::json_response(std::move(text), all_well ? 200 : 503);
}

http::Response FrontDesk::respond(const http::Request& request, service::RequestFacts& facts) {
    const std::string_view path = request.path();
    if ((path == "/healthz" || path == "/metrics") && may_monitor(request)) {
        facts.operation = path.substr(1);
        if (path == "/healthz") return health();
        return http::text_response(metrics_.text(services_.figures(), connections_()),
                                   "text/plain; version=0.0.4; charset=utf-8");
    }
    return services_.handle(request, &facts);
}

void FrontDesk::keep(LoggedRequest& line, const http::Response& response, std::int64_t began_ms) {
    line.status = response.status;
    line.bytes_out = body_bytes(response);
    line.duration_ms = clock_.steady_ms() - began_ms;
    metrics_.count(line);
    if (log_ != nullptr) log_->write(line);
}

http::Response FrontDesk::answer(const http::Request& request) {
    return answer(request, false);
}

std::optional<http::Response> FrontDesk::answer_at_once(const http::Request& request) {
    if (!services_.answers_at_once(request)) return std::nullopt;
    return answer(request, true);
}

http::Response FrontDesk::answer(const http::Request& given, bool at_once) {
    const std::int64_t began_ms = clock_.steady_ms();
    std::optional<http::Request> forwarded;
    if (settings_.trusted_proxies.count(given.remote_address) != 0) {
        take_forwarded(forwarded.emplace(given), settings_.trusted_proxies);
    }
    const http::Request& request = forwarded ? *forwarded : given;
    LoggedRequest line;
    line.id = id_of(request);
    line.address = request.remote_address;
    line.method = request.method;
    line.path = request.path();
    line.bytes_in = request.whole_body().size();
    line.facts.at_once = at_once;
    http::Response response = http::packed_answer(request, respond(request, line.facts));
    response.headers.set("X-Request-Id", line.id);
    keep(line, response, began_ms);
    return response;
}

void FrontDesk::refused(const http::Request& request, const http::Response& response) {
    LoggedRequest line;
    line.id = id_of(request);
    line.address = request.remote_address;
    line.method = request.method;
    line.path = request.path();
    line.facts.operation = "refused";
    line.facts.error = response.status;
    keep(line, response, clock_.steady_ms());
}

}  // namespace rhumb::runtime
