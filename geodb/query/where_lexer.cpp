// SPDX-License-Identifier: Apache-2.0
#include "geodb/query/where_lexer.hpp"

#include "platform/error.hpp"
#include "platform/text.hpp"

namespace rhumb::geodb::where {
namespace {

/// How much of the clause a message shows, in bytes.
constexpr std::size_t kExcerptBytes = 24;

bool is_blank(char c) {
    return c == ' ' || c == '\t' || c == '\r' || c == '\n';
}
bool is_digit(char c) {
    return c >= '0' && c <= '9';
}

/// Letters of all languages: whatever is not ASCII may stand in a name.
bool begins_word(char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_' ||
           static_cast<unsigned char>(c) >= 0x80;
}

}  // namespace

bool Token::is_word(std::string_view word) const {
    return kind == Kind::Word && equal_ignoring_case(raw, word);
}

std::string Token::unquoted() const {
    std::string out;
    const char quote = raw.front();
    for (std::size_t i = 1; i + 1 < raw.size(); ++i) {
        out += raw[i];
        if (raw[i] == quote) ++i;
    }
    return out;
}

Lexer::Lexer(std::string_view text, std::string_view what) : text_(text), what_(what) {
    const std::string begin(what);
    if (text.size() > kMaxTextBytes) {
        throw Error(Status::InvalidArgument,
                    begin + ": longer than " + std::to_string(kMaxTextBytes) + " bytes");
    }
    if (!is_utf8(text)) throw Error(Status::InvalidArgument, begin + ": is not UTF-8");
    if (text.find('\0') != std::string_view::npos) {
        throw Error(Status::InvalidArgument, begin + ": has a NUL character in it");
    }
}

Token Lexer::next() {
    skip_blanks();
    Token token{Token::Kind::End, {}, offset_, position_};
    if (offset_ == text_.size()) return token;
    const char first = text_[offset_];
    std::size_t end = 0;
    if (first == '\'' || first == '"') {
        token.kind = first == '"' ? Token::Kind::QuotedName : Token::Kind::Text;
        end = end_of_quoted(token, first);
    } else if (is_digit(first) ||
               (first == '.' && offset_ + 1 < text_.size() && is_digit(text_[offset_ + 1]))) {
        token.kind = Token::Kind::Number;
        end = end_of_number();
    } else if (begins_word(first)) {
        token.kind = Token::Kind::Word;
        end = end_of_word();
    } else {
        token.kind = Token::Kind::Sign;
        end = end_of_sign(token);
    }
    token.raw = text_.substr(offset_, end - offset_);
    offset_ = end;
    position_ += static_cast<std::uint32_t>(utf8_length(token.raw));
    return token;
}

void Lexer::fail(const Token& token, const std::string& problem) const {
    std::string message =
        std::string(what_) + ": " + problem + " at character " + std::to_string(token.position);
    const std::string_view rest = text_.substr(token.offset);
    message += rest.empty() ? ", the end" : " near '" + excerpt(rest, kExcerptBytes) + "'";
    throw Error(Status::InvalidArgument, message);
}

void Lexer::skip_blanks() {
    while (offset_ < text_.size() && is_blank(text_[offset_])) {
        ++offset_;
        ++position_;
    }
}

std::size_t Lexer::end_of_quoted(const Token& token, char quote) const {
    std::size_t end = offset_ + 1;
    while (true) {
        end = text_.find(quote, end);
        if (end == std::string_view::npos) fail(token, "quote is never closed");
        if (end + 1 == text_.size() || text_[end + 1] != quote) return end + 1;
        end += 2;  // a doubled quote stands for one
    }
}

/// Takes letters along, so that "12abc" is one wrong number and not a number and a name.
std::size_t Lexer::end_of_number() const {
    std::size_t end = offset_;
    while (end < text_.size()) {
        const char c = text_[end];
        const bool sign_of_exponent =
            (c == '+' || c == '-') && (text_[end - (end > offset_ ? 1 : 0)] | 0x20) == 'e';
        if (!is_digit(c) && c != '.' && !begins_word(c) && !sign_of_exponent) break;
        ++end;
    }
    return end;
}

std::size_t Lexer::end_of_word() const {
    std::size_t end = offset_;
    while (end < text_.size() && (begins_word(text_[end]) || is_digit(text_[end]))) ++end;
    return end;
}

std::size_t Lexer::end_of_sign(const Token& token) const {
    const std::string_view two = text_.substr(offset_, 2);
    if (two == "--" || two == "/*" || two == "*/") fail(token, "comment mark");
    if (two == "<>" || two == "!=" || two == "<=" || two == ">=") return offset_ + 2;
    if (std::string_view("()=<>,+-*/").find(two[0]) == std::string_view::npos) {
        fail(token, "unexpected character");
    }
    return offset_ + 1;
}

}  // namespace rhumb::geodb::where
