// SPDX-License-Identifier: Apache-2.0
#include "tests/support/office.hpp"

#include "platform/files.hpp"
#include "tests/support/catch.hpp"

namespace rhumb::test {

using namespace geodb;

Office::Office() {
    {
        Geodatabase file = Geodatabase::create(folder_ / "field.gpkg", world_.world());
        make_layer(file, trees_plan());
        make_layer(file, visits_plan());
    }
    restart();
}

Office::Office(const Office& frozen) : limits(frozen.limits), world_(frozen.world_) {
    REQUIRE(frozen.services_ == nullptr);
    std::filesystem::copy(frozen.folder_.path(), folder_.path(),
                          std::filesystem::copy_options::recursive);
    restart();
}

void Office::restart(const std::function<void()>& while_dead) {
    services_.reset();
    if (while_dead) while_dead();
    service::ServerOptions options;
    options.result_folder = folder_ / "results";
    options.work_folder = folder_.path();
    services_ = std::make_unique<service::FeatureServices>(options, world_.clock);
    service::ServiceSettings settings;
    settings.limits = limits;
    settings.ownership = ownership;
    services_->add("field", std::make_unique<service::GpkgStore>(file(), world_.world()), settings);
}

http::Response Office::handle(const http::Request& request) {
    if (request.path().find("/jobs/") != std::string_view::npos) {
        const std::lock_guard lock(jobs_mutex_);
        if (++job_questions_ % 2 == 0) {
            while (services_->run_next_job()) continue;
        }
    }
    return services_->handle(request);
}

http::Request Office::request(const std::string& method, const std::string& path,
                              const http::NameValues& parameters) {
    http::Request request;
    request.method = method;
    request.target = path;
    request.scheme = "http";
    request.headers.set("Host", "office.test");
    if (method == "POST") {
        request.headers.set("Content-Type", "application/x-www-form-urlencoded");
        request.body = http::encode_form(parameters);
    } else if (!parameters.empty()) {
        request.target += "?" + http::encode_form(parameters);
    }
    return request;
}

http::Response Office::send(const std::string& method, const std::string& path,
                            const http::NameValues& parameters) {
    return services_->handle(request(method, path, parameters));
}

wire::Json Office::post(const std::string& resource, http::NameValues parameters) {
    parameters.emplace_back("f", "json");
    const auto response = send("POST", std::string(kService) + resource, parameters);
    return wire::parse_json(body_of(response), "answer");
}

wire::Json Office::get(const std::string& resource, http::NameValues parameters) {
    parameters.emplace_back("f", "json");
    const auto response = send("GET", std::string(kService) + resource, parameters);
    return wire::parse_json(response.text(), "answer");
}

std::string body_of(const http::Response& response) {
    if (const auto* pulled = response.pulled()) {
        std::string body;
        while (body.size() < pulled->length) body += pulled->next(body.size());
        return body;
    }
    if (const auto* file = response.file()) {
        std::string body = read_file(file->path).substr(file->offset, file->length);
        if (file->delete_after) remove_quietly(file->path);
        return body;
    }
    return std::string(response.text());
}

Geodatabase Office::open_file() {
    return Geodatabase::open(file(), world_.world());
}

GlobalId Office::add(std::string_view layer, const Attributes& attributes, Value shape) {
    Geodatabase file = open_file();
    return add_feature(file, layer, attributes, std::move(shape));
}

void Office::update(std::string_view layer, const GlobalId& feature, const Attributes& attributes) {
    Geodatabase file = open_file();
    update_feature(file, layer, feature, attributes);
}

void Office::erase(std::string_view layer, const GlobalId& feature) {
    Geodatabase file = open_file();
    erase_feature(file, layer, feature);
}

}  // namespace rhumb::test
