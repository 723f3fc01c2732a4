// SPDX-License-Identifier: Apache-2.0
//
// Parameters of a request: query strings and forms, read the way clients in the field write them.
//
// Some clients post JSON without encoding it, with line ends and stray '%': only their number may
// be too much.

#pragma once

#include "platform/http/multipart.hpp"

#include <cstddef>
#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace rhumb::http {
struct Request;

using NameValues = std::vector<std::pair<std::string, std::string>>;

/// Parameters of one request, from its URL or from its body.
constexpr std::size_t kMaxParameters = 1000;

/// Reads a query string or an `application/x-www-form-urlencoded` body: pieces between '&', each
/// split at its first '=', `+` and %XX decoded. Empty pieces are skipped. Throws InvalidArgument
/// when there are more than `most`.
NameValues parse_form(std::string_view text, std::size_t most = kMaxParameters);

/// The opposite; blanks become %20, so the result fits a query string too.
std::string encode_form(const NameValues& pairs);

/// Bytes that all values of a form may have together: they are held in memory.
constexpr std::uint64_t kFormBytes = 512ULL * 1024 * 1024;

/// What a body may unpack to: such requests carry forms, which are held in memory.
constexpr std::uint64_t kMostUnpackedBody = 64ULL * 1024 * 1024;

/// What one request may cost before anybody knows what it is for.
struct FormLimits {
    std::size_t parameters = kMaxParameters;  ///< of its URL, and of its body
    std::uint64_t bytes = kFormBytes;
    std::uint64_t unpacked_bytes = kMostUnpackedBody;
    MultipartLimits multipart;
};

/// What a request was called with. Names compare without regard to case; the body's value wins
/// over the query's, the first of several over the later; an empty value counts as absent.
class Parameters {
public:
    Parameters() = default;
    Parameters(const NameValues& query, const NameValues& body, std::vector<Part> files = {});

    bool has(std::string_view name) const { return find(name) != nullptr; }
    /// Null when absent.
    const std::string* find(std::string_view name) const;
    /// "" when absent.
    const std::string& get(std::string_view name) const;
    void set(std::string_view name, std::string value);

    /// Names (in lower case) and values, sorted by name.
    const std::map<std::string, std::string, std::less<>>& all() const { return values_; }

    /// Files of a multipart body, in their order: views into the request.
    const std::vector<Part>& files() const { return files_; }
    /// The first file of that name; null when there is none.
    const Part* file(std::string_view name) const;

private:
    std::map<std::string, std::string, std::less<>> values_;
    std::vector<Part> files_;
};

/// Parameters from the query and from a form body of either kind. A body of another content type
/// holds none; one without content type is a form. Throws Error(InvalidArgument) for malformed
/// multipart and for what passes a limit, with code 413 when it is bytes.
Parameters parameters_of(const Request& request, const FormLimits& limits = {});
/// The parameters of the query alone; of too many, the first ones. Never throws.
Parameters query_parameters_of(const Request& request);

}  // namespace rhumb::http
