// SPDX-License-Identifier: Apache-2.0
#include "sync/wire/json_view.hpp"

#include "platform/text.hpp"
#include "sync/wire/json_numeral.hpp"
#include "sync/wire/text_scan.hpp"

#include <algorithm>
#include <limits>
#include <utility>

namespace rhumb::wire {

std::optional<JsonView> JsonView::find(std::string_view name) const {
    std::optional<JsonView> found;
    each_member([&](std::string_view each, JsonView value) {
        if (each == name) found = value;
    });
    return found;
}

std::optional<JsonView> JsonView::find_any_case(std::string_view name) const {
    if (const auto exact = find(name)) return exact;
    std::optional<JsonView> found;
    each_member([&](std::string_view each, JsonView value) {
        if (equal_ignoring_case(each, name)) found = value;
    });
    return found;
}

Json JsonView::json() const {
    switch (kind()) {
        case Json::Kind::Null:
            return {};
        case Json::Kind::Bool:
            return Json(token_->boolean);
        case Json::Kind::Integer:
            return Json(token_->integer);
        case Json::Kind::Real:
            return Json(token_->real);
        case Json::Kind::Text:
            return Json(characters());
        case Json::Kind::Array:
            break;
        case Json::Kind::Object: {
            Json::Object members;
            members.reserve(size());
            each_member([&](std::string_view name, JsonView value) {
                members.push_back({std::string(name), value.json()});
            });
            return Json(std::move(members));
        }
    }
    Json::Array elements;
    elements.reserve(size());
    each_element([&](JsonView element) { elements.push_back(element.json()); });
    return Json(std::move(elements));
}

inline JsonView::Token& JsonTape::append(Json::Kind kind) {
    constexpr std::size_t kFirstTokens = 64;
    if (used_ == tokens_.size()) tokens_.resize(std::max(kFirstTokens, 2 * used_));
    JsonView::Token& made = tokens_[used_++];
    made.size = 0;
    made.extent = 1;
    made.kind = kind;
    return made;
}

/// Reads by the grammar alone. Every function takes where its part begins and returns where it
/// ends, null when it is none: so the place stays in a register.
class JsonTape::Reader {
public:
    Reader(JsonTape& tape, std::string_view text, const JsonLimits& limits)
        : tape_(tape),
          end_(text.data() + text.size()),
          most_tokens_(std::min<std::size_t>(limits.max_values, kMostTokens)),
          max_depth_(limits.max_depth) {}

    const char* value(const char* at, std::size_t depth) {
        if (at == end_ || tape_.used_ >= most_tokens_) return nullptr;
        switch (*at) {
            case '"':
                return text(at);
            case '{':
                return depth < max_depth_ ? object(at, depth + 1) : nullptr;
            case '[':
                return depth < max_depth_ ? array(at, depth + 1) : nullptr;
            case 't':
                token(Json::Kind::Bool).boolean = true;
                return behind_word(at, "true");
            case 'f':
                token(Json::Kind::Bool).boolean = false;
                return behind_word(at, "false");
            case 'n':
                token(Json::Kind::Null);
                return behind_word(at, "null");
            default:
                return number(at);
        }
    }

    const char* text(const char* at) {
        if (at == end_ || *at != '"') return nullptr;
        const char* const begin = at + 1;
        at = behind_plain(begin);
        if (at == end_ || *at != '"') return odd_text(begin, at);
        put_text({begin, at});
        return at + 1;
    }

private:
    using Token = JsonView::Token;
    static constexpr std::size_t kSafeDigits = 18;  // so many always fit 63 bits
    /// What an extent can say.
    static constexpr std::size_t kMostTokens = std::numeric_limits<std::uint32_t>::max() / 4;

    Token& token(Json::Kind kind) { return tape_.append(kind); }

    void put_text(std::string_view text) {
        Token& made = token(Json::Kind::Text);
        made.text = text.data();
        made.size = static_cast<std::uint32_t>(text.size());
    }

    const char* behind_plain(const char* at) const {
        while (end_ - at >= 8) {
            const std::uint64_t marks = marks_of_not_plain(eight_bytes(at));
            if (marks == 0) {
                at += 8;
                continue;
            }
            if constexpr (kMarksTellPlace) return at + bytes_before(marks);
            break;
        }
        while (at != end_ && is_plain(*at)) ++at;
        return at;
    }

    const char* behind_blanks(const char* at) const {
        while (at != end_ && (*at == ' ' || *at == '\n' || *at == '\r' || *at == '\t')) ++at;
        return at;
    }

    const char* behind_word(const char* at, std::string_view word) const {
        return std::string_view(at, end_).starts_with(word) ? at + word.size() : nullptr;
    }

