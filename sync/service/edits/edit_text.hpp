// SPDX-License-Identifier: Apache-2.0
//
// JSON that a call brings, in a parameter or in an upload item, read element by element.

#pragma once

#include "sync/service/uploads/upload_items.hpp"
#include "sync/wire/json_elements.hpp"

#include <cstddef>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace rhumb::service {

class EditText {
public:
    /// `text` outlives it. `name` says in messages what it is: "'adds'".
    EditText(std::string name, std::string_view text, const wire::JsonLimits& limits)
        : name_(std::move(name)), text_(text), limits_(limits) {}
    EditText(UploadedFile file, const wire::JsonLimits& limits);

    /// The same with something before and behind it, both of static storage.
    EditText within(std::string_view before, std::string_view behind) const;

    const std::string& name() const { return name_; }
    const wire::JsonLimits& limits() const { return limits_; }
    bool empty() const { return !file_ && text_.empty(); }

    /// As wire::each_element; InvalidArgument instead of CorruptData for what is no JSON.
    wire::Json stream(const std::vector<std::string>& paths,
                      const wire::OnElementView& on_element) const;

    using OnId = std::function<void(std::size_t row, const wire::JsonView& id)>;
    /// Ids, as a JSON array or joined by commas, quoted or not.
    void each_id(const OnId& on_id) const;

private:
    wire::Json stream_it(const std::vector<std::string>& paths,
                         const wire::OnElementView& on_element) const;

    std::string name_;
    std::string_view text_, before_, behind_;
    std::optional<UploadedFile> file_;
    wire::JsonLimits limits_;
};

}  // namespace rhumb::service
