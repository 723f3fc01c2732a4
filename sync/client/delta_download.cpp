// SPDX-License-Identifier: Apache-2.0
#include "sync/client/delta_download.hpp"

#include "platform/files.hpp"
#include "platform/hash.hpp"
#include "sync/delta/delta_reader.hpp"

namespace rhumb::sync {
namespace {

using wire::Json;

/// "\"<64 hex digits>\"".
std::string hash_in(const std::string& validator) {
    if (validator.size() != 66) return "";
    const std::string hash = validator.substr(1, 64);
    return hash.find_first_not_of("0123456789abcdef") == std::string::npos ? hash : "";
}

}  // namespace

bool is_delta(const http::Response& response) {
    return response.file() != nullptr && delta::looks_like_delta(response.file()->path);
}

bool is_as_announced(const std::filesystem::path& file, const Json* answer,
                     const std::string& validator) {
    const Json* said = answer != nullptr ? answer->find("rhumbDelta") : nullptr;
    const auto bytes = said != nullptr ? wire::to_int64(said->find("bytes")) : std::nullopt;
    if (bytes && *bytes != static_cast<std::int64_t>(rhumb::file_size(file))) return false;
    std::string hash(said != nullptr ? wire::text_or_empty(said->find("sha256")) : "");
    if (hash.empty()) hash = hash_in(validator);
    return hash.empty() || hash == sha256_of_file(file).hex();
}

Json facts_of_delta(const delta::Header& header) {
    Json facts{Json::Object{}};
    facts.set("replicaID", header.replica.braced());
    if (header.result) facts.set("replicaServerGen", *header.result);
    Json layers{Json::Array{}};
    for (const delta::LayerHead& head : header.layers) {
        if (!head.terms.result) continue;
        Json layer{Json::Object{}};
        layer.set("id", head.terms.layer.value);
        layer.set("serverGen", *head.terms.result);
        layers.push(std::move(layer));
    }
    if (!layers.array()->empty()) facts.set("layerServerGens", std::move(layers));
    return facts;
}

}  // namespace rhumb::sync