    const char* object(const char* at, std::size_t depth) {
        const std::size_t self = tape_.used_;
        token(Json::Kind::Object);
        at = behind_blanks(at + 1);
        std::uint32_t members = 0;
        if (at != end_ && *at == '}') return close(at, self, members);
        while (true) {
            at = text(at);
            if (at == nullptr) return nullptr;
            at = behind_blanks(at);
            if (at == end_ || *at != ':') return nullptr;
            at = value(behind_blanks(at + 1), depth);
            if (at == nullptr) return nullptr;
            ++members;
            at = behind_blanks(at);
            if (at == end_) return nullptr;
            if (*at == '}') return close(at, self, members);
            if (*at != ',') return nullptr;
            at = behind_blanks(at + 1);
        }
    }

    const char* array(const char* at, std::size_t depth) {
        const std::size_t self = tape_.used_;
        token(Json::Kind::Array);
        at = behind_blanks(at + 1);
        std::uint32_t elements = 0;
        if (at != end_ && *at == ']') return close(at, self, elements);
        while (true) {
            at = value(at, depth);
            if (at == nullptr) return nullptr;
            ++elements;
            at = behind_blanks(at);
            if (at == end_) return nullptr;
            if (*at == ']') return close(at, self, elements);
            if (*at != ',') return nullptr;
            at = behind_blanks(at + 1);
        }
    }

    const char* close(const char* at, std::size_t self, std::uint32_t children) {
        Token& whole = tape_.tokens_[self];
        whole.size = children;
        whole.extent = static_cast<std::uint32_t>(tape_.used_ - self);
        return at + 1;
    }

    /// Other letters than ASCII's, escapes, or what is no text; plain until `at`.
    const char* odd_text(const char* begin, const char* at) {
        const std::string_view left(begin, end_);
        const std::size_t stop = next_to_escape(left, static_cast<std::size_t>(at - begin));
        if (stop == left.size()) return nullptr;
        if (left[stop] == '\\') return escaped_text(begin);
        const std::string_view whole = left.substr(0, stop);
        if (left[stop] != '"' || !is_utf8(whole)) return nullptr;
        put_text(whole);
        return begin + stop + 1;
    }

    const char* escaped_text(const char* at) {
        std::string out;
        while (true) {
            const std::size_t run = next_to_escape({at, end_}, 0);
            out.append(at, run);
            at += run;
            if (at == end_) return nullptr;
            if (*at == '"') break;
            at = *at == '\\' ? escape(at, out) : nullptr;
            if (at == nullptr) return nullptr;
        }
        if (!is_utf8(out)) return nullptr;
        put_text(tape_.unescaped_.emplace_back(std::move(out)));
        return at + 1;
    }

    const char* escape(const char* at, std::string& out) const {
        constexpr std::string_view kLetters = "\"\\/bfnrt";
        constexpr std::string_view kMeant = "\"\\/\b\f\n\r\t";
        if (end_ - at < 2) return nullptr;
        if (at[1] == 'u') return code_point(at, out);
        const std::size_t which = kLetters.find(at[1]);
        if (which == std::string_view::npos) return nullptr;
        out.push_back(kMeant[which]);
        return at + 2;
    }

    const char* code_point(const char* at, std::string& out) const {
        constexpr std::ptrdiff_t kBytes = 6;  // "\u1234"
        const auto first = code_unit(at);
        if (!first || (*first >= 0xDC00 && *first <= 0xDFFF)) return nullptr;
        if (*first < 0xD800 || *first > 0xDFFF) {
            append_utf8(out, *first);
            return at + kBytes;
        }
        const auto second = code_unit(at + kBytes);
        if (!second || *second < 0xDC00 || *second > 0xDFFF) return nullptr;
        append_utf8(out, 0x10000 + ((*first - 0xD800) << 10) + (*second - 0xDC00));
        return at + 2 * kBytes;
    }

    std::optional<std::uint32_t> code_unit(const char* at) const {
        if (end_ - at < 6 || at[0] != '\\' || at[1] != 'u') return std::nullopt;
        std::uint32_t unit = 0;
        for (const char c : std::string_view(at + 2, 4)) {
            const bool digit = c >= '0' && c <= '9';
            const char letter = static_cast<char>(c | 0x20);
            if (!digit && (letter < 'a' || letter > 'f')) return std::nullopt;
            unit = unit * 16 + static_cast<std::uint32_t>(digit ? c - '0' : letter - 'a' + 10);
        }
        return unit;
    }

