// SPDX-License-Identifier: Apache-2.0
//
// rhumb verify: does the replica hold what its service says it should? Between two Rhumbs by
// hashes, so that equal rows do not travel.

#include "platform/error.hpp"
#include "platform/http/beast_transport.hpp"
#include "runtime/tools/commands.hpp"
#include "runtime/tools/interrupts.hpp"
#include "runtime/tools/output.hpp"
#include "runtime/tools/replica_file.hpp"
#include "runtime/tools/session.hpp"
#include "sync/client/signed_transport.hpp"
#include "sync/client/verify.hpp"
#include "sync/replica/replica_store.hpp"

namespace rhumb::tool {
namespace {

using sync::VerifiedLayer;
using sync::VerifiedRow;
using wire::Json;

const char* name_of(VerifiedRow::Kind kind) {
    switch (kind) {
        case VerifiedRow::Kind::OnlyHere:
            return "only here";
        case VerifiedRow::Kind::OnlyThere:
            return "only in the service";
        case VerifiedRow::Kind::Different:
            break;
    }
    return "different";
}

std::string in_columns(const VerifiedRow& row) {
    std::string names;
    for (const std::string& column : row.columns) names += (names.empty() ? ": " : ", ") + column;
    return names;
}

void report(const std::vector<VerifiedLayer>& layers, bool equal) {
    for (const VerifiedLayer& layer : layers) {
        const auto differing = static_cast<std::int64_t>(layer.differing.size());
        print("layer " + layer.name + ": " + counted(layer.rows, "feature") +
              (differing == 0 ? ", equal" : ", " + std::to_string(differing) + " differ"));
        for (const VerifiedRow& row : layer.differing) {
            print("  " + row.feature.value.braced() + " " + name_of(row.kind) + in_columns(row));
        }
        if (layer.others_unknown.empty()) continue;
        print("  rows that only the service has were not looked for: " + layer.others_unknown);
    }
    print(equal ? "replica and service agree" : "replica and service differ");
}

void report_json(const std::vector<VerifiedLayer>& layers, bool equal) {
    Json list = Json::Array{};
    for (const VerifiedLayer& layer : layers) {
        Json differing = Json::Array{};
        for (const VerifiedRow& row : layer.differing) {
            Json entry =
                Json::Object{{"globalId", row.feature.value.braced()}, {"how", name_of(row.kind)}};
            if (!row.columns.empty()) {
                Json columns = Json::Array{};
                for (const std::string& column : row.columns) columns.push(column);
                entry.set("columns", std::move(columns));
            }
            differing.push(std::move(entry));
        }
        Json entry = Json::Object{
            {"layer", layer.name}, {"rows", layer.rows}, {"differing", std::move(differing)}};
        if (!layer.others_unknown.empty()) entry.set("othersUnknown", layer.others_unknown);
        list.push(std::move(entry));
    }
    print_json(Json::Object{{"equal", equal}, {"layers", std::move(list)}});
}

}  // namespace

int run(const VerifyArguments& arguments, Session& session) {
    auto file =
        geodb::Geodatabase::open(arguments.file, session.world(), geodb::Geodatabase::Access::Read);
    require_ready(file);
    Interrupts interrupts;
    http::BeastTransport sockets;
    sync::SignedTransport transport(sockets, session.credentials(),
                                    sync::ReplicaStore(file).load().service_url, session.clock());
    const auto layers = sync::verify_replica(file, transport, interrupts.token(),
                                             [&](std::int64_t ms) { interrupts.wait_ms(ms); });
    bool equal = true;
    for (const VerifiedLayer& layer : layers) equal = equal && layer.differing.empty();
    if (session.json()) {
        report_json(layers, equal);
    } else {
        report(layers, equal);
    }
    return equal ? kDone : kFailed;
}

}  // namespace rhumb::tool
