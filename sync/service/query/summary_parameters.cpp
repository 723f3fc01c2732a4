// SPDX-License-Identifier: Apache-2.0
#include "sync/service/query/summary_parameters.hpp"

#include "geodb/query/order_by.hpp"
#include "platform/text.hpp"
#include "sync/service/call.hpp"
#include "sync/service/query/query_parameters.hpp"
#include "sync/wire/feature_json.hpp"
#include "sync/wire/json.hpp"
#include "sync/wire/layer_json.hpp"

#include <algorithm>
#include <array>
#include <string>
#include <utility>

namespace rhumb::service {
namespace {

using geodb::Field;
using geodb::FieldType;
using geodb::Statistic;
using geodb::StatisticColumn;
using wire::Json;

constexpr const char* kParameter = "outStatistics";
constexpr std::size_t kShownBytes = 60;
constexpr std::size_t kMaxNameBytes = 128;

struct NamedStatistic {
    std::string_view name;
    Statistic statistic;
    bool of_numbers_only;
};
constexpr std::array<NamedStatistic, 9> kStatistics{
    {{"count", Statistic::Count, false},
     {"sum", Statistic::Sum, true},
     {"min", Statistic::Min, false},
     {"max", Statistic::Max, false},
     {"avg", Statistic::Average, true},
     {"stddev", Statistic::StdDev, true},
     {"var", Statistic::Variance, true},
     {"percentile_cont", Statistic::PercentileCont, true},
     {"percentile_disc", Statistic::PercentileDisc, true}}};

[[noreturn]] void refuse(const std::string& path, const std::string& problem) {
    throw Error(Status::InvalidArgument, "'" + path + "' " + problem);
}

/// The field of the answer that a column of the layer becomes.
Field output_field(const Layer& layer, const geodb::SummaryColumn& column) {
    if (column) return layer.fields[*column];
    Field field;
    field.name = field.alias = wire::object_id_name(layer);
    field.type = FieldType::ObjectId;
    return field;
}

bool holds_numbers(FieldType type) {
    return type == FieldType::ObjectId ||
           (type >= FieldType::SmallInteger && type <= FieldType::Double);
}

/// One element of outStatistics.
class StatisticReader {
public:
    StatisticReader(const Json& json, std::string path, const Layer& layer)
        : json_(json), path_(std::move(path)), layer_(layer) {
        if (json_.object() == nullptr) refuse(path_, "is no object");
    }

    void read_into(SummaryPlan& plan) const {
        const NamedStatistic& named = statistic();
        const std::string on = text("onStatisticField");
        if (on.empty()) refuse(path_, "lacks onStatisticField");
        StatisticColumn column{named.statistic, column_parameter(layer_, on, path_)};
        const Field field = output_field(layer_, column.column);
        const bool fits = named.of_numbers_only ? holds_numbers(field.type)
                                                : field.type != FieldType::Blob ||
                                                      named.statistic == Statistic::Count;
        if (!fits) {
            refuse(path_, "asks for " + std::string(named.name) + " of '" + field.name +
                              "', which does not hold numbers");
        }
        if (named.statistic >= Statistic::PercentileCont) read_share(column);
        plan.outputs.push_back(output(named, field, geodb::statistic_type(layer_, column)));
        plan.asked.names.push_back(plan.outputs.back().name);
        plan.asked.statistics.push_back(column);
    }

private:
    std::string text(const char* name) const {
        const Json* value = json_.find_any_case(name);
        if (value == nullptr || value->is_null()) return {};
        if (value->text() == nullptr) refuse(path_ + "." + name, "is no text");
        return std::string(trimmed(*value->text()));
    }

    const NamedStatistic& statistic() const {
        const std::string name = text("statisticType");
        for (const NamedStatistic& named : kStatistics) {
            if (equal_ignoring_case(named.name, name)) return named;
        }
        refuse(path_ + ".statisticType",
               "is '" + excerpt(name, kShownBytes) +
                   "', not count, sum, min, max, avg, stddev, var, percentile_cont or "
                   "percentile_disc");
    }

    void read_share(StatisticColumn& column) const {
        const std::string path = path_ + ".statisticParameters";
        const Json* given = json_.find_any_case("statisticParameters");
        if (given == nullptr || given->object() == nullptr) refuse(path, "is missing");
        const auto share = wire::to_double(given->find_any_case("value"));
        if (!share || *share < 0 || *share > 1) refuse(path + ".value", "is not from 0 to 1");
        column.share = *share;
        const std::string_view order = wire::text_or_empty(given->find_any_case("orderBy"));
        column.descending = equal_ignoring_case(order, "DESC");
        if (!column.descending && !order.empty() && !equal_ignoring_case(order, "ASC")) {
            refuse(path + ".orderBy", "is neither ASC nor DESC");
        }
    }

    Field output(const NamedStatistic& named, const Field& of, FieldType type) const {
        Field field;
        field.name = text("outStatisticFieldName");
        if (field.name.empty()) field.name = std::string(named.name) + "_" + of.name;
        if (field.name.size() > kMaxNameBytes) {
            refuse(path_ + ".outStatisticFieldName", "is longer than 128 bytes");
        }
        field.alias = field.name;
        field.type = type;
        field.length = type == of.type ? of.length : 0;
        return field;
    }

