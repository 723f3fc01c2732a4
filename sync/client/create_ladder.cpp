// SPDX-License-Identifier: Apache-2.0
#include "sync/client/create_steps.hpp"

#include "geodb/sqlite/transaction.hpp"
#include "platform/error.hpp"
#include "sync/client/attachment_ladder.hpp"
#include "sync/client/create_request.hpp"
#include "sync/client/ladder_sequence.hpp"
#include "sync/wire/geometry_parameter.hpp"

#include <algorithm>
#include <set>
#include <utility>

namespace rhumb::sync {

using geodb::LayerId;
using geodb::sqlite::Transaction;
using wire::Json;

CreateLadder::CreateLadder(geodb::Geodatabase& geodatabase, OnProgress on_progress)
    : MakingLadder(geodatabase, std::move(on_progress)) {
    define_steps();
}

void CreateLadder::define_steps() {
    using Phase = Progress::Phase;
    const auto none = [] {};
    define("describe",
           {[this] { return get("?f=json"); },
            [this](const auto& response) { take_description(response); }, none, Phase::Connect});
    define("layers",
           {[this] { return get(definitions_.address()); },
            [this](const auto& response) { take_layers(response); }, none, Phase::Connect});
    define_making({"create", "search", "discard"});
}

void CreateLadder::begin(const CreateOptions& options) {
    if (store_.exists() || store_.rung() || !geodatabase_.layers().empty()) {
        throw Error(Status::AlreadyExists, "'" + geodatabase_.path().string() +
                                               "' is not empty: a replica needs a new file");
    }
    options_ = options;
    const bool for_service = options_.target == wire::TargetType::Server;
    if (for_service && options_.attachments == AttachmentPolicy::OnDemand) {
        throw Error(Status::InvalidArgument,
                    "data for a service bring all attachments or none, not some on demand");
    }
    wire::read_geometry_parameter(options.area);  // a shape that is none is told now
    // Only a name that nobody else has may be unregistered after an answer was lost.
    const std::string random = Uuid::random(geodatabase_.world().random).plain();
    options_.name =
        options.name.empty() ? "rhumb-" + random : options.name + "-" + random.substr(0, 8);
    facts_ = facts_of(options_);
    set_fact("creation", Uuid::random(geodatabase_.world().random).braced());
    replica_.service_url = facts_url();
    replica_.name = options_.name;
    replica_.created_ms = geodatabase_.now_ms();
    replica_.agreement = wire::to_text(facts_of(options_));
    Transaction transaction(geodatabase_.database());
    store_.make_tables();
    store_.save(replica_);
    go("describe");
    store_rung();
    transaction.commit();
}

void CreateLadder::resume(const ReplicaStore::Rung& rung) {
    facts_ = rung.facts;
    options_ = create_options_of(facts_);
    replica_ = store_.load();
    report_.resumed = true;
    const bool outcome_unknown = rung.step == "create";
    const bool described = rung.step != "describe" && rung.step != "layers";
    go(outcome_unknown ? "search" : described ? rung.step : "describe");
}

void CreateLadder::take_description(const http::Response& response) {
    const auto root = good_answer(response, "description of " + facts_url());
    if (!root) return;
    service_ = read_service_description(*root, facts_url());
    replica_.speaks_rhumb = service_.speaks_rhumb;
    replica_.extent = options_.extent;
    replica_.extent_epsg = options_.extent_epsg;
    // The service may be published in another reference one day; what was agreed stays.
    const bool has_area = options_.extent || !options_.area.empty();
    if (has_area && !replica_.extent_epsg) replica_.extent_epsg = service_.epsg;
    replica_.model = options_.model.value_or(service_.per_layer ? wire::SyncModel::PerLayer
                                                                : wire::SyncModel::PerReplica);
    const bool offered =
        replica_.model == wire::SyncModel::PerLayer ? service_.per_layer : service_.per_replica;
    if (!offered || replica_.model == wire::SyncModel::None) {
        throw Error(Status::Unsupported, "the service " + facts_url() +
                                             " does not offer the sync model " +
                                             std::string(wire::name_of(replica_.model)));
    }
    set_fact("epsg", service_.epsg);
    set_fact("deltas", service_.deltas);
    set_fact("by_job", service_.async && options_.async.value_or(true));
    set_fact("full_extent", service_.full_extent);
    definitions_.begin(service_);
    go("layers");
}

std::vector<LayerId> CreateLadder::chosen_layers(const ServiceDescription& service) {
    if (options_.layers) return *options_.layers;
    std::vector<LayerId> chosen;
    for (const ServiceDescription::Entry& entry : service.layers) {
        if (entry.synchronizable) {
            chosen.push_back(entry.id);
        } else {
            report_.notes.push_back("layer '" + entry.name +
                                    "' was left out: it is neither a feature layer nor a table");
        }
    }
    return chosen;
}

void CreateLadder::agree_on(const Json& definition, LayerId id, std::vector<Json>& kept) {
    ReplicaLayer layer;
    layer.id = id;
    try {
        const auto remote = remote_layer(definition, service_.speaks_rhumb, service_.epsg);
        layer.object_id_field = remote.object_id_field;
        layer.use_geometry = remote.plan.geometry.has_value();
    } catch (const Error& error) {
        if (options_.layers || error.status() != Status::Unsupported) throw;
        report_.notes.push_back(error.message() + "; it was left out");
        return;
    }
    if (const Json* editors = definition.find_any_case("editFieldsInfo")) {
        layer.editor_field = wire::text_or_empty(editors->find_any_case("editorField"));
    }
    const auto policy = options_.policies.find(id);
    if (policy != options_.policies.end()) layer.policy = policy->second;
    const auto where = options_.where.find(id);
    if (where != options_.where.end()) layer.where = where->second;
    const auto known = service_.fingerprints.find(id);
    layer.fingerprint = known != service_.fingerprints.end()
                            ? known->second
                            : fingerprint_of(definition, service_.epsg);
    replica_.layers.push_back(std::move(layer));
    kept.push_back(definition);
}

/// A wish for a layer that is not taken would be passed over without a word: a condition above all.
void CreateLadder::check_wishes(const std::vector<LayerId>& chosen) const {
    std::set<LayerId> wished;
    for (const auto& [layer, where] : options_.where) wished.insert(layer);
    for (const auto& [layer, wish] : options_.layer_wishes) wished.insert(layer);
    for (const auto& [layer, policy] : options_.policies) wished.insert(layer);
    for (const LayerId layer : wished) {
        if (std::find(chosen.begin(), chosen.end(), layer) != chosen.end()) continue;
        throw Error(Status::NotFound, "layer " + std::to_string(layer.value) +
                                          " is not taken from " + facts_url() +
                                          ", so nothing can be wished of it");
    }
}

void CreateLadder::take_layers(const http::Response& response) {
    const std::string what = "layers of " + facts_url();
    const Answer answer = read_answer(response, what);
    if (answer.kind == Answer::Kind::Useless) return repeat(answer);
    backoff_.succeeded();
    if (!definitions_.take(answer, what)) return;
    const auto& definitions = definitions_.all();
    std::vector<Json> kept;
    replica_.layers.clear();
    const std::vector<LayerId> chosen = chosen_layers(service_);
    check_wishes(chosen);
    for (const LayerId id : chosen) {
        const auto found = definitions.find(id);
        if (found == definitions.end()) {
            throw Error(Status::NotFound,
                        "the service " + facts_url() + " has no layer " + std::to_string(id.value));
        }
        agree_on(found->second, id, kept);
    }
    if (kept.empty()) {
        throw Error(Status::Unsupported,
                    "the service " + facts_url() + " has no layer that can be taken offline");
    }
    set_fact("definitions", Json(Json::Array(kept.begin(), kept.end())));
    Transaction transaction(geodatabase_.database());
    store_.save(replica_);
    agree_on_attachments(kept);
    go("create");
    store_rung();
    transaction.commit();
}

/// ArcGIS REST, createReplica: with returnAttachments false they may still go up.
void CreateLadder::agree_on_attachments(const std::vector<Json>& definitions) {
    const bool any = std::any_of(definitions.begin(), definitions.end(), [](const Json& layer) {
        return wire::to_bool(layer.find_any_case("hasAttachments")).value_or(false);
    });
    if (!any) return;
    AttachmentLane lane(geodatabase_);
    lane.agree(options_.attachments == AttachmentPolicy::None
                   ? wire::AttachmentsDirection::Upload
                   : wire::AttachmentsDirection::Bidirectional);
    for (const ReplicaLayer& layer : replica_.layers) {
        lane.set_policy(layer.id, options_.attachments);
    }
}

http::TransportRequest CreateLadder::ask_creation() const {
    const Json* extent = facts_.find("full_extent");
    auto form =
        create_replica_form({replica_, options_, epsg(), extent != nullptr ? *extent : Json(),
                             facts_.require("definitions", "facts"),
                             wire::to_bool(facts_.find("deltas")).value_or(false),
                             AttachmentLane(geodatabase_).direction()});
    add_job(form);
    return post_saved("/createReplica", form);
}

std::unique_ptr<Ladder> create_replica_ladder(geodb::Geodatabase& geodatabase,
                                              const CreateOptions& options,
                                              OnProgress on_progress) {
    auto ladder = std::make_unique<CreateLadder>(geodatabase, on_progress);
    ladder->begin(options);
    return with_attachments(geodatabase, std::move(ladder), std::move(on_progress));
}

std::unique_ptr<Ladder> resume_create_ladder(geodb::Geodatabase& geodatabase,
                                             OnProgress on_progress) {
    const ReplicaStore store(geodatabase);
    const auto rung = store.rung();
    const bool ready = store.exists() && store.load().state != Replica::State::Creating;
    if (!rung || ready) {
        throw Error(Status::NotFound,
                    "no replica is being made in '" + geodatabase.path().string() + "'");
    }
    auto ladder = std::make_unique<CreateLadder>(geodatabase, on_progress);
    ladder->resume(*rung);
    return with_attachments(geodatabase, std::move(ladder), std::move(on_progress));
}

}  // namespace rhumb::sync
