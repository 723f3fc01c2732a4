// SPDX-License-Identifier: Apache-2.0
#include "sync/client/verify_rows.hpp"

#include "geodb/compare/same_meaning.hpp"
#include "sync/client/create_options.hpp"
#include "sync/client/create_request.hpp"
#include "sync/client/layer_query.hpp"
#include "sync/replica/base_rows.hpp"
#include "sync/wire/feature_json.hpp"

#include <algorithm>
#include <set>
#include <span>
#include <utility>

namespace rhumb::sync {
namespace {

using geodb::GlobalId;
using geodb::Layer;
using geodb::Value;
using Kind = VerifiedRow::Kind;
using Columns = LayerQuery::Columns;

constexpr std::size_t kRowsAtOnce = 200;

class RowVerification {
public:
    RowVerification(geodb::Geodatabase& geodatabase, const Replica& replica, ReplicaFilter& filter,
                    const Layer& layer, Questions& questions)
        : replica_(replica),
          filter_(filter.of(layer.id)),
          layer_(layer),
          query_(questions, replica, layer),
          base_(geodatabase, layer),
          verdict_{layer.id, layer.name, static_cast<std::int64_t>(base_.ids().size()), {}, {}} {}

    VerifiedLayer run() {
        if (by_global_id()) {
            look_for_others();
        } else {
            by_filter();
        }
        return std::move(verdict_);
    }

private:
    void differs(const GlobalId& feature, Kind kind, std::vector<std::string> columns = {}) {
        verdict_.differing.push_back({feature, kind, std::move(columns)});
    }

    void compare(const ServiceRow& theirs) {
        if (theirs.object_id) seen_.insert(*theirs.object_id);
        const auto mine = base_.find(theirs.feature);
        if (!mine) return;
        std::vector<std::string> columns;
        const auto row = wire::read_feature(theirs.json, layer_, wire::ValueRules::TakenAsIs);
        for (const geodb::ColumnValue& value : row.values) {
            if (!is_same(value.column, (*mine)[value.column], value.value)) {
                columns.push_back(layer_.column_name(value.column));
            }
        }
        if (!columns.empty()) differs(theirs.feature, Kind::Different, std::move(columns));
    }

    bool is_same(std::size_t column, const Value& mine, const Value& theirs) const {
        if (layer_.geometry && column == layer_.geometry_index()) {
            return geodb::same_shape(mine, theirs, query_.tolerance());
        }
        const geodb::FieldType type = layer_.fields[column].type;
        if (type == geodb::FieldType::Blob) return true;  // blobs do not travel in JSON
        return geodb::same_meaning(type, mine, type, theirs);
    }

    /// False when the service takes no condition on GlobalIDs.
    bool by_global_id() {
        const std::vector<GlobalId>& ids = base_.ids();
        for (std::size_t at = 0; at < ids.size(); at += kRowsAtOnce) {
            const std::size_t some = std::min(kRowsAtOnce, ids.size() - at);
            std::vector<GlobalId> missing(ids.begin() + static_cast<std::ptrdiff_t>(at),
                                          ids.begin() + static_cast<std::ptrdiff_t>(at + some));
            if (!ask_in_every_dress(missing)) {
                if (at > 0) throw_refused(query_.what(), query_.refusal());
                return false;
            }
            for (const GlobalId& feature : missing) differs(feature, Kind::OnlyHere);
        }
        return true;
    }

    /// The dress that gave rows is asked first from then on. False when all are refused.
    bool ask_in_every_dress(std::vector<GlobalId>& missing) {
        const std::vector<GuidDress> order = dresses_;
        for (const GuidDress dress : order) {
            if (missing.empty()) break;
            const std::size_t before = missing.size();
            if (!take_from(missing, dress)) {
                std::erase(dresses_, dress);
            } else if (missing.size() < before) {
                std::erase(dresses_, dress);
                dresses_.insert(dresses_.begin(), dress);
            }
        }
        return !dresses_.empty();
    }

