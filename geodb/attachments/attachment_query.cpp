// SPDX-License-Identifier: Apache-2.0
#include "geodb/attachments/attachment_query.hpp"

#include "geodb/attachments/attachments.hpp"
#include "geodb/features/feature_condition.hpp"
#include "geodb/query/where_parser.hpp"
#include "platform/error.hpp"
#include "platform/text.hpp"

#include <array>

namespace rhumb::geodb {
namespace {

using sqlite::quoted_name;
using sqlite::Statement;

struct AttachmentField {
    const char* name;
    const char* older_name;
    const char* column;
    FieldType type;
};
constexpr std::array<AttachmentField, 7> kFields{{
    {"id", "ATTACHMENTID", "id", FieldType::ObjectId},
    {"globalId", "GLOBALID", "global_id", FieldType::GlobalId},
    {"parentGlobalId", "REL_GLOBALID", "parent", FieldType::Guid},
    {"name", "ATT_NAME", "name", FieldType::String},
    {"contentType", "CONTENT_TYPE", "content_type", FieldType::String},
    {"size", "DATA_SIZE", "size", FieldType::BigInteger},
    {"keywords", "KEYWORDS", "keywords", FieldType::String},
}};

const AttachmentField* field_of(std::string_view name) {
    for (const AttachmentField& field : kFields) {
        if (equal_ignoring_case(name, field.name)) return &field;
        if (equal_ignoring_case(name, field.older_name)) return &field;
    }
    return nullptr;
}

std::string places(std::size_t count) {
    std::string list;
    for (std::size_t i = 0; i < count; ++i) list += i == 0 ? "?" : ", ?";
    return list;
}

/// Words stand between commas, with or without blanks.
constexpr const char* kWords =
    "(',' || replace(replace(lower(keywords), ', ', ','), ' ,', ',') || ',')";

std::string own_condition(const AttachmentQuery& query) {
    std::string sql = " WHERE layer_id = ? AND size >= ?";
    if (query.most_bytes) sql += " AND size <= ?";
    if (!query.types.empty())
        sql += " AND lower(content_type) IN (" + places(query.types.size()) + ")";
    for (std::size_t i = 0; i < query.keywords.size(); ++i) {
        sql += std::string(i == 0 ? " AND (" : " OR ") + "instr(" + kWords + ", ?) > 0";
    }
    if (!query.keywords.empty()) sql += ")";
    if (query.where) sql += " AND (" + query.where->sql + ")";
    return sql;
}

/// The attachments that answer, as `a`, beside their features, as `f`.
std::string sources(const Layer& layer, const AttachmentQuery& query) {
    return " FROM (SELECT " + quoted_name(layer.fid_column) + " AS fid, " +
           quoted_name(layer.global_id_column) + " AS feature_id FROM " + quoted_name(layer.table) +
           condition_sql(layer, query.features, "") + ") f JOIN (SELECT " + kAttachmentColumns +
           " FROM rhumb_attachment" + own_condition(query) + ") a ON a.parent = f.feature_id";
}

int bind_sources(Statement& statement, const Layer& layer, const AttachmentQuery& query) {
    int next = bind_condition(statement, layer, query.features, 1);
    statement.bind(next++, layer.id.value);
    statement.bind(next++, query.least_bytes);
    if (query.most_bytes) statement.bind(next++, *query.most_bytes);
    for (const std::string& type : query.types) statement.bind(next++, type);
    for (const std::string& word : query.keywords) statement.bind(next++, "," + word + ",");
    if (query.where) {
        for (const Value& value : query.where->values) statement.bind(next++, value);
    }
    return next;
}

}  // namespace

WhereSql attachment_where(std::string_view text, std::int64_t now_ms) {
    WhereContext context;
    context.now_ms = now_ms;
    context.field = [](std::string_view name) -> std::optional<WhereField> {
        const AttachmentField* field = field_of(name);
        if (field == nullptr) return std::nullopt;
        return WhereField{field->column, field->type};
    };
    return where_to_sql(parse_where(text), context);
}

std::optional<std::string> attachment_column(std::string_view name) {
    const AttachmentField* field = field_of(name);
    if (field == nullptr) return std::nullopt;
    return std::string(field->column);
}

void find_attachments(sqlite::Database& database, const Layer& layer, const AttachmentQuery& query,
                      const OnFoundAttachment& on_found) {
    std::string order;
    for (const auto& by : query.order) {
        order += "a." + quoted_name(by.column) + (by.descending ? " DESC, " : ", ");
    }
    Statement rows(database, "SELECT f.fid, a.*" + sources(layer, query) + " ORDER BY " + order +
                                 "f.fid, a.id LIMIT ? OFFSET ?");
    const int next = bind_sources(rows, layer, query);
    rows.bind(next, query.limit).bind(next + 1, query.offset);
    while (rows.step()) on_found({rows.column_int64(0)}, attachment_at(rows, 1));
}

void count_attachments(sqlite::Database& database, const Layer& layer, const AttachmentQuery& query,
                       const OnCountedFeature& on_counted) {
    Statement rows(database, "SELECT f.fid, f.feature_id, count(*)" + sources(layer, query) +
                                 " GROUP BY f.fid ORDER BY f.fid LIMIT ? OFFSET ?");
    const int next = bind_sources(rows, layer, query);
    rows.bind(next, query.limit).bind(next + 1, query.offset);
    while (rows.step()) {
        const auto feature = Uuid::parse(rows.column_text(1));
        if (!feature) continue;
        on_counted({rows.column_int64(0)}, {*feature}, rows.column_int64(2));
    }
}

}  // namespace rhumb::geodb
