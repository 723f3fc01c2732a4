// SPDX-License-Identifier: Apache-2.0
#include "platform/http/packed_request.hpp"

#include "platform/error.hpp"
#include "platform/text.hpp"
#include "platform/zip/coding.hpp"

namespace rhumb::http {
namespace {

/// How much larger a body may become: JSON that repeats itself stays below a few hundred.
constexpr std::uint64_t kMostRatio = 2000;

std::string unpacked_body(Coding coding, const Body& body, std::uint64_t most_bytes) {
    std::string out;
    const auto unpacker = make_unpacker(coding, [&](std::string_view piece) { out += piece; },
                                        {most_bytes, kMostRatio});
    body.each_piece([&](std::string_view piece) {
        unpacker->add(piece);
        return true;
    });
    unpacker->finish();
    return out;
}

}  // namespace

std::optional<Request> unpacked_request(const Request& request, std::uint64_t most_bytes) {
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
        plain.body = unpacked_body(*coding, request.whole_body(), most_bytes);
    } catch (const Error& error) {
        const bool too_large = error.status() == Status::Protocol;
        if (!too_large && error.status() != Status::CorruptData) throw;
        throw Error(Status::InvalidArgument, error.message()).with_code(too_large ? 413 : 400);
    }
    return plain;
}

}  // namespace rhumb::http
