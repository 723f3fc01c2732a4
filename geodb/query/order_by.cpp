// SPDX-License-Identifier: Apache-2.0
#include "geodb/query/order_by.hpp"

#include "geodb/query/where_lexer.hpp"

namespace rhumb::geodb {
namespace {

using where::Lexer;
using where::Token;

/// Reads one piece from its first token on; `token` becomes the one after it.
OrderField take_field(Lexer& lexer, Token& token) {
    const bool quoted = token.kind == Token::Kind::QuotedName && token.raw.size() > 2;
    if (!quoted && token.kind != Token::Kind::Word) lexer.fail(token, "a field name is expected");
    OrderField field{quoted ? token.unquoted() : std::string(token.raw)};
    token = lexer.next();
    if (token.is_word("ASC") || token.is_word("DESC")) {
        field.descending = token.is_word("DESC");
        token = lexer.next();
    }
    return field;
}

}  // namespace

std::vector<OrderField> parse_order_by(std::string_view text) {
    Lexer lexer(text, "orderByFields");
    std::vector<OrderField> fields;
    Token token = lexer.next();
    if (token.kind == Token::Kind::End) return fields;
    while (true) {
        fields.push_back(take_field(lexer, token));
        if (token.kind == Token::Kind::End) return fields;
        if (!token.is_sign(",")) lexer.fail(token, "ASC, DESC or ',' is expected");
        if (fields.size() == kMaxOrderFields) lexer.fail(token, "too many fields");
        token = lexer.next();
    }
}

}  // namespace rhumb::geodb
