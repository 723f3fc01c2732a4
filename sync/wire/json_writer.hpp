// SPDX-License-Identifier: Apache-2.0
//
// Writes JSON straight into a text that is used again and again; commas come by themselves.
//
// What it writes is always UTF-8. That names and values alternate and that brackets match is the
// caller's business.

#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

namespace rhumb::wire {

/// A name that is written again and again, such as a field's: escaped and quoted once.
class JsonName {
public:
    explicit JsonName(std::string_view name);

private:
    friend class JsonWriter;
    std::string text_;  ///< ,"name":
};

class JsonWriter {
public:
    /// Appends to `out`, which outlives the writer.
    explicit JsonWriter(std::string& out) : out_(out) {}

    JsonWriter& begin_object() { return open('{'); }
    JsonWriter& end_object() { return close('}'); }
    JsonWriter& begin_array() { return open('['); }
    JsonWriter& end_array() { return close(']'); }

    /// The name of the next value.
    JsonWriter& key(std::string_view name);
    JsonWriter& key(const JsonName& name) {
        const std::size_t skipped = needs_comma_ ? 0 : 1;
        out_.append(name.text_.data() + skipped, name.text_.size() - skipped);
        needs_comma_ = false;
        return *this;
    }
    /// Bytes that are no UTF-8 become U+FFFD.
    JsonWriter& string(std::string_view value);
    JsonWriter& integer(std::int64_t value);
    /// The shortest text that reads back the same; NaN and infinity become null.
    JsonWriter& number(double value);
    /// At most `decimals` digits after the point (0 to 15); a negative number means all.
    JsonWriter& number(double value, int decimals);
    JsonWriter& boolean(bool value);
    JsonWriter& null();
    /// One value that is JSON already.
    JsonWriter& raw(std::string_view json);

private:
    JsonWriter& open(char bracket) {
        begin_value();
        out_.push_back(bracket);
        needs_comma_ = false;
        return *this;
    }
    JsonWriter& close(char bracket) {
        out_.push_back(bracket);
        needs_comma_ = true;
        return *this;
    }
    void begin_value() {
        if (needs_comma_) out_.push_back(',');
        needs_comma_ = true;
    }

    std::string& out_;
    bool needs_comma_ = false;
};

}  // namespace rhumb::wire
