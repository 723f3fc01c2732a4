// SPDX-License-Identifier: Apache-2.0
#include "sync/service/feature_service.hpp"

#include "platform/error.hpp"
#include "platform/http/packed_request.hpp"
#include "platform/http/url.hpp"
#include "platform/text.hpp"
#include "sync/service/answer.hpp"
#include "sync/service/directory/directory.hpp"
#include "sync/service/directory/sign_in.hpp"
#include "sync/service/routes.hpp"
#include "sync/service/security/refusals.hpp"
#include "sync/service/security/request_origin.hpp"
#include "sync/service/security/session_cookie.hpp"
#include "sync/service/validators.hpp"
#include "sync/wire/json_writer.hpp"

#include <algorithm>
#include <array>
#include <chrono>
#include <exception>
#include <utility>

namespace rhumb::service {
namespace {

using wire::JsonWriter;

constexpr const char* kGenerateToken = "generateToken";
constexpr std::size_t kFewServices = 100;  // a list of more may take a while to write and pack

bool is(const std::string& segment, std::string_view name) {
    return equal_ignoring_case(segment, name);
}

[[noreturn]] void no_such_resource(const http::Request& request) {
    throw Error(Status::NotFound, "There is no resource " + excerpt(request.path(), 200));
}

/// `tokens`: where tokens are made; "" when nobody needs one.
std::string info_json(double version, const std::string& tokens, std::int64_t minutes) {
    std::string text;
    JsonWriter writer(text);
    writer.begin_object().key("currentVersion").number(version);
    writer.key("fullVersion").string("11.2.0").key("authInfo").begin_object();
    writer.key("isTokenBasedSecurity").boolean(!tokens.empty());
    if (!tokens.empty()) {
        writer.key("tokenServicesUrl").string(tokens);
        writer.key("shortLivedTokenValidity").integer(minutes);
    }
    writer.end_object().end_object();
    return text;
}

bool is_token_resource(const Path& path) {
    return is(path[0], "tokens") &&
           (path.size() == 1 || (path.size() == 2 && is(path[1], "generateToken")));
}

/// Programs that fetch a file say no `f` either: an error must not come to them as a page.
bool accepts_pages(const http::Request& request) {
    return lowered(request.headers.get("Accept")).find("text/html") != std::string::npos;
}

/// What changes seldom and is asked for often.
bool is_metadata(const http::Request& request, const http::Response& response,
                 const RequestFacts& facts) {
    if (request.method != "GET" && request.method != "HEAD") return false;
    if (response.status != 200 || facts.error != 0) return false;
    static constexpr std::array<std::string_view, 5> kKinds{"info", "services", "service", "layer",
                                                            "layers"};
    return std::find(kKinds.begin(), kKinds.end(), facts.operation) != kKinds.end();
}

http::Response preflight() {
    http::Response response;
    response.status = 204;
    response.headers.set("Access-Control-Allow-Methods", "GET, POST, HEAD, OPTIONS");
    response.headers.set(
        "Access-Control-Allow-Headers",
        "Authorization, Content-Encoding, Content-Type, If-Match, If-None-Match, If-Range, Range, "
        "X-Esri-Authorization, X-Request-Id, X-Requested-With");
    response.headers.set("Access-Control-Max-Age", "86400");
    return response;
}

/// Browsers of other origins may read every answer, errors included, but none that a cookie has
/// opened: "*" holds for requests without cookies only. What scripts may read beside the body
/// concerns those alone who say where they come from.
void add_cors(const http::Request& request, http::Response& response) {
    response.headers.set("Access-Control-Allow-Origin", "*");
    if (!request.headers.has("Origin")) return;
    response.headers.set("Access-Control-Expose-Headers",
                         "Content-Range, ETag, Retry-After, X-Request-Id");
}

}  // namespace

FeatureServices::FeatureServices(ServerOptions options, Clock& clock)
    : options_(std::move(options)),
      rate_(options_.requests_per_minute, options_.request_burst, clock),
      results_(options_.result_folder, clock),
      info_path_(options_.context + "/rest/info"),
      services_path_(options_.context + "/rest/services") {}

void FeatureServices::add(std::string name, std::unique_ptr<Store> store) {
    ServiceSettings settings;
    settings.limits = options_.limits;
    settings.history = options_.history;
    add(std::move(name), std::move(store), std::move(settings));
}

void FeatureServices::add(std::string name, std::unique_ptr<Store> store,
                          ServiceSettings settings) {
    auto kept = std::make_unique<ServiceSettings>(std::move(settings));
    const auto folder = options_.work_folder / "uploads" / http::percent_encode(name);
    auto uploads = std::make_unique<UploadItems>(*store, folder, kept->limits.uploads);
    auto jobs = std::make_unique<Jobs>(*store, results_,
                                       options_.work_folder / "jobs" / http::percent_encode(name),
                                       kept->limits.jobs, [this] { wake_jobs(); });
    services_.push_back(
        {std::move(name), std::move(kept), std::move(store), std::move(uploads), std::move(jobs)});
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
        service.store->housekeep(service.settings->history);
    }
}

