// SPDX-License-Identifier: Apache-2.0
//
// The feature services of a server as one function from request to response. No socket inside: a
// listener, a test or another device may call it.

#pragma once

#include "platform/clock.hpp"
#include "platform/http/message.hpp"
#include "sync/service/call.hpp"
#include "sync/service/replicas/busy_replicas.hpp"
#include "sync/service/replicas/replica_names.hpp"
#include "sync/service/request_facts.hpp"
#include "sync/service/routes.hpp"
#include "sync/service/security/rate_limit.hpp"
#include "sync/service/security/security.hpp"
#include "sync/service/service_figures.hpp"
#include "sync/service/validators.hpp"

#include <condition_variable>
#include <filesystem>
#include <memory>
#include <mutex>
#include <optional>
#include <shared_mutex>
#include <string>
#include <string_view>
#include <vector>

namespace rhumb::service {

struct ServerOptions {
    std::string context = "/arcgis";  ///< path before /rest; may be empty
    std::filesystem::path result_folder;
    /// For what services keep in files beside their geodatabases: upload items. Must stay the same
    /// from one start to the next.
    std::filesystem::path work_folder;
    /// Of services that were added without settings of their own.
    ServiceLimits limits;
    HistoryPolicy history;
    /// Who may do what; null: everybody everything. Outlives the services.
    Security* security = nullptr;
    std::int64_t requests_per_minute = 0;  ///< of a user, or of an address without; 0: no limit
    std::int64_t request_burst = 100;
    http::FormLimits form;  ///< of one request
    double current_version = 11.2;
};

/// Services are added before the first request. handle() may then be called from any thread.
class FeatureServices {
public:
    FeatureServices(ServerOptions options, Clock& clock);

    /// `name` as it stands in the URL: …/rest/services/<name>/FeatureServer.
    void add(std::string name, std::unique_ptr<Store> store);
    void add(std::string name, std::unique_ptr<Store> store, ServiceSettings settings);
    std::vector<std::string> names() const;
    /// Path of a service's root, percent-encoded.
    std::string path_of(std::string_view name) const;

    /// Lets idle replicas expire and history that nobody needs go. To be called now and then, from
    /// any thread.
    void housekeep();

    /// Never throws: every failure is an answer in the protocol's shape. `facts`, if any, gets what
    /// there is to tell about the request.
    http::Response handle(const http::Request& request, RequestFacts* facts = nullptr);

    /// Whether handle() needs neither disk nor much computing for this request, with
    /// `facts.at_once` set: then the thread of the sockets may answer it. What the server says of
    /// itself is of that kind; what a service says comes out of its file.
    bool answers_at_once(const http::Request& request) const;

    /// How each service is; one that cannot be read says why.
    std::vector<ServiceFigures> figures();

    /// Runs the asynchronous job that has waited longest; on one thread at a time. False when
    /// there is none, or it must wait for something else. What goes wrong is the job's outcome.
    bool run_next_job();
    /// Sleeps until a job may be due. Returns at once after stop_jobs().
    void wait_for_job();
    /// The job that is running is left to the next start where that is possible.
    void stop_jobs();

private:
    struct Service {
        std::string name;
        std::unique_ptr<ServiceSettings> settings;  // where uploads and jobs find their limits
        std::unique_ptr<Store> store;
        std::unique_ptr<UploadItems> uploads;  // after the store, which they use
        std::unique_ptr<Jobs> jobs;
        /// Held by whoever uses the store: its definitions change while nobody does.
        std::unique_ptr<std::shared_mutex> in_use = std::make_unique<std::shared_mutex>();
    };
    /// Others may use the store too; its definitions are those of the file, and stay.
    static std::shared_lock<std::shared_mutex> use(Service& service);
    /// A request on its way through, and what becomes known about it.
    struct Visit {
        const http::Request& request;
        const http::Parameters& parameters;
        RequestFacts& facts;
        bool takes_session = false;  ///< the directory's cookie may say who it is
        bool by_session = false;     ///< and it did
    };
    /// Never throws.
    http::Response answer(Visit& visit);
    http::Response page_or_answer(const http::Request& request, RequestFacts& facts);
    http::Response page(Visit& visit, bool for_people);
    http::Response route(Visit& visit);
    http::Response route_service(Visit& visit, Path segments);
    http::Response directory(Visit& visit);
    Principal identify(Visit& visit);
    /// The answer to somebody who asks too often.
    std::optional<http::Response> slowed_down(Visit& visit);
    /// Somebody as this service sees him. Throws when it is not for him.
    Principal admit(const Service& service, Principal who) const;
    http::Response run_job(Service& service, const JobRecord& job,
                           const http::Parameters& parameters, JobWatch& watch);
    Service& service(std::string_view name);
    void wake_jobs();

    ServerOptions options_;
    RateLimit rate_;
    ResultFiles results_;
    Validators validators_;
    std::string info_path_, services_path_;  // as most callers spell them
    BusyReplicas busy_;
    NamesInMaking names_;
    std::vector<Service> services_;
    std::mutex jobs_mutex_;  // guards the following
    std::condition_variable job_is_due_;
    bool may_be_due_ = true;
    bool stopping_jobs_ = false;
};

}  // namespace rhumb::service
