// SPDX-License-Identifier: Apache-2.0
#include "platform/http/multipart.hpp"

#include "platform/error.hpp"
#include "platform/http/url.hpp"
#include "platform/text.hpp"

#include <algorithm>
#include <optional>
#include <utility>

namespace rhumb::http {
namespace {

constexpr std::size_t kMaxBoundaryBytes = 200;  // RFC 2046 allows 70; some writers go beyond
constexpr std::string_view kLineEnd = "\r\n";

[[noreturn]] void refuse(const std::string& what) {
    throw Error(Status::InvalidArgument, "multipart body: " + what);
}

/// Reads `; name=value; name="quoted \"value\""` piece by piece.
class FieldParameters {
public:
    explicit FieldParameters(std::string_view field) : rest_(field) { skip_to_semicolon(); }

    /// The next name (in lower case) and value; nothing at the end.
    std::optional<std::pair<std::string, std::string>> next() {
        while (!rest_.empty()) {
            rest_.remove_prefix(1);  // the ';'
            const std::size_t end = std::min(rest_.find_first_of("=;"), rest_.size());
            const std::string name = lowered(trimmed(rest_.substr(0, end)));
            rest_.remove_prefix(end);
            if (rest_.empty() || rest_.front() == ';') continue;
            rest_.remove_prefix(1);  // the '='
            std::string value = read_value();
            skip_to_semicolon();
            return std::pair{name, std::move(value)};
        }
        return std::nullopt;
    }

private:
    void skip_to_semicolon() { rest_.remove_prefix(std::min(rest_.find(';'), rest_.size())); }

    std::string read_value() {
        while (!rest_.empty() && (rest_.front() == ' ' || rest_.front() == '\t')) {
            rest_.remove_prefix(1);
        }
        if (rest_.empty() || rest_.front() != '"') {
            return std::string(trimmed(rest_.substr(0, rest_.find(';'))));
        }
        rest_.remove_prefix(1);
        return read_quoted();
    }

    /// Only \" and \\ are escapes: old browsers send "C:\folder\photo.jpg" as it is.
    std::string read_quoted() {
        std::string value;
        while (!rest_.empty() && rest_.front() != '"') {
            const bool escape =
                rest_.size() > 1 && rest_[0] == '\\' && (rest_[1] == '"' || rest_[1] == '\\');
            if (escape) rest_.remove_prefix(1);
            value += rest_.front();
            rest_.remove_prefix(1);
        }
        if (!rest_.empty()) rest_.remove_prefix(1);
        return value;
    }

