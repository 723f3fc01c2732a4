// SPDX-License-Identifier: Apache-2.0
#include "sync/wire/json_elements.hpp"

#include "platform/text.hpp"
#include "sync/wire/json_stream.hpp"

#include <algorithm>
#include <cstring>
#include <optional>
#include <utility>

namespace rhumb::wire {
namespace {

using Pattern = std::vector<std::string>;

/// Goes down to the elements and keeps what lies beside them.
class Descent {
public:
    Descent(std::string_view text, const std::vector<std::string>& paths,
            const OnElementView& on_element, const JsonLimits& limits)
        : text_(text), on_element_(on_element), limits_(limits) {
        for (const std::string& path : paths) patterns_.push_back(split(path, '.'));
    }

    /// None when the text is not read to its end.
    std::optional<Json> whole() {
        std::vector<std::size_t> all;
        for (std::size_t i = 0; i < patterns_.size(); ++i) all.push_back(i);
        Json rest;
        if (!value(all, 0, rest)) return std::nullopt;
        skip_blanks();
        return at_ == text_.size() ? std::optional(std::move(rest)) : std::nullopt;
    }

    std::size_t handed_out() const { return handed_out_; }

private:
    /// Patterns that agree with the way down to here.
    using Matching = std::vector<std::size_t>;

    Matching agreeing(const Matching& matching, std::size_t depth, std::string_view step) const {
        Matching agree;
        for (const std::size_t each : matching) {
            const Pattern& pattern = patterns_[each];
            if (pattern.size() > depth && pattern[depth] == step) agree.push_back(each);
        }
        return agree;
    }

    char next() {
        skip_blanks();
        return at_ < text_.size() ? text_[at_] : '\0';
    }
    void skip_blanks() {
        while (at_ < text_.size() && (text_[at_] == ' ' || text_[at_] == '\n' ||
                                      text_[at_] == '\r' || text_[at_] == '\t')) {
            ++at_;
        }
    }
    bool taken(char wanted) {
        if (next() != wanted) return false;
        ++at_;
        return true;
    }

    bool value(const Matching& matching, std::size_t depth, Json& out) {
        const char first = next();
        if (!matching.empty() && first == '{') return object(matching, depth, out);
        if (!matching.empty() && first == '[') return array(matching, depth, out);
        if (!tape_.read(text_, at_, limits_, depth)) return false;
        kept_ += tape_.size();
        out = tape_.root().json();
        return kept_ <= limits_.max_values;
    }

    bool object(const Matching& matching, std::size_t depth, Json& out) {
        Json::Object members;
        ++at_;
        if (!taken('}')) {
            do {
                skip_blanks();
                const auto name = tape_.read_name(text_, at_);
                if (!name || !taken(':')) return false;
                members.push_back({std::string(*name), Json()});
                const Matching inner = agreeing(matching, depth, members.back().name);
                if (!value(inner, depth + 1, members.back().value)) return false;
            } while (taken(','));
            if (!taken('}')) return false;
        }
        out = Json(std::move(members));
        return ++kept_ <= limits_.max_values;
    }

    bool array(const Matching& matching, std::size_t depth, Json& out) {
        const Matching inner = agreeing(matching, depth, "*");
        const auto met = std::find_if(inner.begin(), inner.end(), [&](std::size_t each) {
            return patterns_[each].size() == depth + 1;
        });
        const bool outermost = std::exchange(in_array_, true) == false;
        std::size_t here = 0;
        std::size_t& index = outermost ? index_ : here;
        index = 0;
        Json::Array elements;
        ++at_;
        if (!taken(']')) {
            do {
                const bool fine = met != inner.end()
                                      ? element(*met, depth + 1)
                                      : value(inner, depth + 1, elements.emplace_back());
                if (!fine) return false;
                ++index;
            } while (taken(','));
            if (!taken(']')) return false;
        }
        if (outermost) in_array_ = false;
        out = Json(std::move(elements));
        return ++kept_ <= limits_.max_values;
    }

    bool element(std::size_t pattern, std::size_t depth) {
        skip_blanks();
        if (!tape_.read(text_, at_, limits_, depth)) return false;
        // Counted first: what is thrown from there is the end of it.
        ++handed_out_;
        on_element_({pattern, index_}, tape_.root());
        return true;
    }

    std::string_view text_;
    const OnElementView& on_element_;
    const JsonLimits& limits_;
    std::vector<Pattern> patterns_;
    JsonTape tape_;
    std::size_t at_ = 0;
    std::size_t index_ = 0;  ///< in the outermost array
    bool in_array_ = false;
    std::size_t kept_ = 0;
    std::size_t handed_out_ = 0;
};

}  // namespace

Json each_element(std::string_view text, std::string_view what,
                  const std::vector<std::string>& element_paths, const OnElementView& on_element,
                  const JsonLimits& limits) {
    Descent descent(text, element_paths, on_element, limits);
    if (auto rest = descent.whole()) return std::move(*rest);
    std::size_t known = descent.handed_out();
    JsonTape tape;
    std::string_view left = text;
    const PullBytes pull = [&](char* into, std::size_t room) {
        const std::size_t bytes = std::min(room, left.size());
        std::memcpy(into, left.data(), bytes);
        left.remove_prefix(bytes);
        return bytes;
    };
    return stream_json(
        pull, what, element_paths,
        [&](const JsonPath& path, Json&& element) {
            if (known > 0) {
                --known;
                return;
            }
            tape.take(element);
            on_element({path.pattern(), path.index()}, tape.root());
        },
        limits);
}

}  // namespace rhumb::wire
