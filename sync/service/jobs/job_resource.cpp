// SPDX-License-Identifier: Apache-2.0
#include "sync/service/jobs/job_resource.hpp"

#include "platform/error.hpp"
#include "platform/text.hpp"
#include "sync/service/answer.hpp"
#include "sync/wire/json_writer.hpp"

#include <utility>

namespace rhumb::service {

std::optional<http::Response> submitted_job(const Call& call, const std::string& operation) {
    if (!boolean_parameter(call.parameters, "async", false)) return std::nullopt;
    const Uuid job = call.jobs.submit(call.owner, operation, call.parameters, call.content_url);
    std::string text;
    wire::JsonWriter writer(text);
    writer.begin_object().key("statusUrl");
    writer.string(call.service_url + "/jobs/" + Jobs::wire_id(job)).end_object();
    return answer_json(call.parameters, std::move(text));
}

http::Response answer_or_complete(const Call& call, std::string json) {
    if (call.job != nullptr) {
        const auto transaction = call.store.write();
        call.job->complete(*transaction, json);
        transaction->commit({});
    }
    return answer_json(call.parameters, std::move(json));
}

http::Response jobs_resource(const Call& call, const std::vector<std::string>& below) {
    if (below.empty()) throw Error(Status::NotFound, "There is no list of jobs");
    const std::string name = below.size() == 2 ? lowered(below[1]) : "status";
    if (below.size() == 1 || (below.size() == 2 && name == "status")) {
        return answer_json(call.parameters, call.jobs.page(call.who, below[0], call.service_url));
    }
    if (below.size() != 2 || name != "cancel") {
        throw Error(Status::NotFound, "There is no such resource below jobs");
    }
    if (call.request.method != "POST") {
        throw Error(Status::InvalidArgument, "cancel must be called with POST.").with_code(405);
    }
    const bool done = call.jobs.cancel(call.who, below[0]);
    return answer_json(call.parameters, done ? "{\"success\":true}" : "{\"success\":false}");
}

}  // namespace rhumb::service
