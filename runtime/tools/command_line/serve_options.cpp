// SPDX-License-Identifier: Apache-2.0
#include "runtime/tools/command_line/commands_offered.hpp"

#include <memory>
#include <utility>

namespace rhumb::tool {
namespace {

constexpr std::uint16_t kPort = 6080;

struct Typed {
    std::filesystem::path path;
    std::optional<std::uint16_t> port;
    std::optional<std::string> host, context;
    std::optional<std::filesystem::path> config, users, certificate, key;
    bool http_tokens = false;
    std::optional<std::string> log;
};

ServeArguments read(const Typed& typed) {
    ServeArguments arguments;
    arguments.path = typed.path;
    runtime::ServerSettings& settings = arguments.settings;
    settings.port = kPort;
    if (typed.config) {
        settings = runtime::read_server_settings(*typed.config, std::move(settings));
    }
    if (typed.port) settings.port = *typed.port;
    if (typed.host) settings.host = *typed.host;
    if (typed.context) settings.context = *typed.context;
    if (typed.users) settings.security.users_file = *typed.users;
    if (typed.certificate) settings.certificate_file = *typed.certificate;
    if (typed.key) settings.private_key_file = *typed.key;
    if (typed.http_tokens) settings.security.allow_http = true;
    if (typed.log) {
        settings.logs = *typed.log != runtime::kNoLog;
        settings.log_file = settings.logs ? *typed.log : "";
    }
    return arguments;
}

}  // namespace

void declare_serve(CommandOptions& command) {
    auto typed = std::make_shared<Typed>();
    command.add("PATH", typed->path, "A GeoPackage, or a folder whose *.gpkg are all served")
        .required();
    command.add("--port", typed->port, "Port; 0 picks a free one (default: 6080)");
    command.add("--host", typed->host,
                "Address to listen at; 0.0.0.0 for all (default: 127.0.0.1)");
    command.add("--context", typed->context, "Path before /rest (default: /arcgis)");
    command.add("--config", typed->config,
                "Settings of the server as JSON; options go before them");
    command.add("--users", typed->users,
                "Who may sign in (see rhumb user); without it everybody may everything");
    command.add("--tls-cert", typed->certificate, "Certificate chain (PEM): serve https");
    command.add("--tls-key", typed->key, "Private key of the certificate (PEM)");
    command.add_flag("--tokens-over-http", typed->http_tokens,
                     "Take passwords over plain http too, as behind a proxy that does https");
    command.add("--log", typed->log,
                "File for a line of each request, opened anew on SIGHUP; none for no log "
                "(default: stderr)");
    command.add_json();
    command.examples(
        "  rhumb serve city.gpkg\n"
        "  rhumb serve /srv/geodata --host 0.0.0.0 --port 8080\n"
        "  rhumb serve city.gpkg --users users.json --tls-cert box.pem --tls-key box.key\n"
        "city.gpkg is then http://HOST:PORT/arcgis/rest/services/city/FeatureServer; settings of\n"
        "the service are in city.service.json beside it (docs/serving.md).");
    command.read_by([typed] { return read(*typed); });
}

}  // namespace rhumb::tool
