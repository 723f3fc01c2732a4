// SPDX-License-Identifier: Apache-2.0
//
// The outcome of createReplica: as JSON, as a delta, or as the address of either.
#include "sync/client/create_steps.hpp"

#include "geodb/sqlite/transaction.hpp"
#include "platform/error.hpp"
#include "sync/client/answer_facts.hpp"
#include "sync/client/delta_download.hpp"
#include "sync/client/relationship_import.hpp"

#include <utility>

namespace rhumb::sync {
namespace {

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

}  // namespace

using geodb::sqlite::Transaction;
using wire::Json;

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
        give_up_delta(error);
    }
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
    become(replica_, imported.answer.root);
    replica_.state = Replica::State::Ready;
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

}  // namespace rhumb::sync
