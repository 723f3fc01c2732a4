// SPDX-License-Identifier: Apache-2.0
//
// rhumb log: the edits of a replica that its service does not have yet, one by one, with what was
// before and what is now; or what was rejected, or lost in a conflict.

#include "geodb/geodatabase.hpp"
#include "geodb/tracking/net_edits.hpp"
#include "platform/error.hpp"
#include "runtime/tools/commands.hpp"
#include "runtime/tools/output.hpp"
#include "runtime/tools/replica_file.hpp"
#include "runtime/tools/session.hpp"
#include "runtime/tools/sync_output.hpp"
#include "runtime/tools/value_text.hpp"
#include "sync/replica/replica_store.hpp"

#include <algorithm>

namespace rhumb::tool {
namespace {

using geodb::Layer;
using geodb::NetEdit;
using What = LogArguments::What;
using wire::Json;

/// Of an insert or delete all columns that hold something, of an update those that changed.
std::vector<std::size_t> told_columns(const Layer& layer, const NetEdit& edit) {
    if (edit.kind == NetEdit::Kind::Update) return edit.changed;
    const auto& row = edit.kind == NetEdit::Kind::Insert ? edit.after : edit.before;
    std::vector<std::size_t> columns;
    for (std::size_t i = 0; i < layer.column_count(); ++i) {
        const bool identity =
            i < layer.fields.size() && layer.fields[i].type == geodb::FieldType::GlobalId;
        if (!identity && !geodb::is_null(row[i])) columns.push_back(i);
    }
    return columns;
}

std::string text_at(const Layer& layer, std::size_t column, const std::vector<geodb::Value>& row) {
    return row.empty() ? "" : value_text(layer, column, row[column]);
}

class PendingOutput {
public:
    PendingOutput(const Layer& layer, std::int64_t sent_until, JsonList* list)
        : layer_(layer), sent_until_(sent_until), list_(list) {}

    void add(const NetEdit& edit) {
        if (list_ != nullptr) {
            list_->add(json(edit));
        } else {
            print_edit(edit);
        }
    }

private:
    bool sent(const NetEdit& edit) const {
        return !edit.touched_in.empty() && edit.touched_in.front().value <= sent_until_;
    }

    void print_edit(const NetEdit& edit) const {
        print(std::string(sync::name_of(edit.kind)) + " " + layer_.name + " " +
              edit.feature.value.braced() + (sent(edit) ? " (sent, outcome not known yet)" : ""));
        for (const std::size_t column : told_columns(layer_, edit)) {
            std::string line = "  " + layer_.column_name(column) + ": ";
            line += text_at(layer_, column, edit.before);
            if (edit.kind == NetEdit::Kind::Update) line += " -> ";
            print(line + text_at(layer_, column, edit.after));
        }
    }

    Json values(const NetEdit& edit, const std::vector<geodb::Value>& row) const {
        if (row.empty()) return {};
        Json json = Json::Object{};
        for (const std::size_t column : told_columns(layer_, edit)) {
            json.set(layer_.column_name(column), value_json(layer_, column, row[column]));
        }
        return json;
    }

    Json json(const NetEdit& edit) const {
        return Json::Object{{"layer", layer_.name},
                            {"globalId", edit.feature.value.braced()},
                            {"edit", sync::name_of(edit.kind)},
                            {"sent", sent(edit)},
                            {"before", values(edit, edit.before)},
                            {"now", values(edit, edit.after)}};
    }

    const Layer& layer_;
    std::int64_t sent_until_;
    JsonList* list_;
};

std::vector<const Layer*> chosen_layers(const LogArguments& arguments, geodb::Geodatabase& file) {
    std::vector<const Layer*> chosen;
    for (const std::string& name : arguments.layers) chosen.push_back(&file.layer(name));
    if (!arguments.layers.empty()) return chosen;
    for (const Layer& layer : file.layers()) chosen.push_back(&layer);
    return chosen;
}

std::int64_t list_pending(const LogArguments& arguments, geodb::Geodatabase& file, JsonList* list) {
    const auto batch = sync::ReplicaStore(file).batch();
    std::int64_t edits = 0;
    for (const Layer* layer : chosen_layers(arguments, file)) {
        PendingOutput output(*layer, batch ? batch->generation.value : -1, list);
        geodb::NetEdits(file.database(), *layer).each({}, [&](NetEdit&& edit) {
            output.add(edit);
            ++edits;
        });
    }
    return edits;
}

/// `Kept` is a RejectedEdit or a Conflict.
template <class Kept>
std::int64_t list_kept(const std::vector<Kept>& kept, const std::vector<const Layer*>& layers,
                       const std::function<void(const Kept&)>& show) {
    std::int64_t shown = 0;
    for (const Kept& one : kept) {
        const bool chosen = std::any_of(layers.begin(), layers.end(),
                                        [&](const Layer* layer) { return layer->id == one.layer; });
        if (!chosen) continue;
        show(one);
        ++shown;
    }
    return shown;
}

std::int64_t list(const LogArguments& arguments, geodb::Geodatabase& file, JsonList* json) {
    const sync::ReplicaStore store(file);
    const auto layers = chosen_layers(arguments, file);
    switch (arguments.what) {
        case What::Pending:
            break;
        case What::Rejected:
            return list_kept<sync::RejectedEdit>(store.rejected(), layers, [&](const auto& edit) {
                if (json != nullptr) return json->add(rejected_json(edit, file));
                print(rejected_text(edit, file));
            });
        case What::Conflicts:
            return list_kept<sync::Conflict>(store.conflicts(), layers, [&](const auto& conflict) {
                if (json != nullptr) return json->add(conflict_json(conflict, file));
                print(conflict_text(conflict, file));
            });
    }
    return list_pending(arguments, file, json);
}

const char* nothing_text(What what) {
    switch (what) {
        case What::Rejected:
            return "no rejected edits";
        case What::Conflicts:
            return "no conflicts";
        case What::Pending:
            break;
    }
    return "no pending edits";
}

}  // namespace

int run(const LogArguments& arguments, Session& session) {
    auto file =
        geodb::Geodatabase::open(arguments.file, session.world(), geodb::Geodatabase::Access::Read);
    const ReplicaState state = replica_state(file);
    if (state == ReplicaState::None || state == ReplicaState::HalfMade) require_ready(file);
    if (session.json()) {
        JsonList json;
        list(arguments, file, &json);
        json.end();
    } else if (list(arguments, file, nullptr) == 0) {
        print(nothing_text(arguments.what));
    }
    return kDone;
}

}  // namespace rhumb::tool
