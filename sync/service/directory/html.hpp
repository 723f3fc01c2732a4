// SPDX-License-Identifier: Apache-2.0
//
// HTML for the services directory: text is escaped where it enters a page, so that no value of a
// feature can become markup.

#pragma once

#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace rhumb::service::directory {

/// For text and attribute values alike.
std::string escaped(std::string_view text);

/// Where a page stands: names and addresses from the root of the directory down.
using Trail = std::vector<std::pair<std::string, std::string>>;

/// Collects the body of a page.
class Page {
public:
    explicit Page(std::string title) : title_(std::move(title)) {}

    Page& heading(std::string_view text);
    Page& text(std::string_view text);
    Page& link(std::string_view address, std::string_view text);
    Page& begin_list() { return markup("<ul>"); }
    Page& begin_item() { return markup("<li>"); }
    Page& end_item() { return markup("</li>"); }
    Page& end_list() { return markup("</ul>"); }
    /// A name and its value; nothing when the value is empty.
    Page& fact(std::string_view name, std::string_view value);
    Page& begin_table(const std::vector<std::string>& columns);
    Page& begin_row() { return markup("<tr>"); }
    Page& begin_cell() { return markup("<td>"); }
    Page& end_cell() { return markup("</td>"); }
    Page& cell(std::string_view text);
    Page& end_row() { return markup("</tr>"); }
    Page& end_table() { return markup("</table></div>"); }
    /// Constant HTML of ours.
    Page& markup(std::string_view html);

    /// The whole page. `json`: the address of the same resource as JSON; "" for none. `corner`:
    /// HTML of ours for the end of its first line.
    std::string finish(const Trail& trail, std::string_view json,
                       std::string_view corner = {}) const;

private:
    std::string title_;
    std::string body_;
};

}  // namespace rhumb::service::directory
