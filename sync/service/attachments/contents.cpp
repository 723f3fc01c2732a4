// SPDX-License-Identifier: Apache-2.0
#include "sync/service/attachments/contents.hpp"

#include "platform/error.hpp"
#include "platform/text.hpp"
#include "sync/service/answer.hpp"
#include "sync/wire/content_pack.hpp"
#include "sync/wire/json_parameter.hpp"
#include "sync/wire/json_writer.hpp"

#include <algorithm>
#include <map>
#include <set>
#include <vector>

namespace rhumb::service {
namespace {

using wire::Json;

/// One answer of `get` ends when it is this long; the caller asks on.
constexpr std::int64_t kPackBytes = 16 * 1024 * 1024;
constexpr std::size_t kMaxAsked = 10'000;

struct Asked {
    Sha256 content;
    std::int64_t from = 0;
};

/// `contents`: [{"sha256":"…","from":0}].
std::vector<Asked> read_asked(const Call& call) {
    std::vector<Asked> asked;
    const Json list = wire::parse_json_parameter(call.parameters.get("contents"), "'contents'",
                                                 call.limits.input.json);
    for (const Json& json : list.as_array("contents")) {
        const auto hash = Sha256::parse(wire::text_or_empty(json.find_any_case("sha256")));
        const auto from = wire::to_int64(json.find_any_case("from")).value_or(0);
        if (!hash || from < 0) {
            throw Error(Status::InvalidArgument,
                        "'contents' has " + excerpt(wire::to_text(json), 100) +
                            ", not a SHA-256 of 64 hex digits and an offset");
        }
        asked.push_back({*hash, from});
        if (asked.size() > kMaxAsked) {
            throw Error(Status::InvalidArgument,
                        "'contents' has more than " + std::to_string(kMaxAsked) + " elements");
        }
    }
    return asked;
}

/// `{"contents":[{"sha256","have"}]}`; -1 when nothing of it is here.
http::Response answer_have(const Call& call, const std::map<Sha256, std::int64_t>& have) {
    std::string text;
    wire::JsonWriter writer(text);
    writer.begin_object().key("contents").begin_array();
    for (const auto& [hash, bytes] : have) {
        writer.begin_object().key("sha256").string(hash.hex());
        writer.key("have").integer(bytes).end_object();
    }
    writer.end_array().end_object();
    return answer_json(call.parameters, std::move(text));
}

http::Response have(const Call& call) {
    const auto snapshot = call.store.snapshot();
    std::map<Sha256, std::int64_t> bytes;
    for (const Asked& asked : read_asked(call)) {
        const auto there = snapshot->attachments().content(asked.content);
        bytes[asked.content] = there ? there->have : -1;
    }
    return answer_have(call, bytes);
}

http::Response put(const Call& call) {
    require_any_edit(call);
    const auto transaction = call.store.write();
    std::map<Sha256, std::int64_t> bytes;
    std::set<Sha256> spoiled;  // another hash than said: dropped, the others are kept
    wire::PackReader pack(
        [&](const wire::PackPiece& piece, std::int64_t offset, std::string_view arrived) {
            if (spoiled.count(piece.content) > 0) return;
            try {
                bytes[piece.content] =
                    transaction->attachments().append(piece.content, piece.size, offset, arrived);
            } catch (const Error& error) {
                if (error.status() != Status::CorruptData) throw;
                spoiled.insert(piece.content);
                bytes[piece.content] = -1;
            }
        });
    const http::Body body = call.request.whole_body();
    if (body.empty()) throw Error(Status::InvalidArgument, "the body is no pack: it is empty");
    body.each_piece([&](std::string_view piece) {
        pack.add(piece);
        return true;
    });
    transaction->commit({});
    return answer_have(call, bytes);
}

http::Response get(const Call& call) {
    const auto snapshot = call.store.snapshot();
    Spool spool(call.results.temporary());
    spool.append(wire::kPackMagic);
    for (const Asked& asked : read_asked(call)) {
        const std::int64_t room = kPackBytes - static_cast<std::int64_t>(spool.size());
        if (room <= 0) break;
        const auto there = snapshot->attachments().content(asked.content);
        if (!there || !there->whole() || asked.from > there->size) continue;
        const std::int64_t length = std::min(there->size - asked.from, room);
        spool.append(wire::pack_head({asked.content, there->size, asked.from, length}));
        snapshot->attachments().read(asked.content, asked.from, length,
                                     [&](std::string_view piece) {
                                         spool.append(piece);
                                         return true;
                                     });
    }
    http::Response response;
    response.headers.set("Content-Type", wire::kPackType);
    if (auto small = spool.take_memory()) {
        response.body = std::move(*small);
    } else {
        const std::uint64_t size = spool.size();
        response.body = http::FileBody{spool.take_file(), 0, size, true};
    }
    return response;
}

}  // namespace

http::Response contents_resource(const Call& call, std::string_view operation) {
    if (equal_ignoring_case(operation, "have")) return have(call);
    if (equal_ignoring_case(operation, "put")) return put(call);
    if (equal_ignoring_case(operation, "get")) return get(call);
    throw Error(Status::Unsupported,
                "'rhumbContents/" + excerpt(operation, 60) + "' is not supported by this service");
}

}  // namespace rhumb::service
