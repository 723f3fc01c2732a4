// SPDX-License-Identifier: Apache-2.0
#include "sync/service/directory/html.hpp"

namespace rhumb::service::directory {
namespace {

constexpr std::string_view kStyle =
    "body{font:15px/1.5 system-ui,sans-serif;margin:0;color:#1d2733}"
    "header{background:#0b3c5d;color:#fff;padding:.7em 1.5em}header a{color:#fff}"
    "header{display:flex;justify-content:space-between;align-items:center}"
    "header button{margin:0 0 0 .8em;padding:.1em .8em}"
    "main{padding:0 1.5em 2em;max-width:75em}h1{font-size:1.5em}h2{font-size:1.15em;margin-top:"
    "1.6em}"
    "a{color:#0b5d8f}nav a+a:before{content:' / ';color:#9cc}"
    "table{border-collapse:collapse;font-size:.93em}th,td{text-align:left;vertical-align:top;"
    "padding:.25em .7em;border-bottom:1px solid #dde3e8}th{background:#f2f5f7}"
    ".wide{overflow-x:auto}dt{font-weight:600}dl{display:grid;grid-template-columns:max-content "
    "1fr;"
    "gap:.2em 1.2em;margin:.3em 0}dd{margin:0;overflow-wrap:anywhere}"
    "label{display:block;margin:.6em 0 .1em;font-weight:600}"
    "input[type=text],input[type=password],select,textarea{width:34em;max-width:100%;"
    "box-sizing:border-box;padding:.3em;font:inherit}"
    "button{margin-top:1em;padding:.4em 1.4em;font:inherit}footer{margin-top:2em;font-size:.9em}"
    ".error{border-left:4px solid #b3261e;padding-left:1em}";

}  // namespace

std::string escaped(std::string_view text) {
    std::string out;
    out.reserve(text.size());
    for (const char c : text) {
        switch (c) {
            case '<':
                out += "&lt;";
                break;
            case '>':
                out += "&gt;";
                break;
            case '&':
                out += "&amp;";
                break;
            case '"':
                out += "&quot;";
                break;
            case '\'':
                out += "&#39;";
                break;
            default:
                out += c;
        }
    }
    return out;
}

Page& Page::markup(std::string_view html) {
    body_ += html;
    return *this;
}

Page& Page::heading(std::string_view text) {
    body_ += "<h2>" + escaped(text) + "</h2>";
    return *this;
}

Page& Page::text(std::string_view text) {
    body_ += escaped(text);
    return *this;
}

Page& Page::link(std::string_view address, std::string_view text) {
    body_ += "<a href=\"" + escaped(address) + "\">" + escaped(text) + "</a>";
    return *this;
}

Page& Page::fact(std::string_view name, std::string_view value) {
    if (value.empty()) return *this;
    body_ += "<dt>" + escaped(name) + "</dt><dd>" + escaped(value) + "</dd>";
    return *this;
}

Page& Page::begin_table(const std::vector<std::string>& columns) {
    body_ += "<div class=\"wide\"><table><tr>";
    for (const std::string& column : columns) body_ += "<th>" + escaped(column) + "</th>";
    body_ += "</tr>";
    return *this;
}

Page& Page::cell(std::string_view text) {
    body_ += "<td>" + escaped(text) + "</td>";
    return *this;
}

std::string Page::finish(const Trail& trail, std::string_view json, std::string_view corner) const {
    std::string page =
        "<!DOCTYPE html><html lang=\"en\"><head><meta charset=\"utf-8\"><meta name=\"viewport\" "
        "content=\"width=device-width,initial-scale=1\"><title>" +
        escaped(title_) + "</title><style>";
    page += kStyle;
    page += "</style></head><body><header><nav>";
    for (const auto& [name, address] : trail) {
        page += "<a href=\"" + escaped(address) + "\">" + escaped(name) + "</a>";
    }
    page += "</nav><div>" + std::string(corner) + "</div></header><main><h1>" + escaped(title_) +
            "</h1>" + body_;
    if (!json.empty()) {
        page += "<footer>The same as <a href=\"" + escaped(json) + "\">JSON</a></footer>";
    }
    page += "</main></body></html>";
    return page;
}

}  // namespace rhumb::service::directory
