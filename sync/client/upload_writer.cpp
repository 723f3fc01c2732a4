// SPDX-License-Identifier: Apache-2.0
#include "sync/client/upload_writer.hpp"

#include "sync/replica/row_json.hpp"

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
    LayerEdits(const geodb::Layer& layer, bool whole_rows, const NeverArrived& never_arrived,
               const std::filesystem::path& file)
        : layer_(layer),
          whole_rows_(whole_rows),
          never_arrived_(never_arrived),
          columns_(sent_columns(layer)),
          adds_(beside(file, "-adds")),
          updates_(beside(file, "-updates")),
          deletes_(beside(file, "-deletes")) {}

    void take(const NetEdit& edit) {
        const bool unknown_there = never_arrived_.count({layer_.id, edit.feature}) > 0;
        switch (edit.kind) {
            case NetEdit::Kind::Insert:
                write_row(adds_.next(), layer_, edit.feature, columns_, edit.after);
                break;
            case NetEdit::Kind::Update:
                write_row((unknown_there ? adds_ : updates_).next(), layer_, edit.feature,
                          whole_rows_ || unknown_there ? columns_ : edit.changed, edit.after);
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
    const geodb::Layer& layer_;
    bool whole_rows_;
    const NeverArrived& never_arrived_;
    std::vector<std::size_t> columns_;
    List adds_, updates_, deletes_;
    bool empty_ = true;
};

}  // namespace

void write_upload_edits(geodb::Geodatabase& geodatabase, const Replica& replica,
                        geodb::Generation until, const NeverArrived& never_arrived,
                        const BatchSlices& slices, const std::filesystem::path& file,
                        Spool& out) {
    out.append("[");
    bool first = true;
    for (const ReplicaLayer& agreed : replica.layers) {
        const geodb::Layer& layer = geodatabase.layer(agreed.id);
        LayerEdits edits(layer, !replica.speaks_rhumb, never_arrived, file);
        geodb::NetEdits(geodatabase.database(), layer).each({{0}, until}, [&](NetEdit&& edit) {
            if (slices.has(edit.feature)) edits.take(edit);
        });
        if (edits.empty()) continue;
        if (!first) out.append(",");
        first = false;
        edits.write(out);
    }
    out.append("]");
}

}  // namespace rhumb::sync
