// SPDX-License-Identifier: Apache-2.0
#include "sync/service/feature_service.hpp"

#include "platform/error.hpp"
#include "platform/http/url.hpp"
#include "platform/text.hpp"
#include "sync/service/answer.hpp"
#include "sync/service/directory/directory.hpp"
#include "sync/service/routes.hpp"
#include "sync/wire/json_writer.hpp"

#include <chrono>
#include <exception>
#include <utility>

namespace rhumb::service {
namespace {

using wire::JsonWriter;

bool is(const std::string& segment, std::string_view name) {
    return equal_ignoring_case(segment, name);
}

[[noreturn]] void no_such_resource(const http::Request& request) {
    throw Error(Status::NotFound, "There is no resource " + excerpt(request.path(), 200));
}

std::string info_json(double version) {
    std::string text;
    JsonWriter writer(text);
    writer.begin_object().key("currentVersion").number(version);
    writer.key("fullVersion").string("11.2.0").key("authInfo").begin_object();
    writer.key("isTokenBasedSecurity").boolean(false).end_object().end_object();
    return text;
}

/// `http://host:port` as the caller reached us, so that links lead back the same way.
std::string origin_of(const http::Request& request) {
    const std::string scheme = request.scheme.empty() ? "http" : request.scheme;
    const std::string_view host = request.headers.get("Host");
    return scheme + "://" + (host.empty() ? "localhost" : std::string(host));
}

http::Response preflight() {
    http::Response response;
    response.status = 204;
    response.headers.set("Access-Control-Allow-Origin", "*");
    response.headers.set("Access-Control-Allow-Methods", "GET, POST, HEAD, OPTIONS");
    response.headers.set("Access-Control-Allow-Headers",
                         "Authorization, Content-Type, X-Esri-Authorization, Range, If-Range");
    return response;
}

}  // namespace

FeatureServices::FeatureServices(ServerOptions options, Clock& clock)
    : options_(std::move(options)), results_(options_.result_folder, clock) {}

void FeatureServices::add(std::string name, std::unique_ptr<Store> store) {
    const auto folder = options_.work_folder / "uploads" / http::percent_encode(name);
    auto uploads = std::make_unique<UploadItems>(*store, folder, options_.limits.uploads);
    auto jobs = std::make_unique<Jobs>(*store, results_,
                                       options_.work_folder / "jobs" / http::percent_encode(name),
                                       options_.limits.jobs, [this] { wake_jobs(); });
    services_.push_back({std::move(name), std::move(store), std::move(uploads), std::move(jobs)});
}

std::vector<std::string> FeatureServices::names() const {
    std::vector<std::string> names;
    for (const Service& service : services_) names.push_back(service.name);
    return names;
}

std::string FeatureServices::path_of(std::string_view name) const {
    return options_.context + "/rest/services/" + http::percent_encode(name) + "/FeatureServer";
}

FeatureServices::Service& FeatureServices::service(std::string_view name) {
    for (Service& service : services_) {
        if (equal_ignoring_case(service.name, name)) return service;
    }
    throw Error(Status::NotFound, "There is no service '" + excerpt(name, 100) + "'");
}

std::shared_lock<std::shared_mutex> FeatureServices::use(Service& service) {
    std::shared_lock using_it(*service.in_use);
    while (service.store->definitions_changed()) {
        using_it.unlock();
        {
            const std::unique_lock alone(*service.in_use);
            if (service.store->definitions_changed()) service.store->read_definitions();
        }
        using_it.lock();
    }
    return using_it;
}

void FeatureServices::housekeep() {
    for (Service& service : services_) {
        const auto using_it = use(service);
        service.store->housekeep(options_.history);
    }
}

http::Response FeatureServices::handle(const http::Request& request) {
    if (request.method == "OPTIONS") return preflight();
    // A body that cannot be read is answered as far as the query says how.
    http::Parameters parameters = http::query_parameters_of(request);
    try {
        parameters = http::parameters_of(request);
        if (!directory::is_wanted(parameters)) return answer(request, parameters);
        parameters.set("f", "json");
        return directory::page_of(request, parameters, options_.context + "/rest/services",
                                  answer(request, parameters));
    } catch (const Error& error) {
        return answer_error(parameters, service_error_of(error));
    } catch (const std::exception& error) {
        return answer_error({}, {500, 0, "The service failed.", {error.what()}}, 500);
    }
}

http::Response FeatureServices::answer(const http::Request& request,
                                       const http::Parameters& parameters) {
    try {
        check_answer_format(parameters);
        return route(request, parameters);
    } catch (const Error& error) {
        const auto answer = service_error_of(error);
        return answer_error(parameters, answer, answer.code == 405 ? 405 : 200);
    } catch (const std::exception& error) {
        // Out of memory and the like: the connection still gets an answer.
        return answer_error({}, {500, 0, "The service failed.", {error.what()}}, 500);
    }
}

http::Response FeatureServices::route(const http::Request& request,
                                      const http::Parameters& parameters) {
    Path segments = path_segments(request.path());
    for (const std::string& piece : path_segments(options_.context)) {
        if (segments.empty() || !is(segments.front(), piece)) no_such_resource(request);
        segments.erase(segments.begin());
    }
    if (segments.size() < 2 || !is(segments[0], "rest")) no_such_resource(request);
    if (is(segments[1], "info") && segments.size() == 2) {
        return answer_json(parameters, info_json(options_.current_version));
    }
    if (!is(segments[1], "services")) no_such_resource(request);
    if (segments.size() > 2) {
        segments.erase(segments.begin(), segments.begin() + 2);
        return route_service(request, parameters, std::move(segments));
    }
    std::string text;
    JsonWriter writer(text);
    writer.begin_object().key("currentVersion").number(options_.current_version);
    writer.key("folders").begin_array().end_array().key("services").begin_array();
    for (const Service& service : services_) {
        writer.begin_object().key("name").string(service.name);
        writer.key("type").string("FeatureServer").end_object();
    }
    writer.end_array().end_object();
    return answer_json(parameters, std::move(text));
}

http::Response FeatureServices::route_service(const http::Request& request,
                                              const http::Parameters& parameters, Path segments) {
    Service& found = service(segments[0]);
    if (segments.size() < 2 || !is(segments[1], "FeatureServer")) no_such_resource(request);
    const auto using_it = use(found);
    const Call call{request,
                    parameters,
                    *found.store,
                    results_,
                    options_.limits,
                    found.name,
                    origin_of(request) + path_of(found.name),
                    *found.uploads,
                    *found.jobs,
                    busy_,
                    {}};
    segments.erase(segments.begin(), segments.begin() + 2);
    http::Response response = answer_operation(call, segments);
    if (auto* pulled = response.pulled()) {
        // Pieces are made after this call has ended, so each uses the service anew.
        pulled->next = [&found, next = std::move(pulled->next)](std::uint64_t sent) {
            const auto using_it_again = use(found);
            return next(sent);
        };
    }
    return response;
}

http::Response FeatureServices::run_job(Service& service, const JobRecord& job,
                                        const http::Parameters& parameters, JobWatch& watch) {
    const auto using_it = use(service);
    const http::Request request;
    // Links are completed by whoever asks for the job: he reached us in his own way.
    const Call call{request,      parameters, *service.store,   results_,      options_.limits,
                    service.name, "",         *service.uploads, *service.jobs, busy_,
                    job.owner,    &watch};
    return run_as_job(call, job.operation);
}

bool FeatureServices::run_next_job() {
    bool any = false;
    for (Service& service : services_) {
        const Jobs::Ran ran = service.jobs->run_next(
            [&](const JobRecord& job, const http::Parameters& parameters, JobWatch& watch) {
                return run_job(service, job, parameters, watch);
            });
        any |= ran == Jobs::Ran::Done;
    }
    return any;
}

void FeatureServices::wait_for_job() {
    constexpr std::chrono::seconds kLongest{1};  // a postponed job is due without a word
    std::unique_lock lock(jobs_mutex_);
    job_is_due_.wait_for(lock, kLongest, [this] { return may_be_due_ || stopping_jobs_; });
    may_be_due_ = false;
}

void FeatureServices::wake_jobs() {
    const std::lock_guard lock(jobs_mutex_);
    may_be_due_ = true;
    job_is_due_.notify_all();
}

void FeatureServices::stop_jobs() {
    for (Service& service : services_) service.jobs->stop();
    const std::lock_guard lock(jobs_mutex_);
    stopping_jobs_ = true;
    job_is_due_.notify_all();
}

}  // namespace rhumb::service