http::Response FeatureServices::handle(const http::Request& request, RequestFacts* facts) {
    RequestFacts unwanted;
    RequestFacts& told = facts != nullptr ? *facts : unwanted;
    http::Response response = page_or_answer(request, told);
    if (is_metadata(request, response, told)) validators_.validate(request, response);
    add_cors(request, response);
    return response;
}

bool FeatureServices::answers_at_once(const http::Request& request) const {
    if (request.method == "OPTIONS") return true;
    if (request.method != "GET" && request.method != "HEAD") return false;
    const std::string_view path = request.path();
    if (path == info_path_) return true;
    return path == services_path_ && services_.size() <= kFewServices &&
           (options_.security == nullptr || options_.security->remembers_users());
}

http::Response FeatureServices::page_or_answer(const http::Request& request, RequestFacts& facts) {
    if (request.method == "OPTIONS") return preflight();
    std::optional<http::Parameters> read;
    // A body that cannot be read is answered as far as the query says how.
    const auto known = [&] { return read ? *read : http::query_parameters_of(request); };
    try {
        if (const auto plain = http::unpacked_request(request, options_.form.unpacked_bytes)) {
            return page_or_answer(*plain, facts);
        }
        http::Parameters& parameters = read.emplace(http::parameters_of(request, options_.form));
        const bool for_page = directory::is_wanted(parameters);
        Visit visit{request, parameters, facts, takes_session(request, parameters, for_page)};
        if (!for_page && !visit.takes_session) return answer(visit);
        const bool for_people = parameters.has("f") || accepts_pages(request);
        if (for_page) parameters.set("f", "json");
        http::Response made = for_page ? page(visit, for_people) : answer(visit);
        // What a cookie has opened is not shown again when it is gone.
        if (visit.by_session) made.headers.set("Cache-Control", "no-store");
        return made;
    } catch (const Error& error) {
        const auto answer = service_error_of(error);
        facts.error = answer.code;
        return answer_error(known(), answer);
    } catch (const std::exception& error) {
        facts.error = 500;
        return answer_error({}, {500, 0, "The service failed.", {error.what()}}, 500);
    }
}

http::Response FeatureServices::page(Visit& visit, bool for_people) {
    directory::Visitor visitor{options_.context, options_.security != nullptr, "", false};
    Security* security = options_.security;
    if (security && directory::is_login(visit.request, options_.context)) {
        return directory::login(*security, visit.request, visit.parameters, visitor, visit.facts);
    }
    if (security && directory::is_logout(visit.request, options_.context)) {
        return directory::logout(visit.request, visitor, visit.facts);
    }
    http::Response made = answer(visit);
    const std::int64_t error = visit.facts.error;
    if (error != 0 && !for_people) return made;
    if (security && (error == 498 || error == 499)) {
        return directory::ask_to_sign_in(*security, visit.request, visitor, error);
    }
    visitor.user = visit.facts.user;
    visitor.by_session = visit.by_session;
    return directory::page_of(visit.request, visit.parameters, visitor, std::move(made));
}

http::Response FeatureServices::answer(Visit& visit) {
    const http::Parameters& parameters = visit.parameters;
    RequestFacts& facts = visit.facts;
    try {
        check_answer_format(parameters, offers_pbf(path_segments(visit.request.path())));
        return route(visit);
    } catch (const Error& error) {
        auto answer = service_error_of(error);
        facts.error = answer.code;
        if (facts.operation == kGenerateToken && answer.code == 400) {
            answer.message = "Unable to generate token.";
        }
        return answer_error(parameters, answer, answer.code == 405 ? 405 : 200);
    } catch (const std::exception& error) {
        // Out of memory and the like: the connection still gets an answer.
        facts.error = 500;
        return answer_error({}, {500, 0, "The service failed.", {error.what()}}, 500);
    }
}

http::Response FeatureServices::route(Visit& visit) {
    const http::Request& request = visit.request;
    const http::Parameters& parameters = visit.parameters;
    RequestFacts& facts = visit.facts;
    Path segments = path_segments(request.path());
    for (const std::string& piece : path_segments(options_.context)) {
        if (segments.empty() || !is(segments.front(), piece)) no_such_resource(request);
        segments.erase(segments.begin());
    }
    Security* security = options_.security;
    if (security != nullptr && !segments.empty() && is_token_resource(segments)) {
        facts.operation = kGenerateToken;
        return security->generate_token(request, parameters);
    }
    if (segments.size() < 2 || !is(segments[0], "rest")) no_such_resource(request);
    if (is(segments[1], "info") && segments.size() == 2) {
        facts.operation = "info";
        const std::string tokens =
            security ? origin_of(request) + options_.context + "/tokens/generateToken" : "";
        return answer_json(parameters, info_json(options_.current_version, tokens,
                                                 security ? security->default_minutes() : 0));
    }
    if (!is(segments[1], "services")) no_such_resource(request);
    if (segments.size() == 2) return directory(visit);
    segments.erase(segments.begin(), segments.begin() + 2);
    return route_service(visit, std::move(segments));
}

