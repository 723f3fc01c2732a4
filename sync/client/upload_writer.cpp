// SPDX-License-Identifier: Apache-2.0
#include "sync/client/upload_writer.hpp"

#include "geodb/relationships/relationship.hpp"
#include "platform/text.hpp"
#include "sync/replica/row_json.hpp"

#include <algorithm>

namespace rhumb::sync {
namespace {

using geodb::NetEdit;

/// One of the three lists of a layer; a long one goes to a file.
class List {
public:
    explicit List(const std::filesystem::path& file) : spool_(file) {}
    wire::JsonWriter& next() {
        spool_.settle();
        return writer_;
    }
    void put(const char* name, Spool& out) {
        out.append(name);
        out.append(spool_);
        out.append("]");
    }

private:
    Spool spool_;
    wire::JsonWriter writer_{spool_.buffer()};
};

std::filesystem::path beside(const std::filesystem::path& file, const char* ending) {
    std::filesystem::path path = file;
    path += ending;
    return path;
}

/// The three lists of a layer, filled side by side in one walk over its edits.
class LayerEdits {
public:
    LayerEdits(const geodb::Layer& layer, bool whole_rows, const std::set<std::string>& read_only,
               const std::filesystem::path& file)
        : layer_(layer),
          whole_rows_(whole_rows),
          columns_(columns_of(layer, read_only)),
          adds_(beside(file, "-adds")),
          updates_(beside(file, "-updates")),
          deletes_(beside(file, "-deletes")) {}

    void take(const NetEdit& edit) {
        switch (edit.kind) {
            case NetEdit::Kind::Insert:
                write_row(adds_.next(), layer_, edit.feature, columns_, edit.after);
                break;
            case NetEdit::Kind::Update:
                write_row(updates_.next(), layer_, edit.feature,
                          whole_rows_ ? all_but_unmoved_shape(edit) : edit.changed, edit.after);
                break;
            case NetEdit::Kind::Delete:
                deletes_.next().string(edit.feature.value.braced());
                break;
        }
        empty_ = false;
    }

    bool empty() const { return empty_; }
    void write(Spool& out) {
        out.append("{\"id\":" + std::to_string(layer_.id.value));
        adds_.put(",\"features\":{\"adds\":[", out);
        updates_.put(",\"updates\":[", out);
        deletes_.put(",\"deleteIds\":[", out);
        out.append("}}");
    }

private:
    static std::vector<std::size_t> columns_of(const geodb::Layer& layer,
                                               const std::set<std::string>& read_only) {
        std::vector<std::size_t> columns = sent_columns(layer);
        std::erase_if(columns, [&](std::size_t column) {
            return column < layer.fields.size() &&
                   read_only.count(lowered(layer.fields[column].name)) > 0;
        });
        return columns;
    }

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
    std::vector<std::size_t> columns_;
    List adds_, updates_, deletes_;
    bool empty_ = true;
};

}  // namespace

void write_upload_edits(geodb::Geodatabase& geodatabase, const Replica& replica,
                        const std::set<geodb::LayerId>& layers, geodb::Generation until,
                        const BatchSlices& slices, const ReadOnlyFields& read_only,
                        const std::filesystem::path& file, Spool& out) {
    out.append("[");
    bool first = true;
    // Services take adds in the order they come: parents go before their children.
    const std::vector<geodb::LayerId> sent(layers.begin(), layers.end());
    const auto relationships =
        geodb::read_relationships(geodatabase.database(), geodatabase.layers());
    for (const geodb::LayerId id : geodb::parents_first(sent, relationships)) {
        const geodb::Layer& layer = geodatabase.layer(id);
        const auto filled = read_only.find(id);
        LayerEdits edits(layer, !replica.speaks_rhumb,
                         filled != read_only.end() ? filled->second : std::set<std::string>{},
                         file);
        geodb::NetEdits(geodatabase.database(), layer)
            .each(
                {{0}, until},
                [&](NetEdit&& edit) {
                    if (slices.has(edit.feature)) edits.take(edit);
                },
                {.whole_rows = !replica.speaks_rhumb, .old_values = false, .by_object_id = false});
        if (edits.empty()) continue;
        if (!first) out.append(",");
        first = false;
        edits.write(out);
    }
    out.append("]");
}

}  // namespace rhumb::sync
