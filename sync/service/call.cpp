// SPDX-License-Identifier: Apache-2.0
#include "sync/service/call.hpp"

#include "platform/error.hpp"
#include "platform/number.hpp"
#include "platform/text.hpp"
#include "sync/service/security/refusals.hpp"
#include "sync/wire/json_parameter.hpp"

namespace rhumb::service {
namespace {

constexpr std::size_t kShownBytes = 60;

[[noreturn]] void refuse_parameter(std::string_view name, std::string_view value,
                                   std::string_view wanted) {
    throw Error(Status::InvalidArgument, "'" + std::string(name) + "' is '" +
                                             excerpt(value, kShownBytes) + "', not " +
                                             std::string(wanted));
}

std::string element_text(const wire::Json& element) {
    return element.text() != nullptr ? *element.text() : wire::to_text(element);
}

std::string unquoted(std::string_view piece) {
    const bool is_quoted = piece.size() >= 2 && (piece.front() == '"' || piece.front() == '\'') &&
                           piece.back() == piece.front();
    return std::string(is_quoted ? piece.substr(1, piece.size() - 2) : piece);
}

bool names_capability(const std::string& capabilities, std::string_view name) {
    const auto words = split(capabilities, ',');
    const auto listed = [&](std::string_view wanted) {
        return std::any_of(words.begin(), words.end(), [&](const std::string& word) {
            return equal_ignoring_case(word, wanted);
        });
    };
    const bool edits = equal_ignoring_case(name, "Create") || equal_ignoring_case(name, "Update") ||
                       equal_ignoring_case(name, "Delete");
    return listed(name) || (edits && listed("Editing"));
}

[[noreturn]] void refuse_caller(const Call& call, std::string_view capability) {
    const std::string what = "the capability " + std::string(capability) + " of this service";
    if (!call.who.signed_in()) throw token_required(what + " is for those who sign in");
    throw not_permitted("the user '" + call.who.user + "' lacks " + what);
}

}  // namespace

Call with_parameters(const Call& call, const http::Parameters& parameters) {
    return {call.request, parameters,        call.store,       call.results,     call.settings,
            call.limits,  call.service_name, call.service_url, call.content_url, call.uploads,
            call.jobs,    call.busy,         call.owner,       call.who,         call.capabilities,
            call.facts,   call.job};
}

bool boolean_parameter(const http::Parameters& parameters, std::string_view name, bool absent) {
    const std::string value = lowered(trimmed(parameters.get(name)));
    if (value.empty()) return absent;
    if (value == "true" || value == "1") return true;
    if (value == "false" || value == "0") return false;
    refuse_parameter(name, value, "true or false");
}

std::optional<std::int64_t> integer_parameter(const http::Parameters& parameters,
                                              std::string_view name) {
    const std::string& value = parameters.get(name);
    if (trimmed(value).empty()) return std::nullopt;
    const auto number = parse_integer(value);
    if (!number) refuse_parameter(name, value, "a whole number");
    return number;
}

std::vector<std::string> list_parameter(const http::Parameters& parameters, std::string_view name) {
    const std::string_view value = trimmed(parameters.get(name));
    std::vector<std::string> elements;
    if (value.empty()) return elements;
    if (value.front() == '[') {
        const wire::Json list =
            wire::parse_json_parameter(value, "'" + std::string(name) + "'", wire::kFlatJson);
        for (const wire::Json& element : list.as_array(name)) {
            elements.push_back(element_text(element));
        }
        return elements;
    }
    for (const std::string& piece : split(value, ',')) elements.push_back(unquoted(piece));
    return elements;
}

std::vector<std::int64_t> integer_list_parameter(const http::Parameters& parameters,
                                                 std::string_view name) {
    std::vector<std::int64_t> numbers;
    for (const std::string& element : list_parameter(parameters, name)) {
        const auto number = parse_integer(element);
        if (!number) refuse_parameter(name, element, "a whole number");
        numbers.push_back(*number);
    }
    return numbers;
}

void refuse_parameters(const http::Parameters& parameters,
                       std::initializer_list<std::string_view> names) {
    for (const std::string_view name : names) {
        if (!parameters.has(name)) continue;
        throw Error(Status::Unsupported,
                    "'" + std::string(name) + "' is not offered by this service");
    }
}

const Layer& layer_numbered(const Call& call, std::int64_t number) {
    if (const auto id = wire::layer_id_of(number)) return call.store.layer(*id);
    throw Error(Status::NotFound, "There is no layer or table " + std::to_string(number) + ".");
}

std::int32_t service_epsg(const Store& store) {
    for (const Layer& layer : store.layers()) {
        if (layer.geometry) return layer.geometry->srs_id;
    }
    return 4326;
}

bool has_capability(const Call& call, std::string_view name) {
    return names_capability(call.capabilities, name);
}

void require_capability(const Call& call, std::string_view name) {
    if (has_capability(call, name)) return;
    if (names_capability(call.limits.capabilities, name)) refuse_caller(call, name);
    throw Error(Status::Unsupported,
                "Requested operation is not supported by this service: it "
                "lacks the capability " +
                    std::string(name));
}

void require_any_edit(const Call& call) {
    for (const char* name : {"Create", "Update", "Delete"}) {
        if (has_capability(call, name)) return;
    }
    const bool here = names_capability(call.limits.capabilities, "Create") ||
                      names_capability(call.limits.capabilities, "Delete");
    require_capability(
        call, here ? (names_capability(call.limits.capabilities, "Create") ? "Create" : "Delete")
                   : "Update");
}

}  // namespace rhumb::service