http::Response FeatureServices::directory(Visit& visit) {
    visit.facts.operation = "services";
    const Principal who = identify(visit);
    if (auto later = slowed_down(visit)) return std::move(*later);
    std::string text;
    JsonWriter writer(text);
    writer.begin_object().key("currentVersion").number(options_.current_version);
    writer.key("folders").begin_array().end_array().key("services").begin_array();
    for (const Service& service : services_) {
        const ServiceSettings& settings = *service.settings;
        if (options_.security && !may_use(settings.access, settings.owner, who)) continue;
        writer.begin_object().key("name").string(service.name);
        writer.key("type").string("FeatureServer").end_object();
    }
    writer.end_array().end_object();
    return answer_json(visit.parameters, std::move(text));
}

Principal FeatureServices::identify(Visit& visit) {
    if (options_.security == nullptr) return {};
    const auto look = visit.facts.at_once ? Users::Look::Remember : Users::Look::Now;
    const std::string session = visit.takes_session ? session_token(visit.request) : "";
    Principal who = options_.security->identify(visit.request, visit.parameters, session, look);
    visit.facts.user = who.user;
    visit.by_session = who.signed_in() && given_token(visit.request, visit.parameters).empty();
    return who;
}

std::optional<http::Response> FeatureServices::slowed_down(Visit& visit) {
    const std::string& user = visit.facts.user;
    const std::int64_t wait = rate_.take(user.empty() ? "@" + visit.request.remote_address : user);
    if (wait == 0) return std::nullopt;
    visit.facts.error = 429;
    return answer_later(visit.parameters, 429, wait,
                        "More requests came than may come in a minute.");
}

std::vector<ServiceFigures> FeatureServices::figures() {
    std::vector<ServiceFigures> all;
    for (Service& service : services_) {
        ServiceFigures& figures = all.emplace_back();
        figures.service = service.name;
        try {
            const auto using_it = use(service);
            const auto snapshot = service.store->snapshot();
            figures.generation = snapshot->head().value;
            for (const ReplicaRecord& replica : snapshot->replicas()) {
                if (!replica.expired_ms) ++figures.replicas;
            }
            figures.open_jobs = snapshot->jobs().all_open_jobs();
            for (const UploadItem& item : snapshot->uploads().all()) {
                ++figures.upload_items;
                figures.upload_bytes += item.bytes;
            }
            figures.up = 1;
        } catch (const std::exception& error) {
            figures.problem = error.what();
        }
    }
    return all;
}

Principal FeatureServices::admit(const Service& service, Principal who) const {
    if (options_.security == nullptr) return who;
    const ServiceSettings& settings = *service.settings;
    if (may_use(settings.access, settings.owner, who)) {
        return as_seen_by(settings.access, settings.owner, std::move(who));
    }
    if (!who.signed_in()) {
        throw token_required("The service '" + service.name + "' is for those who sign in.");
    }
    throw not_permitted("The service '" + service.name + "' is not for the user '" + who.user +
                        "'.");
}

http::Response FeatureServices::route_service(Visit& visit, Path segments) {
    const http::Request& request = visit.request;
    RequestFacts& facts = visit.facts;
    Service& found = service(segments[0]);
    if (segments.size() < 2 || !is(segments[1], "FeatureServer")) no_such_resource(request);
    facts.service = found.name;
    segments.erase(segments.begin(), segments.begin() + 2);
    facts.operation = operation_of(segments);
    Principal who = admit(found, identify(visit));
    if (auto later = slowed_down(visit)) return std::move(*later);
    const auto using_it = use(found);
    const ServiceLimits& limits = found.settings->limits;
    const std::string service_url = origin_of(request) + path_of(found.name);
    const Call call{request,
                    visit.parameters,
                    *found.store,
                    results_,
                    *found.settings,
                    limits,
                    found.name,
                    service_url,
                    service_url,
                    *found.uploads,
                    *found.jobs,
                    busy_,
                    who.user,
                    who,
                    capabilities_for(who.role, limits.capabilities),
                    facts};
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
    // A job outlives the token that began it, but not its user nor what he may do.
    Principal who{job.owner, Role::Owner};
    if (options_.security) who = admit(service, options_.security->known(job.owner));
    const auto using_it = use(service);
    const http::Request request;
    RequestFacts facts;
    const ServiceLimits& limits = service.settings->limits;
    // Links are completed by whoever asks for the job: he reached us in his own way.
    const Call call{request,
                    parameters,
                    *service.store,
                    results_,
                    *service.settings,
                    limits,
                    service.name,
                    "",
                    parameters.get(Jobs::kContentUrl),
                    *service.uploads,
                    *service.jobs,
                    busy_,
                    job.owner,
                    who,
                    capabilities_for(who.role, limits.capabilities),
                    facts,
                    &watch};
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
