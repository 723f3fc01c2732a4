// SPDX-License-Identifier: Apache-2.0
#include "platform/http/form.hpp"

#include "platform/error.hpp"
#include "platform/http/message.hpp"
#include "platform/http/multipart.hpp"
#include "platform/http/url.hpp"
#include "platform/text.hpp"

namespace rhumb::http {
namespace {

NameValues body_parameters(const Request& request, std::size_t most) {
    const std::string_view type = request.headers.get("Content-Type");
    if (is_multipart(type)) {
        NameValues pairs;
        for (const Part& part : parse_multipart(type, request.body)) {
            if (!part.is_file) pairs.emplace_back(part.name, part.body);
        }
        return pairs;
    }
    const std::string media_type = lowered(trimmed(type.substr(0, type.find(';'))));
    const bool form = media_type.empty() || media_type == "application/x-www-form-urlencoded";
    return form ? parse_form(request.body, most) : NameValues{};
}

}  // namespace

NameValues parse_form(std::string_view text, std::size_t most) {
    NameValues pairs;
    while (!text.empty()) {
        const std::size_t end = text.find('&');
        const std::string_view piece = text.substr(0, end);
        text.remove_prefix(end == std::string_view::npos ? text.size() : end + 1);
        if (piece.empty()) continue;
        if (pairs.size() == most) {
            throw Error(Status::InvalidArgument,
                        "the request has more than " + std::to_string(most) + " parameters");
        }
        const std::size_t equals = piece.find('=');
        const std::string_view value =
            equals == std::string_view::npos ? std::string_view() : piece.substr(equals + 1);
        pairs.emplace_back(percent_decode(piece.substr(0, equals), Plus::Blank),
                           percent_decode(value, Plus::Blank));
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

Parameters::Parameters(const NameValues& query, const NameValues& body) {
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

Parameters parameters_of(const Request& request, std::size_t most) {
    return {parse_form(request.query(), most), body_parameters(request, most)};
}

}  // namespace rhumb::http