    const Json& json_;
    std::string path_;
    const Layer& layer_;
};

void read_statistics(const Call& call, const Layer& layer, SummaryPlan& plan) {
    const Json list = in_parameter(kParameter, [&] {
        return wire::parse_json_relaxed(call.parameters.get(kParameter), "JSON",
                                        call.limits.input.json);
    });
    if (list.array() == nullptr) refuse(kParameter, "is no JSON array");
    if (list.array()->empty()) refuse(kParameter, "is empty");
    if (list.array()->size() > kMaxStatistics) refuse(kParameter, "asks for more than 60");
    for (std::size_t i = 0; i < list.array()->size(); ++i) {
        const std::string path = kParameter + ("[" + std::to_string(i) + "]");
        StatisticReader((*list.array())[i], path, layer).read_into(plan);
    }
    const auto percentiles = static_cast<std::size_t>(std::count_if(
        plan.asked.statistics.begin(), plan.asked.statistics.end(),
        [](const auto& column) { return column.statistic >= Statistic::PercentileCont; }));
    if (percentiles > kMaxPercentiles) refuse(kParameter, "asks for more than 2 percentiles");
}

void check_names(const SummaryPlan& plan) {
    for (std::size_t i = 0; i < plan.outputs.size(); ++i) {
        for (std::size_t k = 0; k < i; ++k) {
            if (!equal_ignoring_case(plan.outputs[i].name, plan.outputs[k].name)) continue;
            refuse(kParameter,
                   "has '" + excerpt(plan.outputs[i].name, kShownBytes) + "' twice in the answer");
        }
    }
}

void read_groups(const http::Parameters& parameters, const Layer& layer, SummaryPlan& plan) {
    constexpr const char* kGroups = "groupByFieldsForStatistics";
    for (const std::string& name : list_parameter(parameters, kGroups)) {
        const auto column = column_parameter(layer, name, kGroups);
        const Field field = output_field(layer, column);
        if (field.type == FieldType::Blob) refuse(kGroups, "cannot group by blobs");
        const auto& groups = plan.asked.groups;
        if (std::find(groups.begin(), groups.end(), column) != groups.end()) continue;
        plan.asked.groups.push_back(column);
        plan.outputs.push_back(field);
    }
}

/// Of the object id: `*`, its name, or no name at all.
bool asks_for_object_id(const std::vector<std::string>& names, const Layer& layer) {
    return names.empty() || std::any_of(names.begin(), names.end(), [&](const std::string& name) {
               return !layer.find_field(name);
           });
}

void read_distinct(const http::Parameters& parameters, const Layer& layer, SummaryPlan& plan) {
    const auto fields = out_fields_parameter(parameters, layer);
    if (asks_for_object_id(list_parameter(parameters, "outFields"), layer)) {
        plan.asked.groups.push_back(std::nullopt);
    }
    for (const std::size_t field : fields) {
        if (layer.fields[field].type == FieldType::Blob) {
            refuse("outFields", "names blobs, which are not compared");
        }
        plan.asked.groups.push_back(field);
    }
    for (const auto& group : plan.asked.groups) plan.outputs.push_back(output_field(layer, group));
}

void read_order(const http::Parameters& parameters, SummaryPlan& plan) {
    for (const auto& wanted : geodb::parse_order_by(parameters.get("orderByFields"))) {
        const auto found = std::find_if(
            plan.outputs.begin(), plan.outputs.end(),
            [&](const Field& field) { return equal_ignoring_case(field.name, wanted.name); });
        if (found == plan.outputs.end()) {
            refuse("orderByFields",
                   "names '" + excerpt(wanted.name, kShownBytes) + "', which is not in the answer");
        }
        plan.asked.order.push_back(
            {static_cast<std::size_t>(found - plan.outputs.begin()), wanted.descending});
    }
}

}  // namespace

std::optional<SummaryPlan> summary_parameters(const Call& call, const Layer& layer,
                                              const StoreQuery& rows, const Page& page) {
    const http::Parameters& parameters = call.parameters;
    SummaryPlan plan;
    const bool distinct = boolean_parameter(parameters, "returnDistinctValues", false);
    if (parameters.has(kParameter)) {
        read_groups(parameters, layer, plan);
        read_statistics(call, layer, plan);
        check_names(plan);
        plan.asked.having = trimmed(parameters.get("havingClause"));
    } else {
        for (const char* needs : {"groupByFieldsForStatistics", "havingClause"}) {
            if (parameters.has(needs)) refuse(needs, "was given without 'outStatistics'");
        }
        if (!distinct) return std::nullopt;
        read_distinct(parameters, layer, plan);
    }
    read_order(parameters, plan);
    plan.asked.rows = rows;
    plan.asked.offset = page.offset;
    plan.asked.limit = page.rows_to_read();
    return plan;
}

}  // namespace rhumb::service
