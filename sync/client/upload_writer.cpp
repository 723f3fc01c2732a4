// SPDX-License-Identifier: Apache-2.0
#include "sync/client/upload_writer.hpp"

#include "geodb/relationships/relationship.hpp"
#include "sync/replica/row_json.hpp"

#include <algorithm>

namespace rhumb::sync {
namespace {

using geodb::NetEdit;

/// The three lists of a layer, filled side by side in one walk over its edits.
class LayerEdits {
public:
    LayerEdits(const geodb::Layer& layer, bool whole_rows, const NeverArrived& never_arrived)
        : layer_(layer),
          whole_rows_(whole_rows),
          never_arrived_(never_arrived),
          columns_(sent_columns(layer)) {}

    void take(const NetEdit& edit) {
        const bool unknown_there = never_arrived_.count({layer_.id, edit.feature}) > 0;
        switch (edit.kind) {
            case NetEdit::Kind::Insert:
                write_row(add_writer_, layer_, edit.feature, columns_, edit.after);
                break;
            case NetEdit::Kind::Update:
                write_row(unknown_there ? add_writer_ : update_writer_, layer_, edit.feature,
                          unknown_there ? columns_
                          : whole_rows_ ? all_but_unmoved_shape(edit)
                                        : edit.changed,
                          edit.after);
                break;
            case NetEdit::Kind::Delete:
                delete_writer_.string(edit.feature.value.braced());
                break;
        }
        empty_ = false;
    }

    void write(wire::JsonWriter& writer) const {
        if (empty_) return;
        writer.begin_object().key("id").integer(layer_.id.value);
        writer.key("features").begin_object();
        writer.key("adds").raw("[" + adds_ + "]");
        writer.key("updates").raw("[" + updates_ + "]");
        writer.key("deleteIds").raw("[" + deletes_ + "]");
        writer.end_object().end_object();
    }

private:
    /// A geometry that nobody moved stays at home: projected there and back it would come back
    /// changed. Its absence means "unchanged" (ArcGIS REST, updates).
    std::vector<std::size_t> all_but_unmoved_shape(const NetEdit& edit) const {
        std::vector<std::size_t> columns = columns_;
        if (!layer_.geometry) return columns;
        const auto& changed = edit.changed;
        const std::size_t shape = layer_.geometry_index();
        const bool moved = std::find(changed.begin(), changed.end(), shape) != changed.end();
        if (!moved) std::erase(columns, shape);
        return columns;
    }

    const geodb::Layer& layer_;
    bool whole_rows_;
    const NeverArrived& never_arrived_;
    std::vector<std::size_t> columns_;
    std::string adds_, updates_, deletes_;
    wire::JsonWriter add_writer_{adds_}, update_writer_{updates_}, delete_writer_{deletes_};
    bool empty_ = true;
};

}  // namespace

std::string upload_edits(geodb::Geodatabase& geodatabase, const Replica& replica,
                         geodb::Generation until, const NeverArrived& never_arrived) {
    std::string text;
    wire::JsonWriter writer(text);
    writer.begin_array();
    // Services take adds in the order they come: parents go before their children.
    std::vector<geodb::LayerId> layers;
    for (const ReplicaLayer& agreed : replica.layers) layers.push_back(agreed.id);
    const auto relationships =
        geodb::read_relationships(geodatabase.database(), geodatabase.layers());
    for (const geodb::LayerId id : geodb::parents_first(std::move(layers), relationships)) {
        const geodb::Layer& layer = geodatabase.layer(id);
        LayerEdits edits(layer, !replica.speaks_rhumb, never_arrived);
        geodb::NetEdits(geodatabase.database(), layer).each({{0}, until}, [&](NetEdit&& edit) {
            edits.take(edit);
        });
        edits.write(writer);
    }
    writer.end_array();
    return text;
}

}  // namespace rhumb::sync
