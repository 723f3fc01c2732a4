// SPDX-License-Identifier: Apache-2.0
#include "runtime/server/metrics.hpp"

#include "platform/number.hpp"

#include <algorithm>

namespace rhumb::runtime {
namespace {

std::string label(std::string_view text) {
    std::string out;
    for (const char c : text) {
        if (c == '\\' || c == '"') out += '\\';
        c == '\n' ? out += "\\n" : out += c;
    }
    return out;
}

void head(std::string& out, const char* name, const char* kind, const char* help) {
    out += std::string("# HELP ") + name + " " + help + "\n# TYPE " + name + " " + kind + "\n";
}

std::string seconds(std::int64_t ms) {
    std::string text;
    append_double(text, static_cast<double>(ms) / 1000);
    return text;
}

struct Gauge {
    const char* name;
    const char* help;
    std::int64_t service::ServiceFigures::*value;
};

constexpr std::array kGauges{
    Gauge{"rhumb_service_up", "1 when the store of the service can be read.",
          &service::ServiceFigures::up},
    Gauge{"rhumb_generation", "Generation of the service.", &service::ServiceFigures::generation},
    Gauge{"rhumb_replicas", "Replicas that are not expired.", &service::ServiceFigures::replicas},
    Gauge{"rhumb_jobs_open", "Jobs that are pending or running.",
          &service::ServiceFigures::open_jobs},
    Gauge{"rhumb_upload_items", "Upload items that are kept.",
          &service::ServiceFigures::upload_items},
    Gauge{"rhumb_upload_bytes", "Bytes of committed upload items.",
          &service::ServiceFigures::upload_bytes},
};

}  // namespace

void Metrics::count(const LoggedRequest& request) {
    const auto& facts = request.facts;
    const auto bucket = static_cast<std::size_t>(
        std::lower_bound(kBuckets.begin(), kBuckets.end(), request.duration_ms) -
        kBuckets.begin());
    const std::lock_guard lock(mutex_);
    ++requests_[{facts.service, facts.operation, request.status, facts.error}];
    Durations& durations = durations_[facts.operation];
    ++durations.buckets[bucket];
    ++durations.count;
    durations.sum_ms += request.duration_ms;
    bytes_in_ += request.bytes_in;
    bytes_out_ += request.bytes_out;
}

std::string Metrics::text(const std::vector<service::ServiceFigures>& services,
                          std::size_t connections) const {
    std::string out;
    head(out, "rhumb_connections_open", "gauge", "Connections that are open.");
    out += "rhumb_connections_open " + std::to_string(connections) + "\n";
    for (const Gauge& gauge : kGauges) {
        head(out, gauge.name, "gauge", gauge.help);
        for (const service::ServiceFigures& figures : services) {
            out += std::string(gauge.name) + "{service=\"" + label(figures.service) + "\"} " +
                   std::to_string(figures.*gauge.value) + "\n";
        }
    }
    const std::lock_guard lock(mutex_);
    head(out, "rhumb_requests_total", "counter", "Requests that were answered.");
    for (const auto& [key, count] : requests_) {
        const auto& [service, operation, status, error] = key;
        out += "rhumb_requests_total{service=\"" + label(service) + "\",operation=\"" +
               label(operation) + "\",status=\"" + std::to_string(status) + "\",error=\"" +
               std::to_string(error) + "\"} " + std::to_string(count) + "\n";
    }
    head(out, "rhumb_request_duration_seconds", "histogram", "From a request to its answer.");
    for (const auto& [operation, durations] : durations_) {
        const std::string of = "{operation=\"" + label(operation) + "\"";
        std::uint64_t so_far = 0;
        for (std::size_t i = 0; i < durations.buckets.size(); ++i) {
            so_far += durations.buckets[i];
            out += "rhumb_request_duration_seconds_bucket" + of + ",le=\"" +
                   (i < kBuckets.size() ? seconds(kBuckets[i]) : "+Inf") + "\"} " +
                   std::to_string(so_far) + "\n";
        }
        out += "rhumb_request_duration_seconds_sum" + of + "} " + seconds(durations.sum_ms) + "\n";
        out += "rhumb_request_duration_seconds_count" + of + "} " +
               std::to_string(durations.count) + "\n";
    }
    head(out, "rhumb_bytes_in_total", "counter", "Bytes of requests' bodies.");
    out += "rhumb_bytes_in_total " + std::to_string(bytes_in_) + "\n";
    head(out, "rhumb_bytes_out_total", "counter", "Bytes of answers' bodies, as they were sent.");
    out += "rhumb_bytes_out_total " + std::to_string(bytes_out_) + "\n";
    return out;
}

}  // namespace rhumb::runtime
