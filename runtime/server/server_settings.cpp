// SPDX-License-Identifier: Apache-2.0
#include "runtime/server/server_settings.hpp"

#include "platform/text.hpp"

#include <algorithm>
#include <utility>

namespace rhumb::runtime {
namespace {

namespace fs = std::filesystem;
using service::SettingsReader;

constexpr std::size_t kMostPathBytes = 4096;
constexpr std::int64_t kMostMinutes = 366LL * 24 * 60;

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
