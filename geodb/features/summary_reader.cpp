// SPDX-License-Identifier: Apache-2.0
#include "geodb/features/summary_reader.hpp"

#include "geodb/features/feature_condition.hpp"
#include "geodb/query/where_parser.hpp"
#include "platform/error.hpp"
#include "platform/text.hpp"

#include <algorithm>
#include <utility>

namespace rhumb::geodb {
namespace {

using sqlite::quoted_name;
using sqlite::Statement;

FieldType type_of(const Layer& layer, const SummaryColumn& column) {
    if (!column) return FieldType::ObjectId;
    return *column < layer.fields.size() ? layer.fields[*column].type : FieldType::Blob;
}

/// Moments in their one form: files have them with and without milliseconds.
std::string value_sql(const Layer& layer, const SummaryColumn& column) {
    const std::string name = quoted_name(column ? layer.column_name(*column) : layer.fid_column);
    const FieldType type = type_of(layer, column);
    const bool moment = type == FieldType::Date || type == FieldType::TimestampOffset;
    return moment ? "strftime('%Y-%m-%dT%H:%M:%fZ', " + name + ")" : name;
}

std::string statistic_sql(const Layer& layer, const StatisticColumn& wanted) {
    const std::string value = value_sql(layer, wanted.column);
    switch (wanted.statistic) {
        case Statistic::Count:
            return "count(" + value + ")";
        case Statistic::Sum:
            return "sum(CAST(" + value + " AS REAL))";  // whole numbers would overflow
        case Statistic::Min:
            return "min(" + value + ")";
        case Statistic::Max:
            return "max(" + value + ")";
        case Statistic::Average:
            return "avg(" + value + ")";
        case Statistic::StdDev:
            return "rhumb_deviation(" + value + ")";
        case Statistic::Variance:
            return "rhumb_variance(" + value + ")";
        case Statistic::PercentileCont:
        case Statistic::PercentileDisc:
            break;
    }
    const bool discrete = wanted.statistic == Statistic::PercentileDisc;
    return "rhumb_percentile(" + value + ", ?, " + (discrete ? "1" : "0") +
           (wanted.descending ? ", 1)" : ", 0)");
}

bool is_percentile(Statistic statistic) {
    return statistic == Statistic::PercentileCont || statistic == Statistic::PercentileDisc;
}

/// The name of a value inside our SELECT.
std::string output_name(std::size_t output) {
    return "rhumb_" + std::to_string(output);
}

/// One SELECT over the features, whose rows may then be picked, ordered and counted.
std::string grouped_sql(const Layer& layer, const SummaryQuery& query) {
    std::string sql = query.statistics.empty() ? "SELECT DISTINCT " : "SELECT ";
    std::size_t output = 0;
    const auto add = [&](const std::string& value) {
        if (output > 0) sql += ", ";
        sql += value + " AS " + output_name(output++);
    };
    for (const SummaryColumn& group : query.groups) add(value_sql(layer, group));
    for (const auto& wanted : query.statistics) add(statistic_sql(layer, wanted));
    for (const auto& wanted : query.asked_by_having) add(statistic_sql(layer, wanted));
    sql += " FROM " + quoted_name(layer.table) + condition_sql(layer, query.rows);
    if (query.statistics.empty()) return sql;
    for (std::size_t i = 0; i < query.groups.size(); ++i) {
        sql += (i == 0 ? " GROUP BY " : ", ") + value_sql(layer, query.groups[i]);
    }
    return sql;
}

int bind_grouped(Statement& statement, const Layer& layer, const SummaryQuery& query) {
    int next = 1;
    for (const auto* list : {&query.statistics, &query.asked_by_having}) {
        for (const StatisticColumn& wanted : *list) {
            if (is_percentile(wanted.statistic)) statement.bind(next++, wanted.share);
        }
    }
    next = bind_condition(statement, layer, query.rows, next);
    if (query.having) {
        for (const Value& value : query.having->values) statement.bind(next++, value);
    }
    return next;
}

std::string picked_sql(const Layer& layer, const SummaryQuery& query, const std::string& values) {
    std::string sql = "SELECT " + values + " FROM (" + grouped_sql(layer, query) + ")";
    if (query.having) sql += " WHERE (" + query.having->sql + ")";
    return sql;
}

std::string order_sql(const SummaryQuery& query) {
    std::string sql;
    const auto add = [&sql](std::size_t output, bool descending) {
        sql +=
            (sql.empty() ? " ORDER BY " : ", ") + output_name(output) + (descending ? " DESC" : "");
    };
    for (const auto& order : query.order) add(order.output, order.descending);
    for (std::size_t i = 0; i < query.groups.size(); ++i) add(i, false);
    return sql;
}

/// Adds what a HAVING asks for, once each.
class HavingContext {
public:
    HavingContext(SummaryQuery& query, const Layer& layer, const std::vector<std::string>& names)
        : query_(query), layer_(layer), names_(names) {}

