// SPDX-License-Identifier: Apache-2.0
#include "sync/client/upload_writer.hpp"

#include "sync/replica/row_json.hpp"

namespace rhumb::sync {
namespace {

using geodb::NetEdit;

/// The three lists of a layer, filled side by side in one walk over its edits.
class LayerEdits {
public:
    LayerEdits(const geodb::Layer& layer, bool whole_rows)
        : layer_(layer), whole_rows_(whole_rows), columns_(sent_columns(layer)) {}

    void take(const NetEdit& edit) {
        switch (edit.kind) {
            case NetEdit::Kind::Insert:
                write_row(add_writer_, layer_, edit.feature, columns_, edit.after);
                break;
            case NetEdit::Kind::Update:
                write_row(update_writer_, layer_, edit.feature,
                          whole_rows_ ? columns_ : edit.changed, edit.after);
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
    const geodb::Layer& layer_;
    bool whole_rows_;
    std::vector<std::size_t> columns_;
    std::string adds_, updates_, deletes_;
    wire::JsonWriter add_writer_{adds_}, update_writer_{updates_}, delete_writer_{deletes_};
    bool empty_ = true;
};

}  // namespace

std::string upload_edits(geodb::Geodatabase& geodatabase, const Replica& replica,
                         geodb::Generation until) {
    std::string text;
    wire::JsonWriter writer(text);
    writer.begin_array();
    for (const ReplicaLayer& agreed : replica.layers) {
        if (!agreed.stopped.empty()) continue;
        const geodb::Layer& layer = geodatabase.layer(agreed.id);
        LayerEdits edits(layer, !replica.speaks_rhumb);
        geodb::NetEdits(geodatabase.database(), layer).each({{0}, until}, [&](NetEdit&& edit) {
            edits.take(edit);
        });
        edits.write(writer);
    }
    writer.end_array();
    return text;
}

}  // namespace rhumb::sync
