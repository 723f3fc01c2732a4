// SPDX-License-Identifier: Apache-2.0
//
// An office that asks who comes: users Vera (viewer), Ed (editor), Olga (owner) and Adam
// (administrator), all with the password "open sesame".

#pragma once

#include "platform/files.hpp"
#include "sync/service/feature_service.hpp"
#include "sync/service/store/gpkg_store.hpp"
#include "tests/support/catch.hpp"
#include "tests/support/office.hpp"

#include <map>
#include <memory>
#include <string>

namespace rhumb::test {

inline constexpr const char* kPassword = "open sesame";
/// Next to no work: what is tried here is not how long guessing takes.
inline constexpr PasswordCost kCheap{16, 8, 1};

class GuardedOffice {
public:
    explicit GuardedOffice(service::ServiceSettings settings = {}) : settings_(settings) {
        using service::Role;
        {
            auto file = geodb::Geodatabase::create(folder_ / "field.gpkg", world_.world());
            make_layer(file, trees_plan());
            add_feature(file, "trees", {{"species", geodb::Value{std::string("oak")}}},
                        point(1, 1));
        }
        service::UserList users;
        for (const auto& [name, role] : {std::pair{"Vera", Role::Viewer},
                                         {"Ed", Role::Editor},
                                         {"Olga", Role::Owner},
                                         {"Adam", Role::Administrator}}) {
            users.add(name, role, kPassword, world_.random, world_.clock.now, kCheap);
        }
        users.write(users_file());
        restart();
    }

    std::filesystem::path users_file() const { return folder_ / "users.json"; }
    TestWorld& world() { return world_; }
    service::FeatureServices& services() { return *services_; }
    service::SecurityOptions options() const {
        service::SecurityOptions options;
        options.users_file = users_file();
        return options;
    }

    void restart() {
        services_.reset();
        security_ = std::make_unique<service::Security>(options(), world_.clock, random_);
        service::ServerOptions server;
        server.result_folder = folder_ / "results";
        server.work_folder = folder_.path();
        server.security = security_.get();
        services_ = std::make_unique<service::FeatureServices>(server, world_.clock);
        services_->add("field",
                       std::make_unique<service::GpkgStore>(folder_ / "field.gpkg", world_.world()),
                       settings_);
    }

    /// A request as the rim hands it over: from another machine, over https.
    static http::Request request(const std::string& method, const std::string& target,
                                 const http::NameValues& parameters = {}) {
        http::Request request = Office::request(method, target, parameters);
        request.scheme = "https";
        request.remote_address = "10.0.0.7";
        return request;
    }
    wire::Json ask(const http::Request& request) {
        const http::Response response = services_->handle(request);
        CHECK(response.headers.get("Access-Control-Allow-Origin") == "*");
        const std::string text =
            response.file() ? read_file(response.file()->path) : std::string(response.text());
        return wire::parse_json(text, "answer");
    }

    wire::Json sign_in(http::NameValues parameters) {
        parameters.emplace_back("f", "json");
        return ask(request("POST", "/arcgis/tokens/generateToken", parameters));
    }
    /// A token bound to the address of the requests.
    std::string token(const std::string& user) {
        return at(sign_in({{"username", user}, {"password", kPassword}, {"client", "requestip"}}),
                  "token")
            .as_string("token");
    }
    /// What a user gets; "" is nobody.
    wire::Json as(const std::string& user, const std::string& method, const std::string& resource,
                  http::NameValues parameters = {}) {
        parameters.emplace_back("f", "json");
        if (!user.empty()) {
            if (tokens_.count(user) == 0) tokens_[user] = token(user);
            parameters.emplace_back("token", tokens_[user]);
        }
        return ask(request(method, std::string(Office::kService) + resource, parameters));
    }

private:
    TempFolder folder_;
    TestWorld world_;
    SystemRandom random_;
    service::ServiceSettings settings_;
    std::unique_ptr<service::Security> security_;
    std::unique_ptr<service::FeatureServices> services_;
    std::map<std::string, std::string> tokens_;
};

/// Code of an answer's error; 0 when it is none.
inline std::int64_t error_code(const wire::Json& answer) {
    const wire::Json* error = answer.find("error");
    return error == nullptr ? 0 : at(*error, "code").as_int64("code");
}

}  // namespace rhumb::test
