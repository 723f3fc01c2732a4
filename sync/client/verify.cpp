// SPDX-License-Identifier: Apache-2.0
#include "sync/client/verify.hpp"

#include "platform/error.hpp"
#include "platform/http/form.hpp"
#include "sync/client/answer.hpp"
#include "sync/replica/base_rows.hpp"
#include "sync/replica/replica_store.hpp"
#include "sync/wire/row_hash.hpp"

#include <map>
#include <memory>
#include <optional>
#include <set>
#include <utility>

namespace rhumb::sync {
namespace {

using geodb::GlobalId;
using geodb::Layer;
using wire::Json;
using Rows = std::map<GlobalId, Sha256>;

class Verification {
public:
    Verification(geodb::Geodatabase& geodatabase, http::Transport& transport,
                 const CancelToken& cancel)
        : geodatabase_(geodatabase),
          transport_(transport),
          cancel_(cancel),
          replica_(ReplicaStore(geodatabase).load()) {
        // What was refused is still in the rows, and known to differ.
        for (const RejectedEdit& edit : ReplicaStore(geodatabase).rejected()) {
            refused_.emplace(edit.layer, edit.feature);
        }
    }

    const Replica& replica() const { return replica_; }

    VerifiedLayer verify(const Layer& layer) {
        VerifiedLayer verdict{layer.id, layer.name, 0, {}};
        const auto here = std::make_unique<wire::RangeHashes>();
        each_hash(layer, [&](const GlobalId& feature, const Sha256& hash) {
            (*here)[feature.value.bytes[0]].add(hash);
            ++verdict.rows;
        });
        const auto there = ranges_there(layer);
        std::map<std::size_t, Rows> mine;
        for (std::size_t range = 0; range < here->size(); ++range) {
            if ((*here)[range] != (*there)[range]) mine[range];
        }
        if (mine.empty()) return verdict;
        each_hash(layer, [&](const GlobalId& feature, const Sha256& hash) {
            const auto found = mine.find(feature.value.bytes[0]);
            if (found != mine.end()) found->second.emplace(feature, hash);
        });
        for (const auto& [range, rows] : mine) compare(layer, range, rows, verdict);
        return verdict;
    }

private:
    template <class OnHash>
    void each_hash(const Layer& layer, const OnHash& on_hash) {
        wire::RowHasher hasher(layer, nullptr);
        each_base_row(geodatabase_, layer,
                      [&](const GlobalId& feature, const std::vector<geodb::Value>& values) {
                          on_hash(feature,
                                  hasher.hash([&](std::size_t column) -> const geodb::Value& {
                                      return values[column];
                                  }));
                      });
    }

    Json ask(const Layer& layer, const std::string& range) {
        http::NameValues form{{"f", "json"},
                              {"replicaID", replica_.id.value_or("")},
                              {"layer", std::to_string(layer.id.value)}};
        if (!range.empty()) form.emplace_back("range", range);
        http::TransportRequest request;
        request.method = "POST";
        request.url = replica_.service_url + "/rhumbHashes";
        request.headers.set("Content-Type", "application/x-www-form-urlencoded");
        request.body = http::encode_form(form);
        cancel_.throw_if_cancelled();
        const http::TransportResult result = transport_.send(request, cancel_);
        cancel_.throw_if_cancelled();
        if (const auto* failure = std::get_if<http::TransportFailure>(&result)) {
            throw Error(Status::Offline, failure->message);
        }
        const std::string what = "rhumbHashes of " + replica_.service_url;
        Answer answer = read_answer(std::get<http::Response>(result), what);
        if (answer.kind == Answer::Kind::Refused) throw_refused(what, answer.error);
        if (answer.kind == Answer::Kind::Useless) throw Error(Status::Protocol, answer.why);
        return std::move(answer.root);
    }

    static Sha256 hash_of(const Json& entry) {
        const auto hash = Sha256::parse(entry.require("hash", "rhumbHashes").as_string("hash"));
        if (hash) return *hash;
        throw Error(Status::Protocol, "rhumbHashes: 'hash' is no hash");
    }

    std::unique_ptr<wire::RangeHashes> ranges_there(const Layer& layer) {
        auto there = std::make_unique<wire::RangeHashes>();
        const Json answer = ask(layer, "");
        for (const Json& entry : answer.require("ranges", "rhumbHashes").as_array("ranges")) {
            const std::size_t range =
                wire::range_of(entry.require("range", "rhumbHashes").as_string("range"));
            if (range >= there->size()) {
                throw Error(Status::Protocol, "rhumbHashes: 'range' is none");
            }
            (*there)[range] = {entry.require("count", "rhumbHashes").as_int64("count"),
                               hash_of(entry)};
        }
        return there;
    }

    void compare(const Layer& layer, std::size_t range, const Rows& mine, VerifiedLayer& verdict) {
        Rows theirs;
        const Json answer = ask(layer, wire::range_name(range));
        for (const Json& entry : answer.require("rows", "rhumbHashes").as_array("rows")) {
            const auto id = Uuid::parse(wire::text_or_empty(entry.find("globalId")));
            if (id) theirs.emplace(GlobalId{*id}, hash_of(entry));
        }
        const auto differs = [&](const GlobalId& feature, VerifiedRow::Kind kind) {
            if (refused_.count({layer.id, feature}) == 0)
                verdict.differing.push_back({feature, kind});
        };
        for (const auto& [feature, hash] : mine) {
            const auto found = theirs.find(feature);
            if (found == theirs.end()) {
                differs(feature, VerifiedRow::Kind::OnlyHere);
            } else if (found->second != hash) {
                differs(feature, VerifiedRow::Kind::Different);
            }
        }
        for (const auto& [feature, hash] : theirs) {
            if (mine.count(feature) == 0) differs(feature, VerifiedRow::Kind::OnlyThere);
        }
    }

    geodb::Geodatabase& geodatabase_;
    http::Transport& transport_;
    const CancelToken& cancel_;
    Replica replica_;
    std::set<std::pair<geodb::LayerId, GlobalId>> refused_;
};

}  // namespace

std::vector<VerifiedLayer> verify_replica(geodb::Geodatabase& geodatabase,
                                          http::Transport& transport, const CancelToken& cancel) {
    Verification verification(geodatabase, transport, cancel);
    if (!verification.replica().speaks_rhumb) {
        throw Error(Status::Unsupported, "the service " + verification.replica().service_url +
                                             " does not offer hashes to verify by; 'rhumb sync "
                                             "--direction snapshot' takes all of it anew");
    }
    std::vector<VerifiedLayer> layers;
    for (const ReplicaLayer& agreed : verification.replica().layers) {
        if (!agreed.stopped.empty()) continue;
        layers.push_back(verification.verify(geodatabase.layer(agreed.id)));
    }
    return layers;
}

}  // namespace rhumb::sync
