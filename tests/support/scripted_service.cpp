// SPDX-License-Identifier: Apache-2.0
#include "tests/support/scripted_service.hpp"

#include "platform/files.hpp"
#include "platform/http/url.hpp"
#include "platform/number.hpp"
#include "tests/support/catch.hpp"

#include <algorithm>

namespace rhumb::test {

using http::Response;
using http::TransportFailure;
using http::TransportRequest;
using http::TransportResult;

namespace {

bool ends_with(const std::string& text, const std::string& end) {
    return text.size() >= end.size() &&
           text.compare(text.size() - end.size(), end.size(), end) == 0;
}

/// The longest end that fits, so that "/FeatureServer" does not stand in for a resource below it.
template <class Value>
Value* find_end(std::map<std::string, Value>& by_end, const std::string& path) {
    Value* best = nullptr;
    std::size_t length = 0;
    for (auto& [end, value] : by_end) {
        if (!ends_with(path, end) || end.size() < length) continue;
        best = &value;
        length = end.size();
    }
    return best;
}

}  // namespace

ScriptedService& ScriptedService::on(const std::string& path_end, TransportResult result) {
    script_[path_end].push_back(std::move(result));
    return *this;
}

void ScriptedService::serve_file(const std::string& path_end, std::string content,
                                 std::string etag) {
    files_[path_end] = {std::move(content), std::move(etag)};
}

std::vector<ScriptedService::Asked> ScriptedService::asked(const std::string& path_end) const {
    std::vector<Asked> found;
    std::copy_if(asked_.begin(), asked_.end(), std::back_inserter(found),
                 [&](const Asked& asked) { return ends_with(asked.path, path_end); });
    return found;
}

TransportResult ScriptedService::send(const TransportRequest& request, const CancelToken&) {
    const http::Url url = http::parse_url(request.url);
    asked_.push_back({request.method, url.path,
                      http::Parameters(http::parse_form(url.query), http::parse_form(request.body)),
                      request.headers});
    if (const File* file = find_end(files_, url.path)) return answer_file(request, *file);
    auto* answers = find_end(script_, url.path);
    INFO("asked for " << request.url);
    REQUIRE(answers != nullptr);
    TransportResult result = answers->front();
    if (answers->size() > 1) answers->pop_front();
    return delivered(request, std::move(result));
}

TransportResult ScriptedService::answer_file(const TransportRequest& request, const File& file) {
    const std::string range(request.headers.get("Range"));
    const std::string validator(request.headers.get("If-Range"));
    std::size_t first = 0;
    std::size_t end = file.content.size();
    const bool part = !range.empty() && (validator.empty() || validator == file.etag);
    if (part) {
        const std::size_t dash = range.find('-');
        first = static_cast<std::size_t>(parse_integer(range.substr(6, dash - 6)).value_or(0));
        const auto last = parse_integer(range.substr(dash + 1));
        if (last) end = std::min(end, static_cast<std::size_t>(*last) + 1);
    }
    if (first >= end) return http::error_response(416, "no such range");
    Response response;
    response.status = part ? 206 : 200;
    if (!file.etag.empty()) response.headers.set("ETag", file.etag);
    if (part) {
        response.headers.set("Content-Range", "bytes " + std::to_string(first) + "-" +
                                                  std::to_string(end - 1) + "/" +
                                                  std::to_string(file.content.size()));
    }
    const std::size_t cut = cut_after_ > 0 && first > 0 ? std::exchange(cut_after_, 0) : 0;
    if (cut > 0) end = std::min(end, first + cut);
    response.body = file.content.substr(first, end - first);
    TransportResult result = delivered(request, std::move(response));
    return cut > 0 ? lost_answer() : result;
}

TransportResult ScriptedService::delivered(const TransportRequest& request,
                                           TransportResult result) {
    auto* response = std::get_if<Response>(&result);
    const bool save =
        response != nullptr &&
        http::is_saved(request, response->status, response->headers, response->text().size());
    if (!save) return result;
    const std::string body(response->text());
    const bool behind = response->status == 206 && request.save_offset > 0;
    const std::uint64_t offset = behind ? request.save_offset : 0;
    if (behind) std::filesystem::resize_file(*request.save_to, offset);
    FileWriter writer(*request.save_to,
                      behind ? FileWriter::Mode::Append : FileWriter::Mode::Replace);
    writer.write(body);
    writer.close_durably();
    response->body = http::FileBody{*request.save_to, offset, body.size(), false};
    return result;
}

}  // namespace rhumb::test
