// SPDX-License-Identifier: Apache-2.0
#include "sync/service/edits/edit_features.hpp"

#include "platform/error.hpp"
#include "platform/text.hpp"
#include "sync/service/edits/edit_call.hpp"
#include "sync/service/edits/edit_set.hpp"
#include "sync/service/edits/layer_edits.hpp"
#include "sync/service/query/spatial_parameters.hpp"

#include <algorithm>
#include <memory>
#include <utility>

namespace rhumb::service {
namespace {

using wire::EditResult;

void write_rows(wire::JsonWriter& writer, Spool& spool, const char* name,
                const std::vector<EditResult>& rows) {
    writer.key(name).begin_array();
    for (const EditResult& result : rows) {
        wire::write_edit_result(writer, result);
        spool.settle();
    }
    writer.end_array();
}

http::Response edit_features(const Call& call, const Layer& layer, EditKind kind, EditList list,
                             const char* results_name) {
    EditRules rules = edit_rules_parameters(call);
    rules.by_global_id = false;  // these operations know object ids alone
    rules.list = "features";
    const bool with_moment = boolean_parameter(call.parameters, "returnEditMoment", false);
    const auto document = single_list_of(call, layer.id, list, "features");
    EditSet edits(call, *document, rules);
    return edit_and_answer(
        call, [&](StoreTransaction& transaction) { edits.apply(transaction); },
        [&](wire::JsonWriter& writer, Spool& spool) {
            writer.begin_object();
            write_rows(writer, spool, results_name, edits.results()[0].of(kind));
            if (with_moment) writer.key("editMoment").integer(rules.editor.now_ms);
            writer.end_object();
        });
}

/// What a deletion selects.
struct Doomed {
    std::vector<std::int64_t> ids;
    StoreQuery query;
    std::unique_ptr<geodb::SpatialFilter> area;
    bool by_ids_alone = false;
};

Doomed read_doomed(const Call& call, const Layer& layer) {
    Doomed doomed;
    doomed.query.layer = layer.id;
    doomed.query.user = call.owner;
    doomed.query.where = trimmed(call.parameters.get("where"));
    doomed.ids = integer_list_parameter(call.parameters, "objectIds");
    doomed.area = spatial_parameters(call.parameters, layer, call.limits.input);
    const bool ids = call.parameters.has("objectIds");
    doomed.by_ids_alone = ids && doomed.query.where.empty() && !doomed.area;
    if (!ids && doomed.query.where.empty() && !doomed.area) {
        throw Error(Status::InvalidArgument,
                    "one of 'objectIds', 'where' and 'geometry' must be there");
    }
    if (ids) {
        doomed.query.object_ids.emplace();
        for (const std::int64_t id : doomed.ids) doomed.query.object_ids->push_back({id});
    }
    return doomed;
}

std::vector<ObjectId> selected(const Doomed& doomed, StoreTransaction& transaction) {
    if (doomed.by_ids_alone) return *doomed.query.object_ids;  // missing ones are told of
    StoreQuery query = doomed.query;
    if (doomed.area) query.area = doomed.area.get();
    return transaction.select(query);
}

}  // namespace

http::Response add_features(const Call& call, const Layer& layer) {
    return edit_features(call, layer, EditKind::Add, EditList::Adds, "addResults");
}

http::Response update_features(const Call& call, const Layer& layer) {
    return edit_features(call, layer, EditKind::Update, EditList::Updates, "updateResults");
}

http::Response delete_features(const Call& call, const Layer& layer) {
    require_edit_capability(call, EditKind::Delete);
    const EditRules rules = edit_rules_parameters(call);
    const bool with_results = boolean_parameter(call.parameters, "returnDeleteResults", true);
    const bool with_moment = boolean_parameter(call.parameters, "returnEditMoment", false);
    const Doomed doomed = read_doomed(call, layer);
    std::vector<EditResult> results;
    bool all = true;
    const EditListener listener{[&](EditKind, std::size_t, EditResult&& result) {
        all = all && result.success;
        if (with_results) results.push_back(std::move(result));
    }};
    return edit_and_answer(
        call,
        [&](StoreTransaction& transaction) {
            LayerEdits edits(call.store, layer, transaction, rules, listener);
            std::size_t row = 0;
            for (const ObjectId feature : selected(doomed, transaction)) {
                edits.erase(row++, feature);
            }
        },
        [&](wire::JsonWriter& writer, Spool& spool) {
            writer.begin_object();
            if (with_results) {
                write_rows(writer, spool, "deleteResults", results);
            } else {
                writer.key("success").boolean(all);
            }
            if (with_moment) writer.key("editMoment").integer(rules.editor.now_ms);
            writer.end_object();
        });
}

}  // namespace rhumb::service
