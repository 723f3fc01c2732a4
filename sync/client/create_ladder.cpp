// SPDX-License-Identifier: Apache-2.0
//
// Takes a service offline: describe, layers, create, fetch.
//
// createReplica is the one step that may leave something behind at the service: a replica whose
// answer was lost. It is found by its unique name, unregistered, and made anew.
#include "geodb/sqlite/transaction.hpp"
#include "platform/error.hpp"
#include "platform/http/url.hpp"
#include "platform/text.hpp"
#include "sync/client/answer_facts.hpp"
#include "sync/client/attachment_ladder.hpp"
#include "sync/client/create_options.hpp"
#include "sync/client/create_request.hpp"
#include "sync/client/delta_download.hpp"
#include "sync/client/job_ladder.hpp"
#include "sync/client/ladder_sequence.hpp"
#include "sync/client/layer_definitions.hpp"
#include "sync/client/orphan.hpp"
#include "sync/client/relationship_import.hpp"
#include "sync/client/replica_import.hpp"
#include "sync/client/service_description.hpp"
#include "sync/wire/geometry_parameter.hpp"

#include <algorithm>
#include <set>
#include <utility>

namespace rhumb::sync {
namespace {

using geodb::LayerId;
using geodb::sqlite::Transaction;
using wire::Json;

/// Layers that were made in memory go with the transaction that made them in the file.
class ReloadAtEnd {
public:
    explicit ReloadAtEnd(geodb::Geodatabase& geodatabase) : geodatabase_(geodatabase) {}
    ReloadAtEnd(const ReloadAtEnd&) = delete;
    ReloadAtEnd& operator=(const ReloadAtEnd&) = delete;
    ~ReloadAtEnd() {
        try {
            geodatabase_.reload();
        } catch (const Error&) {  // the file cannot be read: whoever uses it next will be told
        }
    }

private:
    geodb::Geodatabase& geodatabase_;
};

class CreateLadder final : public JobLadder {
public:
    CreateLadder(geodb::Geodatabase& geodatabase, OnProgress on_progress);
    void begin(const CreateOptions& options);
    void resume(const ReplicaStore::Rung& rung);

private:
    void define_steps();
    std::string operation() const override { return "createReplica of " + facts_url(); }

    void take_description(const http::Response& response);
    std::vector<LayerId> chosen_layers(const ServiceDescription& service);
    void take_layers(const http::Response& response);
    void check_wishes(const std::vector<LayerId>& chosen) const;
    void agree_on_attachments(const std::vector<Json>& definitions);
    void agree_on(const Json& definition, LayerId id, std::vector<Json>& kept);
    http::TransportRequest ask_creation() const;
    void take_creation(const http::Response& response) { take_outcome(response); }
    void take_outcome(const http::Response& response) override;
    /// Imports and finishes when the answer holds the data; else nothing is changed.
    Answer import(const http::Response& response);
    Imported import_data(const http::Response& response);
    void take_delta(const http::Response& response);
    void take_refusal(const wire::ServiceError& error) override;
    void repeat_operation() override { go_durably("search"); }
    bool may_ask_often() const override { return replica_.speaks_rhumb; }
    void take_list(const http::Response& response);
    void take_discard(const http::Response& response);
    std::vector<wire::RemoteLayer> remote_layers() const;
    void complete(const Imported& imported);

    std::int32_t epsg() const {
        return static_cast<std::int32_t>(wire::to_int64(facts_.find("epsg")).value_or(4326));
    }

