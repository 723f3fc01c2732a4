// SPDX-License-Identifier: Apache-2.0
#include "sync/service/directory/directory.hpp"

#include "platform/error.hpp"
#include "platform/http/url.hpp"
#include "platform/text.hpp"
#include "sync/service/directory/forms.hpp"
#include "sync/service/directory/html_answer.hpp"
#include "sync/service/directory/resource_pages.hpp"
#include "sync/service/directory/sign_in.hpp"

#include <algorithm>
#include <utility>

namespace rhumb::service::directory {
namespace {

/// What is longer is no page any more.
constexpr std::size_t kLongestJson = 8U << 20U;
/// What is longer is not shown a second time, as it came.
constexpr std::size_t kLongestShown = 256U << 10U;

std::string without_slash(std::string_view path) {
    while (path.size() > 1 && path.back() == '/') path.remove_suffix(1);
    return std::string(path);
}

/// From the list of services down to `path`. A service's name and its kind are one step.
Trail trail_to(const std::string& path, std::string_view root) {
    Trail trail{{"Services", std::string(root)}};
    if (path.size() <= root.size() || path.compare(0, root.size(), root) != 0) return trail;
    std::string address(root);
    for (const std::string& piece : split(path.substr(root.size() + 1), '/')) {
        address += "/" + piece;
        if (!equal_ignoring_case(piece, "FeatureServer")) {
            trail.emplace_back(http::percent_decode(piece), address);
        } else {
            trail.back().second = address;
        }
    }
    // A service's own address is that of its FeatureServer.
    if (trail.size() > 1 && trail[1].second.find("/FeatureServer") == std::string::npos) {
        trail[1].second += "/FeatureServer";
    }
    return trail;
}

std::string json_address(const http::Request& request, const std::string& path) {
    http::NameValues kept;
    for (auto& [name, value] : http::parse_form(request.query())) {
        const bool ours = equal_ignoring_case(name, "f") || equal_ignoring_case(name, "token");
        if (!ours) kept.emplace_back(std::move(name), std::move(value));
    }
    kept.emplace_back("f", "pjson");
    return path + "?" + http::encode_form(kept);
}

/// Nothing was asked for yet.
bool is_blank(const http::Parameters& parameters) {
    const auto& all = parameters.all();
    return std::all_of(all.begin(), all.end(), [](const auto& each) {
        return each.second.empty() || each.first == "f" || each.first == "token";
    });
}

std::string title_of(const wire::Json& resource, const Trail& trail) {
    for (const char* name : {"name", "serviceName"}) {
        const auto text = wire::text_or_empty(resource.find(name));
        if (!text.empty()) return std::string(text);
    }
    return trail.back().first;
}

bool is_json(const http::Response& answer) {
    return answer.headers.get("Content-Type").substr(0, 16) == "application/json";
}

/// Not so an attachment, which is bytes whatever their type is, nor the answer without a body to
/// who has a file already or asks for an impossible range of it.
bool tells(const http::Response& answer) {
    if (answer.headers.has("Content-Disposition")) return false;
    return answer.file() != nullptr || !answer.text().empty();
}

}  // namespace

bool is_wanted(const http::Parameters& parameters) {
    const std::string& format = parameters.get("f");
    return format.empty() || equal_ignoring_case(format, "html");
}

http::Response page_of(const http::Request& request, const http::Parameters& parameters,
                       const Visitor& visitor, http::Response answer) {
    if (!is_json(answer) || !tells(answer)) return answer;
    const std::string path = without_slash(request.path());
    const Trail trail = trail_to(path, visitor.root());
    const std::string corner = corner_of(request, visitor);
    if (is_blank(parameters)) {
        Page form(trail.back().first);
        if (write_form(form, path.substr(path.rfind('/') + 1), path)) {
            return html_answer(form.finish(trail, {}, corner), 200);
        }
    }
    if (answer.file() != nullptr || answer.text().size() > kLongestJson) {
        return answer;  // a browser shows it, and it was asked for
    }
    const wire::Json resource = wire::parse_json(answer.text(), "answer");
    // What was sent is not to be sent again by a link.
    const std::string json = request.method == "POST" ? "" : json_address(request, path);
    Page page(title_of(resource, trail));
    write_resource(page, resource, path);
    if (resource.find("error") != nullptr) {
        write_form(page, path.substr(path.rfind('/') + 1), path);
    }
    if (answer.text().size() <= kLongestShown) {
        page.markup("<details><summary>JSON</summary><pre>");
        page.text(wire::to_pretty_text(resource)).markup("</pre></details>");
    }
    return html_answer(page.finish(trail, json, corner), answer.status);
}

}  // namespace rhumb::service::directory