    static void append_utf8(std::string& out, std::uint32_t code) {
        const auto tail = [&](unsigned shift) {
            out.push_back(static_cast<char>(0x80 | ((code >> shift) & 0x3F)));
        };
        if (code < 0x80) {
            out.push_back(static_cast<char>(code));
        } else if (code < 0x800) {
            out.push_back(static_cast<char>(0xC0 | (code >> 6)));
            tail(0);
        } else if (code < 0x10000) {
            out.push_back(static_cast<char>(0xE0 | (code >> 12)));
            tail(6);
            tail(0);
        } else {
            out.push_back(static_cast<char>(0xF0 | (code >> 18)));
            tail(12);
            tail(6);
            tail(0);
        }
    }

    static bool is_digit(char c) { return static_cast<unsigned char>(c - '0') < 10; }

    /// One digit at least.
    const char* behind_digits(const char* at) const {
        const char* const begin = at;
        while (at != end_ && is_digit(*at)) ++at;
        return at != begin ? at : nullptr;
    }

    const char* number(const char* at) {
        const char* const begin = at;
        const bool negative = *at == '-';
        if (negative) ++at;
        const char* const first = at;
        std::uint64_t sum = 0;  // right for as many digits as always fit
        while (at != end_ && is_digit(*at)) {
            sum = sum * 10 + static_cast<std::uint64_t>(*at++ - '0');
        }
        const auto count = static_cast<std::size_t>(at - first);
        if (count == 0 || (*first == '0' && count > 1)) return nullptr;
        const bool whole = at == end_ || (*at != '.' && *at != 'e' && *at != 'E');
        if (!whole) {
            at = behind_exponent(*at == '.' ? behind_digits(at + 1) : at);
            return at != nullptr && put_number({begin, at}, false) ? at : nullptr;
        }
        if (count > kSafeDigits || (negative && sum == 0)) {
            return put_number({begin, at}, true) ? at : nullptr;
        }
        const auto value = static_cast<std::int64_t>(sum);
        token(Json::Kind::Integer).integer = negative ? -value : value;
        return at;
    }

    const char* behind_exponent(const char* at) const {
        if (at == nullptr || at == end_ || (*at != 'e' && *at != 'E')) return at;
        ++at;
        if (at != end_ && (*at == '+' || *at == '-')) ++at;
        return behind_digits(at);
    }

    bool put_number(std::string_view numeral, bool whole) {
        const auto number = numeral_value(numeral, whole);
        if (const auto* integer = std::get_if<std::int64_t>(&number)) {
            token(Json::Kind::Integer).integer = *integer;
        } else if (const auto* real = std::get_if<double>(&number)) {
            token(Json::Kind::Real).real = *real;
        } else {
            return false;
        }
        return true;
    }

    JsonTape& tape_;
    const char* end_;
    std::size_t most_tokens_;
    std::size_t max_depth_;
};

bool JsonTape::read(std::string_view text, std::size_t& at, const JsonLimits& limits,
                    std::size_t depth) {
    if (text.size() > limits.max_text_bytes) return false;
    used_ = 0;
    if (!unescaped_.empty()) unescaped_.clear();
    const char* const end = Reader(*this, text, limits).value(text.data() + at, depth);
    if (end != nullptr) at = static_cast<std::size_t>(end - text.data());
    return end != nullptr;
}

std::optional<std::string_view> JsonTape::read_name(std::string_view text, std::size_t& at) {
    const JsonLimits limits;
    used_ = 0;
    const char* const end = Reader(*this, text, limits).text(text.data() + at);
    if (end == nullptr) return std::nullopt;
    at = static_cast<std::size_t>(end - text.data());
    return root().text();
}

void JsonTape::take(const Json& json) {
    used_ = 0;
    append(json);
}

void JsonTape::append(const Json& json) {
    const std::size_t self = used_;
    JsonView::Token& made = append(json.kind());
    const auto set_text = [](JsonView::Token& token, const std::string& text) {
        token.text = text.data();
        token.size = static_cast<std::uint32_t>(text.size());
    };
    if (json.boolean() != nullptr) made.boolean = *json.boolean();
    if (json.integer() != nullptr) made.integer = *json.integer();
    if (json.real() != nullptr) made.real = *json.real();
    if (json.text() != nullptr) set_text(made, *json.text());
    if (const Json::Array* elements = json.array()) {
        made.size = static_cast<std::uint32_t>(elements->size());
        for (const Json& element : *elements) append(element);
    }
    if (const Json::Object* members = json.object()) {
        made.size = static_cast<std::uint32_t>(members->size());
        for (const Json::Member& member : *members) {
            set_text(append(Json::Kind::Text), member.name);
            append(member.value);
        }
    }
    tokens_[self].extent = static_cast<std::uint32_t>(used_ - self);
}

}  // namespace rhumb::wire
