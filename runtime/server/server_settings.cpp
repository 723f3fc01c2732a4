// SPDX-License-Identifier: Apache-2.0
#include "runtime/server/server_settings.hpp"

#include "platform/text.hpp"

#include <algorithm>
#include <cctype>
#include <type_traits>
#include <utility>

namespace rhumb::runtime {
namespace {

namespace fs = std::filesystem;
using service::SettingsReader;

constexpr std::size_t kMostPathBytes = 4096;
constexpr std::int64_t kMostMinutes = 366LL * 24 * 60;
constexpr std::int64_t kKilobyte = 1024;
constexpr std::int64_t kMegabyte = 1024 * kKilobyte;
constexpr std::int64_t kMostBytes = 1LL << 50;
constexpr std::int64_t kDayMs = 24LL * 3600 * 1000;
constexpr std::int64_t kMostRequests = 1'000'000'000;

/// The settings of one file, whose relative paths are below its folder.
class ServerFile {
public:
    ServerFile(const fs::path& file, const wire::Json& json)
        : folder_(fs::absolute(file).parent_path()), top_(json, file.string()) {}

    ServerSettings read(ServerSettings over) {
        top_.read("host", over.host, 255);
        std::int64_t port = over.port;
        top_.read("port", port, 0, 65535);
        over.port = static_cast<std::uint16_t>(port);
        top_.read("context", over.context, 255);
        if (auto tls = top_.object("tls")) read_tls(*tls, over);
        read_path(top_, "users", over.security.users_file);
        if (auto tokens = top_.object("tokens")) read_tokens(*tokens, over.security);
        if (auto limits = top_.object("limits")) read_limits(*limits, over);
        if (const auto log = top_.text("log", kMostPathBytes)) over.log_file = log_path(*log, over);
        read_addresses("monitoring", over.front.monitors);
        read_addresses("trustedProxies", over.front.trusted_proxies);
        if (const auto services = top_.object("services")) {
            over.services = service::read_service_settings(*services, over.services);
        }
        top_.finish();
        return over;
    }

private:
    void read_path(SettingsReader& reader, std::string_view key, fs::path& into) const {
        const auto text = reader.text(key, kMostPathBytes);
        if (!text) return;
        if (text->empty()) reader.refuse(key, "is empty, not the name of a file");
        into = folder_ / *text;
    }

    fs::path log_path(const std::string& text, ServerSettings& into) const {
        into.logs = text != kNoLog;
        return text.empty() || !into.logs ? fs::path() : folder_ / text;
    }

    void read_addresses(std::string_view key, std::set<std::string>& into) {
        const auto addresses = top_.texts(key, 45);
        if (!addresses) return;
        into.clear();
        for (const std::string& address : *addresses) {
            const bool odd = std::any_of(address.begin(), address.end(), [](unsigned char c) {
                return std::isxdigit(c) == 0 && c != '.' && c != ':';
            });
            if (odd) top_.refuse(key, "holds '" + excerpt(address, 45) + "', no address");
            into.insert(lowered(address));
        }
    }

    static void read_size(SettingsReader& reader, std::string_view key, auto& into,
                          std::int64_t least, std::int64_t most) {
        const auto number = reader.number(key, least, most);
        if (number) into = static_cast<std::remove_reference_t<decltype(into)>>(*number);
    }

    static void read_limits(SettingsReader reader, ServerSettings& into) {
        http::Listener::Options& limits = into.limits;
        read_size(reader, "headerBytes", limits.header_limit, 8 * kKilobyte, 16 * kMegabyte);
        read_size(reader, "urlBytes", limits.url_limit, 8 * kKilobyte, 16 * kMegabyte);
        read_size(reader, "formBytes", limits.form_limit, kKilobyte, kMostBytes);
        read_size(reader, "bodyBytes", limits.body_limit, kKilobyte, kMostBytes);
        read_size(reader, "connections", limits.max_connections, 1, 1'000'000);
        read_size(reader, "threads", limits.threads, 1, 1024);
        read_size(reader, "idleMs", limits.idle_ms, 10, kDayMs);
        read_size(reader, "headerMs", limits.header_ms, 10, kDayMs);
        read_size(reader, "leastBodyBytesPerSecond", limits.least_body_rate, 1, kMostBytes);
        read_size(reader, "stopMs", limits.drain_ms, 0, kDayMs);
        read_size(reader, "unpackedBytes", into.form.unpacked_bytes, kKilobyte, kMostBytes);
        read_size(reader, "parameters", into.form.parameters, 50, 1'000'000);
        read_size(reader, "parts", into.form.multipart.parts, 10, 1'000'000);
        read_size(reader, "partHeaderBytes", into.form.multipart.part_header_bytes, kKilobyte,
                  kMegabyte);
        read_size(reader, "requestsPerMinute", into.requests_per_minute, 0, kMostRequests);
        read_size(reader, "requestBurst", into.request_burst, 1, kMostRequests);
        reader.finish();
    }

    void read_tls(SettingsReader tls, ServerSettings& into) const {
        read_path(tls, "certificate", into.certificate_file);
        read_path(tls, "key", into.private_key_file);
        tls.finish();
    }

    void read_tokens(SettingsReader tokens, service::SecurityOptions& into) const {
        tokens.read("defaultMinutes", into.default_minutes, 1, kMostMinutes);
        tokens.read("maxMinutes", into.most_minutes, 1, kMostMinutes);
        tokens.read("allowHttp", into.allow_http);
        read_path(tokens, "key", into.key_file);
        tokens.finish();
    }

    fs::path folder_;
    SettingsReader top_;
};

}  // namespace

ServerSettings read_server_settings(const fs::path& file, ServerSettings over) {
    const wire::Json json = service::read_settings_file(file);
    return ServerFile(file, json).read(std::move(over));
}

}  // namespace rhumb::runtime
