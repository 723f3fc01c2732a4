// SPDX-License-Identifier: Apache-2.0
#include "sync/client/verify.hpp"

#include "platform/error.hpp"
#include "platform/http/form.hpp"
#include "sync/client/create_options.hpp"
#include "sync/client/replica_filter.hpp"
#include "sync/client/verify_rows.hpp"
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
    Verification(geodb::Geodatabase& geodatabase, Questions& questions)
        : geodatabase_(geodatabase),
          questions_(questions),
          replica_(ReplicaStore(geodatabase).load()),
          filter_(geodatabase, replica_) {
        // What was refused is still in the rows, and known to differ.
        for (const RejectedEdit& edit : ReplicaStore(geodatabase).rejected()) {
            refused_.emplace(edit.layer, edit.feature);
        }
    }

    const Replica& replica() const { return replica_; }

    VerifiedLayer verify(const Layer& layer) {
        if (replica_.speaks_rhumb && !is_projected(layer)) return by_hashes(layer);
        VerifiedLayer verdict = verify_rows(geodatabase_, replica_, filter_, layer, questions_);
        std::erase_if(verdict.differing, [&](const VerifiedRow& row) {
            return refused_.count({layer.id, row.feature}) > 0;
        });
        return verdict;
    }

private:
    /// A geometry made here goes to the service and back by two projections: no two hashes of it
    /// are equal, and only rows can be compared.
    bool is_projected(const Layer& layer) const {
        return layer.geometry && wishes_of(replica_).replica_epsg;
    }

    VerifiedLayer by_hashes(const Layer& layer) {
        VerifiedLayer verdict{layer.id, layer.name, 0, {}, {}};
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
        const std::string what = "rhumbHashes of " + replica_.service_url;
        Answer answer = questions_.ask(replica_.service_url + "/rhumbHashes", form, what);
        if (answer.kind == Answer::Kind::Refused) throw_refused(what, answer.error);
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
    Questions& questions_;
    Replica replica_;
    ReplicaFilter filter_;
    std::set<std::pair<geodb::LayerId, GlobalId>> refused_;
};

}  // namespace

std::vector<VerifiedLayer> verify_replica(geodb::Geodatabase& geodatabase,
                                          http::Transport& transport, const CancelToken& cancel,
                                          const Wait& wait) {
    Questions questions(transport, cancel, geodatabase.world().random, wait);
    Verification verification(geodatabase, questions);
    std::vector<VerifiedLayer> layers;
    for (const ReplicaLayer& agreed : verification.replica().layers) {
        if (!agreed.stopped.empty()) continue;
        layers.push_back(verification.verify(geodatabase.layer(agreed.id)));
    }
    return layers;
}

}  // namespace rhumb::sync
