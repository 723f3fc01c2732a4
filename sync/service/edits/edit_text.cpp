// SPDX-License-Identifier: Apache-2.0
#include "sync/service/edits/edit_text.hpp"

#include "platform/error.hpp"
#include "platform/text.hpp"
#include "sync/wire/json_stream.hpp"

#include <algorithm>
#include <utility>

namespace rhumb::service {

using wire::Json;

namespace {

std::string_view bare(std::string_view id) {
    id = trimmed(id);
    const bool quoted =
        id.size() >= 2 && (id.front() == '"' || id.front() == '\'') && id.back() == id.front();
    return quoted ? id.substr(1, id.size() - 2) : id;
}

}  // namespace

EditText::EditText(UploadedFile file, const wire::JsonLimits& limits)
    : name_("upload item '" + excerpt(file.name, 60) + "'"),
      file_(std::move(file)),
      limits_(limits) {}

EditText EditText::within(std::string_view before, std::string_view behind) const {
    EditText text = *this;
    text.before_ = before;
    text.behind_ = behind;
    return text;
}

Json EditText::stream_it(const std::vector<std::string>& paths,
                         const wire::OnElementView& on_element) const {
    if (!file_) {
        if (before_.empty()) return wire::each_element(text_, name_, paths, on_element, limits_);
        const std::string framed = std::string(before_).append(text_).append(behind_);
        return wire::each_element(framed, name_, paths, on_element, limits_);
    }
    wire::JsonTape tape;
    return wire::stream_json_file(
        file_->path, name_, paths,
        [&](const wire::JsonPath& path, Json&& element) {
            tape.take(element);
            on_element({path.pattern(), path.index()}, tape.root());
        },
        limits_);
}

Json EditText::stream(const std::vector<std::string>& paths,
                      const wire::OnElementView& on_element) const {
    bool with_caller = false;  // what goes wrong there is no fault of the text
    try {
        return stream_it(paths, [&](const wire::ElementPlace& place, const wire::JsonView& row) {
            with_caller = true;
            on_element(place, row);
            with_caller = false;
        });
    } catch (const Error& error) {
        if (with_caller || error.status() != Status::CorruptData) throw;
        throw Error(Status::InvalidArgument, error.message());
    }
}

void EditText::each_id(const OnId& on_id) const {
    std::size_t row = 0;
    std::string_view left = trimmed(text_);
    if (!left.empty() && left.front() == '[') {
        stream({"*"},
               [&](const wire::ElementPlace&, const wire::JsonView& id) { on_id(row++, id); });
        return;
    }
    wire::JsonTape tape;
    while (!left.empty()) {
        const std::size_t comma = std::min(left.find(','), left.size());
        const std::string_view id = bare(left.substr(0, comma));
        left.remove_prefix(std::min(comma + 1, left.size()));
        const Json text(id);
        tape.take(text);
        on_id(row++, tape.root());
    }
}

}  // namespace rhumb::service
