// SPDX-License-Identifier: Apache-2.0
#include "platform/http/url.hpp"

#include "platform/error.hpp"
#include "platform/text.hpp"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <algorithm>
#include <vector>

namespace rhumb::http {
namespace {

constexpr std::size_t kUrlBytes = 64 * 1024;  // longer ones belong into a form body
constexpr std::string_view kHexDigits = "0123456789ABCDEF";

[[noreturn]] void refuse(std::string_view text, const std::string& why) {
    throw Error(Status::InvalidArgument, "the URL '" + excerpt(text, 200) + "' " + why);
}

bool is_digit(char c) {
    return c >= '0' && c <= '9';
}
bool is_letter(char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}
bool is_unreserved(char c) {
    return is_letter(c) || is_digit(c) || c == '-' || c == '.' || c == '_' || c == '~';
}

int hex_value(char c) {
    if (is_digit(c)) return c - '0';
    if (c >= 'a' && c <= 'f') return c - 'a' + 10;
    if (c >= 'A' && c <= 'F') return c - 'A' + 10;
    return -1;
}

void append_encoded(std::string& out, char c) {
    const auto byte = static_cast<unsigned char>(c);
    out += '%';
    out += kHexDigits[byte >> 4];
    out += kHexDigits[byte & 15];
}

std::uint16_t default_port(std::string_view scheme) {
    return scheme == "https" ? 443 : 80;
}

/// The scheme before ':', in lower case; "" when `text` does not begin with one.
std::string scheme_of(std::string_view text) {
    const std::size_t colon = text.find(':');
    if (colon == std::string_view::npos || colon == 0 || !is_letter(text[0])) return {};
    const std::string_view scheme = text.substr(0, colon);
    const bool fits = std::all_of(scheme.begin(), scheme.end(), [](char c) {
        return is_letter(c) || is_digit(c) || c == '+' || c == '-' || c == '.';
    });
    return fits ? lowered(scheme) : std::string();
}

/// People write blanks and letters beyond ASCII into URLs; on the wire they are %XX.
std::string wire_form(std::string_view text) {
    std::string out;
    for (const char c : text) {
        const bool forbidden = static_cast<unsigned char>(c) >= 0x80 ||
                               std::string_view(" \"<>\\^`{|}").find(c) != std::string_view::npos;
        if (forbidden) {
            append_encoded(out, c);
        } else {
            out += c;
        }
    }
    return out;
}

std::uint16_t parse_port(std::string_view digits, std::string_view whole) {
    unsigned value = 0;
    for (const char c : digits) {
        if (!is_digit(c)) refuse(whole, "has no number as its port");
        value = value * 10 + static_cast<unsigned>(c - '0');
        if (value > 65535) refuse(whole, "has a port above 65535");
    }
    if (value == 0) refuse(whole, "has port 0");
    return static_cast<std::uint16_t>(value);
}

std::string parse_ipv6(std::string_view inside, std::string_view whole) {
    std::string host = lowered(inside);
    in6_addr address{};
    if (::inet_pton(AF_INET6, host.c_str(), &address) != 1) {
        refuse(whole, "has no IPv6 address between its brackets");
    }
    return host;
}

std::string parse_host(std::string_view name, std::string_view whole) {
    if (name.empty()) refuse(whole, "names no host");
    for (const char c : name) {
        if (static_cast<unsigned char>(c) >= 0x80) {
            refuse(whole, "has a host beyond ASCII; write it in its xn-- form");
        }
        if (!is_unreserved(c)) refuse(whole, "has a host with characters no host has");
    }
    return lowered(name);
}

void parse_authority(Url& url, std::string_view authority, std::string_view whole) {
    if (authority.find('@') != std::string_view::npos) {
        // The URL itself is not repeated: the part before '@' may be a password.
        throw Error(Status::InvalidArgument,
                    "a URL must not carry a user name or password before its host");
    }
    std::string_view port;
    if (!authority.empty() && authority.front() == '[') {
        const std::size_t close = authority.find(']');
        if (close == std::string_view::npos) refuse(whole, "has a '[' without ']'");
        url.host = parse_ipv6(authority.substr(1, close - 1), whole);
        port = authority.substr(close + 1);
        if (!port.empty() && port.front() != ':') refuse(whole, "has text behind its ']'");
    } else {
        const std::size_t colon = authority.find(':');
        url.host = parse_host(authority.substr(0, colon), whole);
        if (colon != std::string_view::npos) port = authority.substr(colon);
    }
    if (!port.empty()) port.remove_prefix(1);
    url.port = port.empty() ? default_port(url.scheme) : parse_port(port, whole);
}

void parse_target(Url& url, std::string_view rest) {
    const std::size_t mark = rest.find('?');
    url.path = wire_form(rest.substr(0, mark));
    if (url.path.empty()) url.path = "/";
    url.query = mark == std::string_view::npos ? "" : wire_form(rest.substr(mark + 1));
}

std::string_view without_fragment(std::string_view text) {
    return text.substr(0, text.find('#'));
}

void check_bytes(std::string_view text) {
    if (text.size() > kUrlBytes) refuse(text, "is too long");
    for (const char c : text) {
        const auto byte = static_cast<unsigned char>(c);
        if (byte < 0x20 || byte == 0x7F) refuse(text, "holds a control character");
    }
}

/// RFC 3986 section 5.2.4, segment by segment.
std::string without_dots(std::string_view path) {
    std::vector<std::string_view> kept;
    std::string_view rest = path.substr(1);  // a path begins with '/'
    while (true) {
        const std::size_t slash = rest.find('/');
        const std::string_view segment = rest.substr(0, slash);
        const bool last = slash == std::string_view::npos;
        const bool up = segment == "..";
        if (up && !kept.empty()) kept.pop_back();
        if (!up && segment != ".") {
            kept.push_back(segment);
        } else if (last) {
            kept.push_back("");  // "a/.." means the folder, which ends with '/'
        }
        if (last) break;
        rest.remove_prefix(slash + 1);
    }
    std::string out;
    for (const std::string_view segment : kept) (out += '/') += segment;
    return out;
}

}  // namespace

std::string Url::target() const {
    return query.empty() ? path : path + "?" + query;
}

std::string Url::authority() const {
    std::string out = is_ipv6() ? "[" + host + "]" : host;
    if (port != default_port(scheme)) out += ":" + std::to_string(port);
    return out;
}

std::string Url::origin() const {
    return scheme + "://" + authority();
}

Url parse_url(std::string_view raw) {
    const std::string_view text = trimmed(raw);
    check_bytes(text);
    Url url;
    url.scheme = scheme_of(text);
    if (url.scheme != "http" && url.scheme != "https") {
        refuse(text, "begins with neither http:// nor https://");
    }
    std::string_view rest = without_fragment(text.substr(url.scheme.size() + 1));
    if (rest.substr(0, 2) != "//") refuse(text, "has no // behind its scheme");
    rest.remove_prefix(2);
    const std::size_t end = std::min(rest.find_first_of("/?"), rest.size());
    parse_authority(url, rest.substr(0, end), text);
    parse_target(url, rest.substr(end));
    return url;
}

std::string format_url(const Url& url) {
    return url.origin() + url.target();
}

Url resolve_url(const Url& base, std::string_view raw) {
    const std::string_view whole = trimmed(raw);
    check_bytes(whole);
    if (!scheme_of(whole).empty()) {
        Url absolute = parse_url(whole);
        absolute.path = without_dots(absolute.path);
        return absolute;
    }
    const std::string_view reference = without_fragment(whole);
    if (reference.substr(0, 2) == "//") {
        return resolve_url(base, base.scheme + ":" + std::string(reference));
    }
    Url url = base;
    if (reference.empty()) return url;
    if (reference.front() == '?') {
        url.query = wire_form(reference.substr(1));
        return url;
    }
    parse_target(url, reference);
    if (reference.front() != '/') {
        url.path = base.path.substr(0, base.path.rfind('/') + 1) + url.path;
    }
    url.path = without_dots(url.path);
    return url;
}

bool same_origin(const Url& a, const Url& b) {
    return a.scheme == b.scheme && a.host == b.host && a.port == b.port;
}

std::string percent_encode(std::string_view text) {
    std::string out;
    out.reserve(text.size());
    for (const char c : text) {
        if (is_unreserved(c)) {
            out += c;
        } else {
            append_encoded(out, c);
        }
    }
    return out;
}

std::string percent_decode(std::string_view text, Plus plus) {
    const std::size_t plain = std::min(text.find_first_of("%+"), text.size());
    std::string out(text.substr(0, plain));
    if (plain == text.size()) return out;
    out.reserve(text.size());
    for (std::size_t i = plain; i < text.size(); ++i) {
        const int high = i + 2 < text.size() && text[i] == '%' ? hex_value(text[i + 1]) : -1;
        const int low = high >= 0 ? hex_value(text[i + 2]) : -1;
        if (low >= 0) {
            out += static_cast<char>(high * 16 + low);
            i += 2;
        } else {
            out += text[i] == '+' && plus == Plus::Blank ? ' ' : text[i];
        }
    }
    return out;
}

}  // namespace rhumb::http
