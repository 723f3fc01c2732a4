// SPDX-License-Identifier: Apache-2.0
#include "platform/http/form.hpp"

#include "platform/error.hpp"
#include "platform/http/message.hpp"
#include "platform/http/url.hpp"
#include "platform/text.hpp"

#include <algorithm>

namespace rhumb::http {
namespace {

[[noreturn]] void too_many(std::size_t most) {
    throw Error(Status::InvalidArgument,
                "the request has more than " + std::to_string(most) + " parameters");
}

[[noreturn]] void too_large(std::uint64_t most_bytes) {
    throw Error(Status::InvalidArgument, "the parameters have more than the limit of " +
                                             std::to_string(most_bytes) + " bytes together")
        .with_code(413);
}

/// Takes the values out of a multipart body; what stays are its files.
std::vector<Part> take_values(std::vector<Part> parts, const FormLimits& limits,
                              NameValues& values) {
    std::uint64_t bytes = 0;
    std::vector<Part> files;
    for (Part& part : parts) {
        if (part.is_file) {
            files.push_back(std::move(part));
            continue;
        }
        if (values.size() == limits.parameters) too_many(limits.parameters);
        bytes += part.body.size();
        if (bytes > limits.bytes) too_large(limits.bytes);
        values.emplace_back(part.name, part.body.text());
    }
    return files;
}

/// Takes the next pair off `text`, which is not empty; none for an empty piece.
std::optional<std::pair<std::string, std::string>> next_pair(std::string_view& text) {
    const std::size_t end = text.find('&');
    const std::string_view piece = text.substr(0, end);
    text.remove_prefix(end == std::string_view::npos ? text.size() : end + 1);
    if (piece.empty()) return std::nullopt;
    const std::size_t equals = piece.find('=');
    const std::string_view value =
        equals == std::string_view::npos ? std::string_view() : piece.substr(equals + 1);
    return std::pair(percent_decode(piece.substr(0, equals), Plus::Blank),
                     percent_decode(value, Plus::Blank));
}

}  // namespace

NameValues parse_form(std::string_view text, std::size_t most) {
    NameValues pairs;
    while (!text.empty()) {
        auto pair = next_pair(text);
        if (!pair) continue;
        if (pairs.size() == most) too_many(most);
        pairs.push_back(std::move(*pair));
    }
    return pairs;
}

std::string encode_form(const NameValues& pairs) {
    std::string out;
    for (const auto& [name, value] : pairs) {
        if (!out.empty()) out += '&';
        out += percent_encode(name);
        out += '=';
        out += percent_encode(value);
    }
    return out;
}

Parameters::Parameters(const NameValues& query, const NameValues& body, std::vector<Part> files)
    : files_(std::move(files)) {
    for (const NameValues* source : {&body, &query}) {
        for (const auto& [name, value] : *source) {
            if (!value.empty()) values_.emplace(lowered(trimmed(name)), value);
        }
    }
}

const std::string* Parameters::find(std::string_view name) const {
    const auto found = values_.find(lowered(name));
    return found == values_.end() ? nullptr : &found->second;
}

const std::string& Parameters::get(std::string_view name) const {
    static const std::string absent;
    const std::string* value = find(name);
    return value ? *value : absent;
}

void Parameters::set(std::string_view name, std::string value) {
    if (value.empty()) {
        values_.erase(lowered(name));
    } else {
        values_.insert_or_assign(lowered(name), std::move(value));
    }
}

const Part* Parameters::file(std::string_view name) const {
    const auto found = std::find_if(files_.begin(), files_.end(), [&](const Part& part) {
        return equal_ignoring_case(part.name, name);
    });
    return found == files_.end() ? nullptr : &*found;
}

Parameters parameters_of(const Request& request, const FormLimits& limits) {
    const std::size_t most = limits.parameters;
    const std::string_view type = request.headers.get("Content-Type");
    const Body body = request.whole_body();
    const NameValues query = parse_form(request.query(), most);
    if (is_multipart(type)) {
        NameValues values;
        auto files = take_values(parse_multipart(type, body, limits.multipart), limits, values);
        return {query, values, std::move(files)};
    }
    const std::string media_type = lowered(trimmed(type.substr(0, type.find(';'))));
    const bool form = media_type.empty() || media_type == "application/x-www-form-urlencoded";
    if (!form) return {query, {}};
    if (body.size() > limits.bytes) too_large(limits.bytes);
    return {query,
            request.long_body ? parse_form(body.text(), most) : parse_form(request.body, most)};
}

Parameters query_parameters_of(const Request& request) {
    NameValues pairs;
    std::string_view text = request.query();
    while (!text.empty() && pairs.size() < kMaxParameters) {
        if (auto pair = next_pair(text)) pairs.push_back(std::move(*pair));
    }
    return {pairs, {}};
}

}  // namespace rhumb::http
