// SPDX-License-Identifier: Apache-2.0
//
// Json from text and to text.

#include "platform/error.hpp"
#include "platform/text.hpp"
#include "sync/wire/json.hpp"
#include "sync/wire/json_builder.hpp"
#include "sync/wire/json_view.hpp"
#include "sync/wire/json_writer.hpp"

#include <optional>
#include <utility>

namespace rhumb::wire {
namespace {

/// A larger document is for stream_json.
constexpr std::size_t kMaxDocumentBytes = std::size_t{1} << 30;

class WholeText : public JsonInput {
public:
    explicit WholeText(std::string_view text) : text_(text) {}
    std::string_view next_piece() override { return std::exchange(text_, {}); }

private:
    std::string_view text_;
};

/// The whole document, several times as fast as by events.
std::optional<Json> read_by_grammar(std::string_view text, const JsonLimits& limits) {
    JsonTape tape;
    text = trimmed(text);
    std::size_t at = 0;
    if (!tape.read(text, at, limits) || at != text.size()) return std::nullopt;
    return tape.root().json();
}

void append_pretty(std::string& out, const Json& value, std::size_t indent);

template <typename Values, typename Append>
void append_lines(std::string& out, char open, char close, const Values& values, std::size_t indent,
                  Append append) {
    out.push_back(open);
    bool first = true;
    for (const auto& value : values) {
        out.append(first ? "\n" : ",\n").append(indent + 2, ' ');
        first = false;
        append(value);
    }
    if (!first) out.append("\n").append(indent, ' ');
    out.push_back(close);
}

void append_pretty(std::string& out, const Json& value, std::size_t indent) {
    if (const Json::Array* elements = value.array()) {
        append_lines(out, '[', ']', *elements, indent,
                     [&](const Json& element) { append_pretty(out, element, indent + 2); });
    } else if (const Json::Object* members = value.object()) {
        append_lines(out, '{', '}', *members, indent, [&](const Json::Member& member) {
            JsonWriter(out).string(member.name);
            out.append(": ");
            append_pretty(out, member.value, indent + 2);
        });
    } else {
        JsonWriter writer(out);
        write_json(writer, value);
    }
}

}  // namespace

Json parse_json(std::string_view text, std::string_view what, const JsonLimits& limits) {
    if (text.size() > kMaxDocumentBytes) {
        throw Error(Status::CorruptData, std::string(what) + ": larger than " +
                                             std::to_string(kMaxDocumentBytes) + " bytes");
    }
    if (auto read = read_by_grammar(text, limits)) return std::move(*read);
    WholeText input(text);  // which has the words for what is wrong
    JsonBuilder builder(limits);
    read_json(input, builder, what, limits);
    return builder.take_root();
}

std::string to_text(const Json& value) {
    std::string out;
    JsonWriter writer(out);
    write_json(writer, value);
    return out;
}

std::string to_pretty_text(const Json& value) {
    std::string out;
    append_pretty(out, value, 0);
    return out;
}

void write_json(JsonWriter& writer, const Json& value) {
    switch (value.kind()) {
        case Json::Kind::Null:
            writer.null();
            break;
        case Json::Kind::Bool:
            writer.boolean(*value.boolean());
            break;
        case Json::Kind::Integer:
            writer.integer(*value.integer());
            break;
        case Json::Kind::Real:
            writer.number(*value.real());
            break;
        case Json::Kind::Text:
            writer.string(*value.text());
            break;
        case Json::Kind::Array:
            writer.begin_array();
            for (const Json& element : *value.array()) write_json(writer, element);
            writer.end_array();
            break;
        case Json::Kind::Object:
            writer.begin_object();
            for (const Json::Member& member : *value.object()) {
                writer.key(member.name);
                write_json(writer, member.value);
            }
            writer.end_object();
            break;
    }
}

}  // namespace rhumb::wire
