// SPDX-License-Identifier: Apache-2.0
//
// The feature service over loopback against nginx: a large result file, and small JSON over many
// connections that stay open, with and without a token that is checked.
#include "bench/support/bench_files.hpp"
#include "bench/support/rounds.hpp"
#include "platform/error.hpp"
#include "platform/files.hpp"
#include "platform/hash.hpp"
#include "platform/number.hpp"
#include "platform/text.hpp"
#include "runtime/server/feature_server.hpp"
#include "sync/service/security/users.hpp"

#include <array>
#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <fstream>
#include <memory>

namespace rhumb::bench {
namespace {

constexpr int kPort = 18080;
constexpr std::size_t kDownload = 200U << 20U;

std::string output_of(const std::string& command) {
    const std::unique_ptr<FILE, int (*)(FILE*)> pipe(::popen(command.c_str(), "r"), ::pclose);
    if (!pipe) throw Error(Status::Io, "cannot run " + command);
    std::string text;
    std::array<char, 4096> piece{};
    while (const std::size_t size = std::fread(piece.data(), 1, piece.size(), pipe.get())) {
        text.append(piece.data(), size);
    }
    return text;
}

void run(const std::string& command) {
    if (std::system(command.c_str()) != 0) throw Error(Status::Io, "failed: " + command);
}

/// nginx with sendfile over `folder`, and two small answers.
class Nginx {
public:
    Nginx(const std::filesystem::path& folder, const std::string& json, const std::string& guarded)
        : folder_(folder) {
        std::ofstream conf(folder / "nginx.conf");
        conf << "worker_processes 1; pid nginx.pid; error_log stderr crit; daemon on;\n"
                "events { worker_connections 256; }\n"
                "http { access_log off; sendfile on; tcp_nopush on; keepalive_requests 1000000;\n"
                "client_body_temp_path t; proxy_temp_path t; fastcgi_temp_path t;\n"
                "uwsgi_temp_path t; scgi_temp_path t; types {} default_type application/json;\n"
                "server { listen 127.0.0.1:"
             << kPort << "; location /file { root " << folder.string() << "; }\n"
             << "location /json { return 200 '" << json << "'; }\n"
             << "location /guarded { return 200 '" << guarded << "'; } } }\n";
        conf.close();
        run("nginx -p " + folder_.string() + " -c nginx.conf");
    }
    Nginx(const Nginx&) = delete;
    Nginx& operator=(const Nginx&) = delete;
    ~Nginx() {
        const std::string stop = "nginx -p " + folder_.string() + " -c nginx.conf -s stop";
        if (std::system(stop.c_str()) != 0) std::fputs("nginx did not stop\n", stderr);
    }
    static std::string origin() { return "http://127.0.0.1:" + std::to_string(kPort); }

private:
    std::filesystem::path folder_;
};

double requests_per_second(const std::string& url) {
    const std::string text = output_of("wrk -t1 -c64 -d3s '" + url + "' 2>&1");
    const auto at = text.find("Requests/sec:");
    if (at == std::string::npos || text.find("Non-2xx") != std::string::npos) {
        throw Error(Status::Internal, "wrk says: " + text);
    }
    return parse_double(trimmed(text.substr(at + 13, text.find('\n', at) - at - 13))).value_or(0);
}

void measure_download(const Desk& desk, const std::string& theirs, const std::string& ours) {
    const auto get = [](const std::string& url) {
        return [url] { run("curl -sf -o /dev/null '" + url + "'"); };
    };
    const Rounds rounds(7, {{"nginx", get(theirs)}, {"rhumb", get(ours)}});
    Finding finding;
    finding.row = "19";
    finding.what = "result file of 200 MB over loopback, speed";
    finding.yardstick = "nginx, sendfile";
    finding.unit = "ms";
    finding.yardstick_value = rounds.median_of(0);
    finding.ours = rounds.median_of(1);
    finding.ratio = 1 / rounds.ratio(1, 0);
    finding.hard = 0.70;
    finding.aim = 0.85;
    finding.at_least = true;
    desk.report.add(finding);
}

void measure_json(const Desk& desk, const std::string& what, const std::string& theirs,
                  const std::string& ours) {
    std::vector<double> ratios, nginx, rhumb;
    for (int round = 0; round < 5; ++round) {
        nginx.push_back(requests_per_second(theirs));
        rhumb.push_back(requests_per_second(ours));
        ratios.push_back(rhumb.back() / nginx.back());
    }
    Finding finding;
    finding.row = "20";
    finding.what = what + ", 64 connections kept alive";
    finding.yardstick = "nginx, return";
    finding.unit = "requests/s";
    finding.yardstick_value = median(nginx);
    finding.ours = median(rhumb);
    finding.ratio = median(ratios);
    finding.hard = 0.35;
    finding.aim = 0.5;
    finding.at_least = true;
    desk.report.add(finding);
}

/// A server with a user, and an address of it with his token.
class GuardedServer {
public:
    GuardedServer(const std::filesystem::path& folder, BenchWorld& world) {
        std::filesystem::create_directories(folder);
        geodb::Geodatabase::create(folder / "guarded.gpkg", world.world());
        service::UserList users;
        users.add("jane", service::Role::Editor, "a long password", world.random,
                  world.clock.now_ms());
        users.write(folder / "users.json");
        runtime::FeatureServer::Options options;
        options.path = folder / "guarded.gpkg";
        options.security.users_file = folder / "users.json";
        options.logs = false;
        server_.emplace(options, world.world());
        server_->start();
        const std::string origin =
            "http://127.0.0.1:" + std::to_string(server_->port()) + "/arcgis";
        const std::string answer = output_of(
            "curl -sf -d 'username=jane&password=a+long+password&client=requestip&f=json' '" +
            origin + "/tokens/generateToken'");
        const std::string token(
            wire::text_or_empty(wire::parse_json(answer, "token").find("token")));
        if (token.empty()) throw Error(Status::Internal, "no token: " + answer);
        url_ = origin + "/rest/services?f=json&token=" + token;
    }
    const std::string& url() const { return url_; }

private:
    std::optional<runtime::FeatureServer> server_;
    std::string url_;
};

void measure(const Desk& desk) {
    const auto folder = desk.file("http");
    std::filesystem::remove_all(folder);
    std::filesystem::create_directories(folder / "file");
    const std::string name = sha256("a result of 200 MB").hex() + ".json";
    {
        std::ofstream file(folder / "file" / name, std::ios::binary);
        const std::string piece(1U << 20U, ' ');
        for (std::size_t size = 0; size < kDownload; size += piece.size()) file << piece;
    }
    BenchWorld world;
    geodb::Geodatabase::create(folder / "bench.gpkg", world.world());
    runtime::FeatureServer::Options options;
    options.path = folder / "bench.gpkg";
    options.logs = false;  // as nginx here
    runtime::FeatureServer server(options, world.world());
    std::filesystem::create_hard_link(folder / "file" / name, folder / ".rhumb" / "results" / name);
    server.start();
    const std::string info = "/rest/info?f=json";
    const std::string origin = "http://127.0.0.1:" + std::to_string(server.port()) + "/arcgis";
    const GuardedServer guarded(folder / "guarded", world);
    const Nginx nginx(folder, output_of("curl -sf '" + origin + info + "'"),
                      output_of("curl -sf '" + guarded.url() + "'"));
    measure_download(desk, Nginx::origin() + "/file/" + name,
                     origin + "/rest/services/bench/FeatureServer/replicafiles/" + name);
    measure_json(desk, "small JSON", Nginx::origin() + "/json", origin + info);
    measure_json(desk, "small JSON, token checked", Nginx::origin() + "/guarded", guarded.url());
    server.stop();
}

}  // namespace
}  // namespace rhumb::bench

int main(int argc, char** argv) {
    return rhumb::bench::run_bench(argc, argv, rhumb::bench::measure);
}