    /// A service may give fewer rows than it has: what is missing is asked for until nothing comes.
    /// False when it refuses to be asked for a single row.
    bool take_from(std::vector<GlobalId>& missing, GuidDress dress) {
        std::vector<GlobalId> waiting = std::exchange(missing, {});
        while (!waiting.empty()) {
            const std::size_t some = std::min(at_once_, waiting.size());
            const std::vector<GlobalId> asked(waiting.end() - static_cast<std::ptrdiff_t>(some),
                                              waiting.end());
            const auto rows = query_.rows(asked, dress);
            if (!rows) {
                if (some > 1) {
                    at_once_ = some / 2;
                    continue;
                }
                at_once_ = kRowsAtOnce;
                missing.insert(missing.end(), waiting.begin(), waiting.end());
                return false;
            }
            waiting.erase(waiting.end() - static_cast<std::ptrdiff_t>(some), waiting.end());
            const std::vector<GlobalId> left = compare_all(asked, *rows);
            auto& onto = left.size() < some ? waiting : missing;
            onto.insert(onto.end(), left.begin(), left.end());
        }
        return true;
    }

    /// Those that did not come.
    std::vector<GlobalId> compare_all(const std::vector<GlobalId>& asked,
                                      const std::vector<ServiceRow>& rows) {
        std::set<GlobalId> left(asked.begin(), asked.end());
        for (const ServiceRow& row : rows) {
            if (left.erase(row.feature) > 0) compare(row);
        }
        return {left.begin(), left.end()};
    }

    /// The replica's filter as a query. None, and why, when a query cannot say it.
    std::optional<LayerQuery::Filter> as_query() {
        using wire::QueryOption;
        LayerQuery::Filter form{{"where", filter_.where.empty() ? "1=1" : filter_.where}};
        if (filter_.takes_all()) return LayerQuery::Filter{{"where", "1=1"}};
        if (filter_.option == QueryOption::None) {
            verdict_.others_unknown = filter_.by_relation()
                                          ? "they belong to the replica by relation"
                                          : "the replica takes no features of this layer";
            return std::nullopt;
        }
        if (!filter_.by_place) return form;
        const CreateOptions wishes = wishes_of(replica_);
        if (!replica_.extent_epsg && wishes.replica_epsg) {
            verdict_.others_unknown = "the spatial reference of the replica's area is not known";
            return std::nullopt;
        }
        // A service that is not ours sends all in one reference, which is the layer's here.
        for (auto& entry : area_form(replica_, wishes, layer_.geometry->srs_id)) {
            form.push_back(std::move(entry));
        }
        form.emplace_back("spatialRel", "esriSpatialRelIntersects");
        return form;
    }

    void look_for_others() {
        const auto filter = as_query();
        if (!filter) return;
        std::set<GlobalId> others;
        const bool answered = query_.each(*filter, {seen_.begin(), seen_.end()}, Columns::GlobalId,
                                          [&](ServiceRow&& row) { others.insert(row.feature); });
        if (!answered) {
            verdict_.others_unknown = query_.refusal().sentence();
            return;
        }
        tell_others(others);
    }

    void tell_others(const std::set<GlobalId>& others) {
        for (const GlobalId& feature : others) {
            if (!base_.has(feature)) differs(feature, Kind::OnlyThere);
        }
    }

    /// What is here may lie outside the filter: then the rest of the layer is gone through.
    void by_filter() {
        const auto filter = as_query();
        std::set<GlobalId> others, found;
        const auto take = [&](ServiceRow&& row) {
            if (!base_.has(row.feature)) {
                others.insert(row.feature);
            } else if (found.insert(row.feature).second) {
                compare(row);
            }
        };
        if (filter && !query_.each(*filter, {}, Columns::All, take)) {
            throw_refused(query_.what(), query_.refusal());
        }
        if (filter) tell_others(others);
        const bool all_asked = filter && filter_.takes_all();
        if (!all_asked && found.size() < base_.ids().size()) {
            const bool answered =
                query_.each({{"where", "1=1"}}, {seen_.begin(), seen_.end()}, Columns::All, take);
            if (!answered) throw_refused(query_.what(), query_.refusal());
        }
        for (const GlobalId& feature : base_.ids()) {
            if (!found.contains(feature)) differs(feature, Kind::OnlyHere);
        }
    }

    const Replica& replica_;
    const LayerFilter& filter_;
    const Layer& layer_;
    LayerQuery query_;
    BaseRows base_;
    VerifiedLayer verdict_;
    std::set<std::int64_t> seen_;  ///< object ids there
    std::size_t at_once_ = kRowsAtOnce;
    std::vector<GuidDress> dresses_{kGuidDresses.begin(), kGuidDresses.end()};
};

}  // namespace

VerifiedLayer verify_rows(geodb::Geodatabase& geodatabase, const Replica& replica,
                          ReplicaFilter& filter, const Layer& layer, Questions& questions) {
    return RowVerification(geodatabase, replica, filter, layer, questions).run();
}

}  // namespace rhumb::sync
