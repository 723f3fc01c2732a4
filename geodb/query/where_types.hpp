// SPDX-License-Identifier: Apache-2.0
//
// What the values of a where-clause are, and as what two of them are compared.
//
// Fields and functions have a type of their own; the literals beside them are read as that type.

#pragma once

#include "geodb/query/where_sql.hpp"
#include "geodb/query/where_tree.hpp"

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace rhumb::geodb::where {

enum class Type : std::uint8_t {
    Any,  ///< NULL
    Integer,
    Real,
    Text,
    Guid,
    Day,     ///< in SQL the text yyyy-mm-dd
    Moment,  ///< in SQL the text yyyy-mm-ddThh:mm:ss.sssZ
    Time,    ///< in SQL the text hh:mm:ss.sss
    Opaque,  ///< blobs and geometries: only IS NULL can be asked
};

/// In the plural, for messages: "numbers".
std::string_view type_name(Type type);
inline bool is_number(Type type) {
    return type == Type::Integer || type == Type::Real;
}
inline bool is_dated(Type type) {
    return type == Type::Day || type == Type::Moment;
}

/// Throws Error(InvalidArgument, "where: <problem> at character N") for the place of `node`.
[[noreturn]] void fail(const Node& node, const std::string& problem);

class Types {
public:
    explicit Types(const WhereContext& context) : context_(context) {}

    struct Column {
        std::string name;
        Type type = Type::Any;
    };
    /// The column that `node`, a Field, names. Throws when the layer has none.
    const Column& column(const Node& node);
    /// All columns asked for so far, in the order of the clause.
    const std::vector<std::string>& columns() const { return columns_; }

    Type of(const Node& node);
    /// The type as which these values are compared. Throws when there is none.
    Type common(const std::vector<Node>& values);
    /// A date that is known now: a literal or CURRENT_…, with intervals added. ms since 1970.
    std::optional<std::int64_t> constant_date(const Node& node) const;

private:
    Column resolved(const Node& node, const Field& wanted) const;
    Type of_arithmetic(const Node& node);
    Type of_function(Function function, const Node& node);

    const WhereContext& context_;
    std::map<std::string, Column, std::less<>> known_;
    std::vector<std::string> columns_;
};

/// The field among these values that a message about them should name, e.g. "field 'FLOW'".
std::string subject_of(const std::vector<Node>& values);

}  // namespace rhumb::geodb::where
