// SPDX-License-Identifier: Apache-2.0
#include "sync/service/edits/edited_features.hpp"

#include "sync/wire/spatial_reference.hpp"

namespace rhumb::service {

EditedFeatures::EditedFeatures(const Call& call, const Layer& layer)
    : layer_(layer),
      features_(layer, wire::json_columns(layer), {}),
      adds_(call),
      updates_(call),
      deletes_(call) {}

void EditedFeatures::write_feature(wire::JsonWriter& writer, ObjectId oid,
                                   const std::vector<Value>& row) const {
    features_.write(writer, oid,
                    [&](std::size_t column) -> const Value& { return row[column]; });
}

void EditedFeatures::take(const EditedRow& row) {
    List& list = row.kind == EditKind::Add      ? adds_
                 : row.kind == EditKind::Update ? updates_
                                                : deletes_;
    if (row.kind == EditKind::Update) list.writer.begin_array();
    if (row.before != nullptr) write_feature(list.writer, row.oid, *row.before);
    if (row.after != nullptr) write_feature(list.writer, row.oid, *row.after);
    if (row.kind == EditKind::Update) list.writer.end_array();
    list.spool.settle();
}

void EditedFeatures::write(wire::JsonWriter& writer, Spool& spool) {
    writer.key("editedFeatures").begin_object();
    const auto put = [&](const char* name, List& list) {
        writer.key(name).raw("[");
        spool.append(list.spool);
        spool.append("]");
    };
    put("adds", adds_);
    put("updates", updates_);
    put("deletes", deletes_);
    if (layer_.geometry) {
        writer.key("spatialReference");
        wire::write_spatial_reference(writer, layer_.geometry->srs_id);
    }
    writer.end_object();
}

}  // namespace rhumb::service