    CreateOptions options_;
    ServiceDescription service_;
    LayerDefinitions definitions_;
    Replica replica_;
    std::string discarded_;  ///< the last
};

CreateLadder::CreateLadder(geodb::Geodatabase& geodatabase, OnProgress on_progress)
    : JobLadder(geodatabase, std::move(on_progress)) {
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
    define("create", {[this] { return ask_creation(); },
                      [this](const auto& response) { take_creation(response); },
                      [this] { go_durably("search"); }, Phase::Create});
    define("search", {[this] { return get("/replicas?f=json"); },
                      [this](const auto& response) { take_list(response); }, none, Phase::Create});
    define("discard",
           {[this] {
                return post("/unRegisterReplica", {{"f", "json"}, {"replicaID", fact("orphan")}});
            },
            [this](const auto& response) { take_discard(response); }, none, Phase::Create});
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
    const bool by_job = wire::to_bool(facts_.find("by_job")).value_or(false);
    form.emplace_back("async", by_job ? "true" : "false");
    // Asked again, a service that speaks Rhumb gives the job that it has begun already.
    if (by_job && replica_.speaks_rhumb) form.emplace_back("rhumbBatchId", fact("creation"));
    return post_saved("/createReplica", form);
}

std::vector<wire::RemoteLayer> CreateLadder::remote_layers() const {
    std::vector<wire::RemoteLayer> layers;
    for (const Json& definition : facts_.require("definitions", "facts").as_array("definitions")) {
        layers.push_back(remote_layer(definition, replica_.speaks_rhumb, epsg()));
        auto& geometry = layers.back().plan.geometry;
        if (geometry && options_.replica_epsg) geometry->srs_id = *options_.replica_epsg;
    }
    return layers;
}

Imported CreateLadder::import_data(const http::Response& response) {
    const OnImported on_imported = [this](const std::string& layer, std::int64_t features) {
        progress(Progress::Phase::Apply, layer, features);
    };
    if (step() != "fetch" || !is_delta(response)) {
        return import_replica(geodatabase_, remote_layers(), response, operation(), on_imported);
    }
    delta::DeltaReader reader(response.file()->path, "the delta of " + operation());
    Imported imported = import_delta(geodatabase_, remote_layers(), reader, on_imported);
    imported.answer.kind = Answer::Kind::Good;
    imported.answer.root = facts_of_delta(reader.header());
    imported.answer.root.set("layers", Json(Json::Array{}));
    return imported;
}

void CreateLadder::take_delta(const http::Response& response) {
    try {
        import(response);
        return remove_part_file();
    } catch (const Error& error) {
        const Status status = error.status();
        const bool of_delta = status == Status::CorruptData || status == Status::SchemaChanged ||
                              status == Status::Unsupported;
        if (!of_delta) throw;
        report_.notes.push_back("the replica was asked for as JSON: " + error.message());
    }
    set_fact("deltas", false);
    count_repetition();
    repeat_operation();
}

Answer CreateLadder::import(const http::Response& response) {
    const ReloadAtEnd reload(geodatabase_);
    Transaction transaction(geodatabase_.database());
    Imported imported = import_data(response);
    const Answer& answer = imported.answer;
    if (answer.kind == Answer::Kind::Good && answer.root.find("layers") != nullptr) {
        complete(imported);
        for (std::string& note :
             import_relationships(geodatabase_, facts_.require("definitions", "facts"))) {
            report_.notes.push_back(std::move(note));
        }
        transaction.commit();
        finish();
    }
    return std::move(imported.answer);
}

void CreateLadder::take_outcome(const http::Response& response) {
    if (step() == "fetch" && is_delta(response)) {
        if (is_as_announced(response.file()->path, facts_.find("answer"), fact("etag"))) {
            return take_delta(response);
        }
        return start_again("fetch");
    }
    const Answer answer = import(response);
    if (step().empty()) return remove_part_file();
    if (answer.kind == Answer::Kind::Useless) {
        remove_part_file();
        return repeat(answer);
    }
    if (answer.kind == Answer::Kind::Refused && step() != "fetch")
        return take_refusal(answer.error);
    backoff_.succeeded();
    {
        Transaction transaction(geodatabase_.database());
        const bool followed = answer.kind == Answer::Kind::Good && follow(answer.root);
        transaction.commit();
        if (followed) return;
    }
    // The link expired, or there are no data in the answer: the replica is of no use.
    count_repetition();
    repeat_operation();
}

void CreateLadder::complete(const Imported& imported) {
    backoff_.succeeded();
    const Json& root = imported.answer.root;
    const Json* first = facts_.find("answer");
    for (const Json* answer : {first, &root}) {
        if (answer == nullptr) continue;
        const auto id = wire::text_or_empty(answer->find_any_case("replicaID"));
        const auto name = wire::text_or_empty(answer->find_any_case("replicaName"));
        if (!id.empty()) replica_.id = std::string(id);
        if (!name.empty()) replica_.name = std::string(name);
        take_generations(replica_, generations_of(*answer));
    }
    if (!replica_.id) {
        throw Error(Status::Protocol, operation() + ": the answer has no replicaID");
    }
    const bool dated = replica_.model == wire::SyncModel::PerReplica
                           ? replica_.server_generation.has_value()
                           : std::all_of(replica_.layers.begin(), replica_.layers.end(),
                                         [](const ReplicaLayer& layer) {
                                             return layer.server_generation.has_value();
                                         });
    if (!dated) throw Error(Status::Protocol, operation() + ": the answer has no generation");
    replica_.state = Replica::State::Ready;
    replica_.last_batch = "";
    replica_.last_sync_ms = geodatabase_.now_ms();
    store_.save(replica_);
    store_.clear_rung();
    for (const auto& [id, features] : imported.features) {
        LayerCounts counts{id, geodatabase_.layer(id).name};
        counts.received_inserts = features;
        report_.layers.push_back(std::move(counts));
    }
    report_.attachments.received = imported.attachments;
}

void CreateLadder::take_refusal(const wire::ServiceError& error) {
    throw_refused(operation(), error);
}

void CreateLadder::take_list(const http::Response& response) {
    const auto list = good_answer(response, "replicas of " + facts_url());
    if (!list) return;
    const auto orphan = orphan_in(*list, options_.name);
    if (!orphan) return go_durably("create");
    set_fact("orphan", *orphan);
    go_durably("discard");
}

void CreateLadder::take_discard(const http::Response& response) {
    // Refused: somebody else has discarded it. The list will tell whether it is gone.
    const Answer answer = read_answer(response, "unRegisterReplica of " + facts_url());
    if (answer.kind == Answer::Kind::Useless) return repeat(answer);
    backoff_.succeeded();
    // Once is part of making it anew, which has been counted.
    if (std::exchange(discarded_, fact("orphan")) == fact("orphan")) count_repetition();
    go_durably("search");
}

}  // namespace

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
