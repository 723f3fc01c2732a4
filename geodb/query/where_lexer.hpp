// SPDX-License-Identifier: Apache-2.0
//
// Cuts a where-clause or an order-by list into words, names, literals and signs.
//
// Comment marks, semicolons and whatever else has no place in the dialect end here.

#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

namespace rhumb::geodb::where {

/// Longest clause that is read, in bytes.
inline constexpr std::size_t kMaxTextBytes = 1 << 20;

struct Token {
    enum class Kind : std::uint8_t { End, Word, QuotedName, Text, Number, Sign };
    Kind kind = Kind::End;
    std::string_view raw;        ///< as written, with quotes
    std::size_t offset = 0;      ///< in bytes
    std::uint32_t position = 1;  ///< in characters, counted from 1

    /// A word of this spelling in any case; `word` is in capitals.
    bool is_word(std::string_view word) const;
    bool is_sign(std::string_view sign) const { return kind == Kind::Sign && raw == sign; }
    /// The content of a quoted name or text, with doubled quotes made single.
    std::string unquoted() const;
};

class Lexer {
public:
    /// `what` begins every message: "where", "orderByFields". The text outlives lexer and tokens.
    /// Throws Error(InvalidArgument) when the text is too long, no UTF-8, or has a NUL in it.
    Lexer(std::string_view text, std::string_view what);

    /// The next token; End for ever after the last.
    Token next();

    /// Throws Error(InvalidArgument, "<what>: <problem> at character N near '…'").
    [[noreturn]] void fail(const Token& token, const std::string& problem) const;

private:
    void skip_blanks();
    std::size_t end_of_quoted(const Token& token, char quote) const;
    std::size_t end_of_number() const;
    std::size_t end_of_word() const;
    std::size_t end_of_sign(const Token& token) const;

    std::string_view text_;
    std::string_view what_;
    std::size_t offset_ = 0;
    std::uint32_t position_ = 1;
};

}  // namespace rhumb::geodb::where
