// SPDX-License-Identifier: Apache-2.0
//
// One call of an operation: its parameters, read with errors that name them, and where it came to.

#pragma once

#include "platform/http/form.hpp"
#include "platform/http/message.hpp"
#include "sync/service/jobs/job_watch.hpp"
#include "sync/service/jobs/jobs.hpp"
#include "sync/service/request_facts.hpp"
#include "sync/service/result_files.hpp"
#include "sync/service/security/principal.hpp"
#include "sync/service/settings/service_settings.hpp"
#include "sync/service/store/store.hpp"
#include "sync/service/uploads/upload_items.hpp"

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace rhumb::service {

class BusyReplicas;

struct Call {
    const http::Request& request;
    const http::Parameters& parameters;
    Store& store;
    ResultFiles& results;
    const ServiceSettings& settings;
    const ServiceLimits& limits;  ///< of the settings
    std::string service_name;
    std::string service_url;  ///< …/FeatureServer as the caller reached it; "" in a job
    /// The same for addresses that are written into files: a job has it of who submitted it.
    std::string content_url;
    UploadItems& uploads;
    Jobs& jobs;
    BusyReplicas& busy;
    std::string owner;         ///< name of who calls; "" without sign-in
    Principal who;             ///< the same, as this service sees him
    std::string capabilities;  ///< what of the service's are his
    RequestFacts& facts;
    JobWatch* job = nullptr;  ///< when a job calls
};

/// The same call with other parameters, which outlive it.
Call with_parameters(const Call& call, const http::Parameters& parameters);

// Parameters: "" and absent are the same. Each throws InvalidArgument naming the parameter.

bool boolean_parameter(const http::Parameters& parameters, std::string_view name, bool absent);
std::optional<std::int64_t> integer_parameter(const http::Parameters& parameters,
                                              std::string_view name);
/// Comma separated or a JSON array; elements bare or quoted.
std::vector<std::string> list_parameter(const http::Parameters& parameters, std::string_view name);
std::vector<std::int64_t> integer_list_parameter(const http::Parameters& parameters,
                                                 std::string_view name);
/// Refuses parameters that would change the answer and are not offered.
void refuse_parameters(const http::Parameters& parameters,
                       std::initializer_list<std::string_view> names);

/// The layer or table of this number. Throws NotFound.
const Layer& layer_numbered(const Call& call, std::int64_t number);

/// The reference in which the service as a whole speaks: its first feature layer's.
std::int32_t service_epsg(const Store& store);

/// Whether the caller has this capability of the service's, in any letter case. `Editing` stands
/// for Create, Update and Delete.
bool has_capability(const Call& call, std::string_view name);
/// Throws, naming the capability: Unsupported when the service lacks it, code 403 when the caller
/// does, code 499 when he has not said who he is.
void require_capability(const Call& call, std::string_view name);
/// The same for one of Create, Update and Delete, whichever.
void require_any_edit(const Call& call);

}  // namespace rhumb::service