    std::string_view rest_;
};

std::string boundary_of(std::string_view content_type) {
    FieldParameters parameters(content_type);
    while (const auto parameter = parameters.next()) {
        if (parameter->first != "boundary") continue;
        if (parameter->second.empty()) refuse("the boundary in its content type is empty");
        if (parameter->second.size() > kMaxBoundaryBytes) refuse("the boundary is too long");
        return parameter->second;
    }
    refuse("its content type names no boundary");
}

std::string with_replaced(std::string text, std::string_view what, std::string_view by) {
    for (std::size_t at = 0; (at = text.find(what, at)) != std::string::npos; at += by.size()) {
        text.replace(at, what.size(), by);
    }
    return text;
}

/// Browsers write `"` and line ends inside a name as %22, %0D and %0A, and nothing else so.
std::string unescaped(std::string name) {
    return with_replaced(with_replaced(with_replaced(std::move(name), "%22", "\""), "%0D", "\r"),
                         "%0A", "\n");
}

/// A name from outside is never a path.
std::string without_folders(const std::string& filename) {
    const std::size_t last = filename.find_last_of("/\\");
    return last == std::string::npos ? filename : filename.substr(last + 1);
}

/// RFC 5987: `UTF-8''na%C3%AFve.jpg`.
std::string decode_extended(const std::string& value, const std::string& where) {
    const std::size_t first = value.find('\'');
    const std::size_t second = first == std::string::npos ? first : value.find('\'', first + 1);
    if (second == std::string::npos) refuse(where + " has a malformed filename*");
    if (!equal_ignoring_case(value.substr(0, first), "UTF-8")) {
        refuse(where + " has a filename* that is not UTF-8");
    }
    return percent_decode(std::string_view(value).substr(second + 1));
}

void read_disposition(Part& part, std::string_view field, const std::string& where) {
    if (!equal_ignoring_case(trimmed(field.substr(0, field.find(';'))), "form-data")) {
        refuse(where + " is not form-data");
    }
    std::optional<std::string> filename;
    std::optional<std::string> extended;
    FieldParameters parameters(field);
    while (auto parameter = parameters.next()) {
        auto& [name, value] = *parameter;
        if (name == "name")
            part.name = unescaped(std::move(value));
        else if (name == "filename")
            filename = unescaped(std::move(value));
        else if (name == "filename*")
            extended = decode_extended(value, where);
    }
    part.is_file = filename || extended;
    part.filename = without_folders(extended ? *extended : filename.value_or(""));
    if (!is_utf8(part.name)) refuse(where + " has a name that is not UTF-8");
    if (!is_utf8(part.filename)) refuse(where + " has a file name that is not UTF-8");
}

void read_field(Part& part, std::string_view line, const std::string& where) {
    const std::size_t colon = line.find(':');
    if (colon == std::string_view::npos) refuse(where + " has a header line without ':'");
    const std::string_view name = trimmed(line.substr(0, colon));
    const std::string_view value = trimmed(line.substr(colon + 1));
    if (equal_ignoring_case(name, "Content-Disposition")) {
        read_disposition(part, value, where);
    } else if (equal_ignoring_case(name, "Content-Type")) {
        part.content_type = std::string(value);
    } else if (equal_ignoring_case(name, "Content-Transfer-Encoding") &&
               (equal_ignoring_case(value, "base64") ||
                equal_ignoring_case(value, "quoted-printable"))) {
        refuse(where + " is " + excerpt(value, 40) + "; send it as it is");
    }
}

/// Splits `content` (headers, empty line, body) of one part.
Part read_part(const Body& content, const std::string& where, std::size_t most_header_bytes) {
    Part part;
    std::string room;
    const std::string_view head = content.look(0, most_header_bytes, room);
    std::size_t used = 0;
    while (true) {
        const std::string_view rest = head.substr(used);
        const std::size_t end = rest.find(kLineEnd);
        if (end == std::string_view::npos) {
            const std::string most = std::to_string(most_header_bytes);
            refuse(where + (content.size() > most_header_bytes
                                ? " has too long a header: more than " + most + " bytes"
                                : " has no end of its header"));
        }
        used += end + kLineEnd.size();
        if (end == 0) break;
        read_field(part, rest.substr(0, end), where);
    }
    if (part.name.empty()) refuse(where + " has no name");
    part.body = content.part(used, content.size() - used);
    return part;
}

/// Behind a delimiter: "--" ends the body, blanks and a line end open a part. Moves `at` there.
enum class Behind { Part, End };
Behind read_delimiter_end(const Body& body, std::uint64_t& at, const std::string& where) {
    std::string room;
    std::string_view rest = body.look(at, kMaxPartHeaderBytes, room);
    if (rest.substr(0, 2) == "--") return Behind::End;
    const std::size_t blanks = std::min(rest.find_first_not_of(" \t"), rest.size());
    rest.remove_prefix(blanks);
    if (rest.substr(0, 2) != kLineEnd) refuse("no line end in front of " + where);
    at += blanks + kLineEnd.size();
    return Behind::Part;
}

/// What stands behind the first delimiter, which may be the very first bytes.
std::uint64_t behind_preamble(const Body& body, const std::string& delimiter) {
    const std::string_view first = std::string_view(delimiter).substr(kLineEnd.size());
    std::string room;
    if (body.look(0, first.size(), room) == first) return first.size();
    const auto found = body.find(delimiter, 0);
    if (!found) refuse("its boundary does not occur");
    return *found + delimiter.size();
}

std::string escaped(std::string name) {
    return with_replaced(with_replaced(with_replaced(std::move(name), "\"", "%22"), "\r", "%0D"),
                         "\n", "%0A");
}

/// The content type as it may stand in a header line.
const std::string& line_of(const Part& part) {
    if (part.content_type.find_first_of("\r\n") != std::string::npos) {
        refuse("the content type of part '" + excerpt(part.name, 100) + "' has a line end");
    }
    return part.content_type;
}

std::string unused_boundary(const std::vector<Part>& parts) {
    for (unsigned attempt = 0;; ++attempt) {
        const std::string boundary = "----rhumb-part-" + std::to_string(attempt);
        const bool used = std::any_of(parts.begin(), parts.end(), [&](const Part& part) {
            return part.body.find(boundary, 0).has_value();
        });
        if (!used) return boundary;
    }
}

}  // namespace

bool is_multipart(std::string_view content_type) {
    return equal_ignoring_case(trimmed(content_type.substr(0, content_type.find(';'))),
                               "multipart/form-data");
}

std::vector<Part> parse_multipart(std::string_view content_type, const Body& body,
                                  const MultipartLimits& limits) {
    if (!is_multipart(content_type)) refuse("its content type is not multipart/form-data");
    const std::string delimiter = "\r\n--" + boundary_of(content_type);
    std::uint64_t at = behind_preamble(body, delimiter);
    std::vector<Part> parts;
    while (true) {
        const std::string where = "part " + std::to_string(parts.size() + 1);
        if (read_delimiter_end(body, at, where) == Behind::End) return parts;
        if (parts.size() == limits.parts) {
            refuse("more than " + std::to_string(limits.parts) + " parts");
        }
        const auto end = body.find(delimiter, at);
        if (!end) refuse("it ends inside " + where);
        parts.push_back(read_part(body.part(at, *end - at), where, limits.part_header_bytes));
        at = *end + delimiter.size();
    }
}

EncodedMultipart encode_multipart(const std::vector<Part>& parts) {
    const std::string boundary = unused_boundary(parts);
    EncodedMultipart out{"multipart/form-data; boundary=" + boundary, {}};
    for (const Part& part : parts) {
        out.body += "--" + boundary + "\r\nContent-Disposition: form-data; name=\"" +
                    escaped(part.name) + "\"";
        if (part.is_file) out.body += "; filename=\"" + escaped(part.filename) + "\"";
        if (!part.content_type.empty()) out.body += "\r\nContent-Type: " + line_of(part);
        out.body += "\r\n\r\n";
        part.body.each_piece([&](std::string_view piece) {
            out.body += piece;
            return true;
        });
        out.body += kLineEnd;
    }
    out.body += "--" + boundary + "--\r\n";
    return out;
}

}  // namespace rhumb::http
