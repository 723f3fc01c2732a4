// SPDX-License-Identifier: Apache-2.0
#include "sync/service/query/page_parameters.hpp"

#include "platform/error.hpp"
#include "platform/text.hpp"
#include "sync/service/query/query_parameters.hpp"

#include <algorithm>
#include <string>

namespace rhumb::service {
namespace {

std::int64_t raised_by_type(const Call& call) {
    const std::string type = lowered(trimmed(call.parameters.get("resultType")));
    if (type.empty() || type == "none") return call.limits.max_record_count;
    if (type == "standard") return standard_page(call.limits);
    if (type == "tile") return tile_page(call.limits);
    throw Error(Status::InvalidArgument,
                "'resultType' is '" + excerpt(type, 60) + "', not none, standard or tile");
}

std::int64_t raised_by_factor(const Call& call) {
    const auto factor = number_parameter(call.parameters, "maxRecordCountFactor").value_or(1);
    if (factor < 1 || factor > kMaxRecordCountFactor) {
        throw Error(Status::InvalidArgument, "'maxRecordCountFactor' is not from 1 to 5");
    }
    return static_cast<std::int64_t>(factor * static_cast<double>(call.limits.max_record_count));
}

std::optional<std::int64_t> not_negative(const Call& call, std::string_view name) {
    const auto number = integer_parameter(call.parameters, name);
    if (!number || *number >= 0) return number;
    throw Error(Status::InvalidArgument, "'" + std::string(name) + "' is negative");
}

}  // namespace

std::int64_t standard_page(const ServiceLimits& limits) {
    return std::max(limits.max_record_count, limits.standard_max_record_count);
}

std::int64_t tile_page(const ServiceLimits& limits) {
    return std::max(limits.max_record_count, limits.tile_max_record_count);
}

Page page_parameters(const Call& call, bool named_one_by_one) {
    Page page;
    page.offset = not_negative(call, "resultOffset").value_or(0);
    const auto count = not_negative(call, "resultRecordCount");
    const std::int64_t most = std::max(raised_by_type(call), raised_by_factor(call));
    page.none_if_exceeded =
        !boolean_parameter(call.parameters, "returnExceededLimitFeatures", true);
    if (named_one_by_one && !count) return page;
    page.size = count && *count > 0 ? std::min(*count, most) : most;
    return page;
}

}  // namespace rhumb::service
