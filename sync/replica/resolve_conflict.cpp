// SPDX-License-Identifier: Apache-2.0
#include "sync/replica/resolve_conflict.hpp"

#include "geodb/features/feature_writer.hpp"
#include "geodb/sqlite/transaction.hpp"
#include "platform/error.hpp"
#include "platform/text.hpp"
#include "sync/replica/replica_store.hpp"
#include "sync/wire/feature_json.hpp"

#include <algorithm>
#include <utility>

namespace rhumb::sync {
namespace {

using geodb::FeatureWriter;
using geodb::Geodatabase;
using geodb::Layer;
using wire::Json;
using State = Conflict::State;
using Take = Resolution::Take;

std::string name_of(const Conflict& conflict, const Layer& layer) {
    return "conflict " + std::to_string(conflict.number) + " (layer '" + layer.name +
           "', feature " + conflict.feature.value.braced() + ")";
}

/// The value of one column as a feature that says nothing else.
Json as_feature(const Layer& layer, const std::string& column, Json value) {
    Json feature{Json::Object{}};
    feature.set("attributes", Json(Json::Object{}));
    if (layer.geometry && column == layer.geometry->name) {
        feature.set("geometry", std::move(value));
    } else {
        feature.find("attributes")->set(column, std::move(value));
    }
    return feature;
}

class Decision {
public:
    Decision(Geodatabase& geodatabase, const Conflict& conflict)
        : layer_(geodatabase.layer(conflict.layer)),
          conflict_(conflict),
          writer_(geodatabase, layer_, FeatureWriter::Tracking::Logged),
          oid_(writer_.find(conflict.feature)) {}

    void take(const Resolution& resolution) {
        const bool mine = resolution.take == Take::Mine;
        const bool stands =
            resolution.take != Take::Value && mine == (conflict_.winner == Winner::Device);
        if (stands) return;
        const std::string& chosen = resolution.take == Take::Value ? resolution.value
                                    : mine                         ? conflict_.mine
                                                                   : conflict_.theirs;
        // What lost was good enough for its side; what the service does not take it will say.
        if (resolution.take != Take::Value) rules_ = wire::ValueRules::TakenAsIs;
        if (conflict_.column.empty()) {
            take_feature(chosen);
        } else {
            take_column(chosen);
        }
    }

private:
    std::vector<geodb::ColumnValue> read(const Json& json) const {
        return wire::read_feature(json, layer_, rules_).values;
    }

    void take_column(const std::string& chosen) {
        if (!oid_) {
            throw Error(Status::NotFound,
                        name_of(conflict_, layer_) + ": the feature is not here any more");
        }
        Json value = wire::parse_json(chosen, "the value for '" + conflict_.column + "'");
        const auto values = read(as_feature(layer_, conflict_.column, std::move(value)));
        if (values.empty()) {
            throw Error(Status::NotFound, name_of(conflict_, layer_) +
                                              ": the layer has no column '" + conflict_.column +
                                              "' any more");
        }
        writer_.update(*oid_, values);
    }

    /// "" means that the feature is to be deleted.
    void take_feature(const std::string& chosen) {
        if (chosen.empty()) {
            if (oid_) writer_.erase(*oid_);
            return;
        }
        const Json json = wire::parse_json(chosen, "the feature");
        if (json.find("attributes") == nullptr) {
            throw Error(Status::InvalidArgument, name_of(conflict_, layer_) +
                                                     " is about a whole feature: "
                                                     "{\"attributes\":{…}} is wanted");
        }
        const auto given = read(json);
        if (oid_) {
            writer_.update(*oid_, given);
            return;
        }
        std::vector<geodb::Value> values(layer_.column_count());
        for (const geodb::ColumnValue& value : given) values[value.column] = value.value;
        values[layer_.global_id_index()] = conflict_.feature.value.braced();
        writer_.insert(values);
    }

    const Layer& layer_;
    const Conflict& conflict_;
    FeatureWriter writer_;
    std::optional<geodb::ObjectId> oid_;
    wire::ValueRules rules_ = wire::ValueRules::Enforced;
};

bool decided(const Conflict& conflict) {
    return conflict.state != State::Open && conflict.state != State::ByPolicy;
}

std::vector<Conflict> chosen(const ReplicaStore& store, const Layer& layer, const Conflict& named,
                             const Resolution& resolution) {
    if (resolution.scope == Resolution::Scope::Number) return {named};
    std::vector<Conflict> found;
    for (Conflict& conflict : store.conflicts()) {
        if (conflict.layer != named.layer || conflict.feature != named.feature) continue;
        if (decided(conflict)) continue;
        const bool by_column = resolution.scope == Resolution::Scope::Column;
        if (by_column && !equal_ignoring_case(conflict.column, resolution.column)) continue;
        if (by_column) found.clear();  // the last one counts
        found.push_back(std::move(conflict));
    }
    if (!found.empty()) return found;
    throw Error(Status::NotFound,
                name_of(named, layer) + ": its feature has no conflict" +
                    (resolution.column.empty() ? std::string(" that is not decided")
                                               : " about column '" + resolution.column + "'"));
}

State state_of(Take take) {
    return take == Take::Mine     ? State::TookMine
           : take == Take::Theirs ? State::TookTheirs
                                  : State::TookValue;
}

}  // namespace

std::int64_t resolve_conflict(Geodatabase& geodatabase, std::int64_t number,
                              const Resolution& resolution) {
    ReplicaStore store(geodatabase);
    store.upgrade_tables();
    geodb::sqlite::Transaction transaction(geodatabase.database());
    const Conflict named = store.conflict(number);
    const Layer& layer = geodatabase.layer(named.layer);
    if (resolution.scope == Resolution::Scope::Number && decided(named)) {
        throw Error(Status::InvalidArgument,
                    name_of(named, layer) + " was decided already: edit the feature to change it");
    }
    std::vector<Conflict> conflicts = chosen(store, layer, named, resolution);
    for (Conflict& conflict : conflicts) {
        try {
            Decision(geodatabase, conflict).take(resolution);
        } catch (const Error& error) {
            throw error.status() == Status::CorruptData
                ? Error(Status::InvalidArgument, error.message())
                : error;
        }
        conflict.state = state_of(resolution.take);
        conflict.resolved_ms = geodatabase.now_ms();
        conflict.value = resolution.value;
        store.save_resolution(conflict);
    }
    transaction.commit();
    return static_cast<std::int64_t>(conflicts.size());
}

}  // namespace rhumb::sync
