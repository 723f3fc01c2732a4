// SPDX-License-Identifier: Apache-2.0
//
// Absolute http and https URLs, taken apart and put together (RFC 3986).
//
// Path and query stay percent-encoded as they came, so that a URL of a service survives a
// round trip byte for byte; only what may not stand on the wire at all is encoded.

#pragma once

#include <cstdint>
#include <string>
#include <string_view>

namespace rhumb::http {

struct Url {
    std::string scheme;      ///< "http" or "https"
    std::string host;        ///< lower case; an IPv6 address without its brackets
    std::uint16_t port = 0;  ///< never 0 in a parsed URL
    std::string path;        ///< begins with '/'
    std::string query;       ///< without '?'; "" when there is none

    bool secure() const { return scheme == "https"; }
    bool is_ipv6() const { return host.find(':') != std::string::npos; }
    /// Path and query, as the request line has them.
    std::string target() const;
    /// Host and, unless it is the scheme's own, port: the value of `Host`.
    std::string authority() const;
    /// `scheme://authority`.
    std::string origin() const;

    bool operator==(const Url&) const = default;
};

/// Throws Error(InvalidArgument) naming the URL. A fragment is dropped; user names and passwords
/// are refused, because URLs end up in logs.
Url parse_url(std::string_view text);
std::string format_url(const Url& url);

/// The URL that `reference` means when it stands in a document at `base` (RFC 3986 section 5.2).
/// Throws Error(InvalidArgument) when it is neither relative nor http(s).
Url resolve_url(const Url& base, std::string_view reference);

/// Same scheme, host and port. A token may be sent only where this holds.
bool same_origin(const Url& a, const Url& b);

/// Every byte but letters, digits and `-._~` as %XX.
std::string percent_encode(std::string_view text);

enum class Plus { Literal, Blank };
/// %XX as bytes, `+` as told; a `%` that two hex digits do not follow stays as it is.
std::string percent_decode(std::string_view text, Plus plus = Plus::Literal);

}  // namespace rhumb::http