    std::optional<WhereField> field(std::string_view name) const {
        for (std::size_t i = 0; i < query_.groups.size(); ++i) {
            const SummaryColumn& group = query_.groups[i];
            const auto column = find(name);
            if (!column || *column != group) continue;
            return WhereField{output_name(i), type_of(layer_, group)};
        }
        for (std::size_t i = 0; i < query_.statistics.size(); ++i) {
            if (!equal_ignoring_case(names_[i], name)) continue;
            return WhereField{output_name(query_.groups.size() + i),
                              statistic_type(layer_, query_.statistics[i])};
        }
        return std::nullopt;
    }

    std::optional<WhereField> statistic(Statistic statistic, std::string_view name) const {
        const auto column = name == "*" ? std::optional(SummaryColumn{}) : find(name);
        if (!column) return std::nullopt;
        const StatisticColumn wanted{statistic, *column};
        query_.asked_by_having.push_back(wanted);
        const std::size_t output =
            query_.groups.size() + query_.statistics.size() + query_.asked_by_having.size() - 1;
        return WhereField{output_name(output), statistic_type(layer_, wanted)};
    }

private:
    std::optional<SummaryColumn> find(std::string_view name) const {
        if (const auto field = layer_.find_field(name)) return SummaryColumn{*field};
        const bool is_oid =
            equal_ignoring_case(name, layer_.fid_column) || equal_ignoring_case(name, "OBJECTID");
        return is_oid ? std::optional(SummaryColumn{}) : std::nullopt;
    }

    SummaryQuery& query_;
    const Layer& layer_;
    const std::vector<std::string>& names_;
};

}  // namespace

FieldType statistic_type(const Layer& layer, const StatisticColumn& statistic) {
    if (statistic.statistic == Statistic::Count) return FieldType::Integer;
    const FieldType own = type_of(layer, statistic.column);
    const bool number =
        own == FieldType::ObjectId || (own >= FieldType::SmallInteger && own <= FieldType::Double);
    return number ? FieldType::Double : own;
}

void set_having(SummaryQuery& query, const Layer& layer, std::string_view text,
                const std::vector<std::string>& names, std::int64_t now_ms,
                const std::string& user) {
    const HavingContext of(query, layer, names);
    WhereContext context;
    context.now_ms = now_ms;
    context.current_user = user;
    context.field = [&](std::string_view name) { return of.field(name); };
    context.statistic = [&](Statistic statistic, std::string_view name) {
        return of.statistic(statistic, name);
    };
    const Where parsed = parse_having(text);
    try {
        query.having = where_to_sql(parsed, context);
    } catch (const Error& error) {
        throw error.within("havingClause");
    }
}

void read_summary(sqlite::Database& database, const Layer& layer, const SummaryQuery& query,
                  const OnValues& on_values) {
    const std::size_t outputs = query.groups.size() + query.statistics.size();
    std::string values;
    for (std::size_t i = 0; i < outputs; ++i) values += (i > 0 ? ", " : "") + output_name(i);
    Statement statement(database,
                        picked_sql(layer, query, values) + order_sql(query) + " LIMIT ? OFFSET ?");
    const int next = bind_grouped(statement, layer, query);
    statement.bind(next, query.limit).bind(next + 1, query.offset);
    std::vector<Value> row(outputs);
    while (statement.step()) {
        for (std::size_t i = 0; i < outputs; ++i) {
            statement.read_column(static_cast<int>(i), row[i]);
        }
        on_values(row);
    }
}

std::int64_t count_summary(sqlite::Database& database, const Layer& layer,
                           const SummaryQuery& query) {
    Statement statement(database, picked_sql(layer, query, "count(*)"));
    bind_grouped(statement, layer, query);
    statement.step();
    return statement.column_int64(0);
}

}  // namespace rhumb::geodb
