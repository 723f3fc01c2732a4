// SPDX-License-Identifier: Apache-2.0
#include "platform/http/packed_request.hpp"

#include "platform/error.hpp"
#include "platform/text.hpp"
#include "platform/zip/coding.hpp"

namespace rhumb::http {

std::optional<Request> unpacked_request(const Request& request) {
    const std::string_view name = request.headers.get("Content-Encoding");
    if (name.empty() || equal_ignoring_case(name, "identity")) return std::nullopt;
    const auto coding = coding_of(name);
    if (!coding) {
        throw Error(Status::InvalidArgument,
                    "'Content-Encoding' is '" + excerpt(name, 40) + "', not zstd or gzip");
    }
    Request plain;
    plain.method = request.method;
    plain.target = request.target;
    plain.headers = request.headers;
    plain.headers.remove("Content-Encoding");
    plain.remote_address = request.remote_address;
    plain.scheme = request.scheme;
    try {
        const std::string packed = request.long_body ? request.whole_body().text() : std::string();
        plain.body =
            unpacked(*coding, request.long_body ? packed : request.body, {kMostUnpackedBody, 2000});
    } catch (const Error& error) {
        const bool of_body =
            error.status() == Status::CorruptData || error.status() == Status::Protocol;
        if (!of_body) throw;
        throw Error(Status::InvalidArgument, error.message());
    }
    return plain;
}

}  // namespace rhumb::http
