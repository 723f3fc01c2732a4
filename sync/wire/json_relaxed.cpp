// SPDX-License-Identifier: Apache-2.0
//
// Hand-typed JSON made strict: names get their quotes, single quotes become double ones.

#include "platform/error.hpp"
#include "sync/wire/json.hpp"

namespace rhumb::wire {
namespace {

bool begins_name(char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_' || c == '$';
}

bool continues_name(char c) {
    return begins_name(c) || (c >= '0' && c <= '9');
}

bool is_blank(char c) {
    return c == ' ' || c == '\t' || c == '\r' || c == '\n';
}

/// Goes over the text once. What it does not understand it copies; the strict reader objects then.
class Strictener {
public:
    explicit Strictener(std::string_view text) : text_(text) { out_.reserve(text.size() + 32); }

    std::string run() {
        while (at_ < text_.size()) {
            const char c = text_[at_];
            if (c == '"' || c == '\'') {
                copy_quoted(c);
            } else if (begins_name(c)) {
                copy_word();
            } else {
                copy_other();
            }
        }
        return std::move(out_);
    }

private:
    void copy_quoted(char quote) {
        out_.push_back('"');
        for (++at_; at_ < text_.size() && text_[at_] != quote; ++at_) {
            if (text_[at_] == '\\' && at_ + 1 < text_.size()) {
                copy_escape(text_[++at_]);
            } else if (text_[at_] == '"') {
                out_.append("\\\"");
            } else {
                out_.push_back(text_[at_]);
            }
        }
        if (at_ == text_.size()) return;  // without its end it stays an error
        ++at_;
        out_.push_back('"');
    }

    /// JSON knows no escaped single quote.
    void copy_escape(char escaped) {
        if (escaped != '\'') out_.push_back('\\');
        out_.push_back(escaped);
    }

    /// A word before ':' is a name; true, false and null elsewhere are values.
    void copy_word() {
        const std::size_t begin = at_;
        while (at_ < text_.size() && continues_name(text_[at_])) ++at_;
        std::size_t next = at_;
        while (next < text_.size() && is_blank(text_[next])) ++next;
        const bool is_name = next < text_.size() && text_[next] == ':';
        if (is_name) out_.push_back('"');
        out_.append(text_.substr(begin, at_ - begin));
        if (is_name) out_.push_back('"');
    }

    /// Numbers as a whole, so that the 'e' of 1e5 begins no name.
    void copy_other() {
        do {
            out_.push_back(text_[at_++]);
        } while (at_ < text_.size() && continues_name(text_[at_]) && continues_name(out_.back()));
    }

    std::string_view text_;
    std::size_t at_ = 0;
    std::string out_;
};

}  // namespace

Json parse_json_relaxed(std::string_view text, std::string_view what, const JsonLimits& limits) {
    try {
        return parse_json(text, what, limits);
    } catch (const Error&) {
        const std::string strict = Strictener(text).run();
        if (strict == text) throw;  // the place in the error is the place in the caller's text
        return parse_json(strict, what, limits);
    }
}

}  // namespace rhumb::wire
