// SPDX-License-Identifier: Apache-2.0
#include "geodb/features/feature_writer.hpp"

#include "geodb/attachments/attachments.hpp"
#include "geodb/geometry/gpb.hpp"
#include "geodb/relationships/relationship.hpp"
#include "geodb/tracking/edit_log.hpp"
#include "platform/error.hpp"

#include <algorithm>

namespace rhumb::geodb {
namespace {

using sqlite::SilencedTriggers;
using sqlite::Statement;

/// SQLite's own words name table and column; ours name the layer.
[[noreturn]] void rethrow_constraint(const Layer& layer, const Error& error) {
    constexpr std::int64_t kUnique = 2067;   // SQLITE_CONSTRAINT_UNIQUE
    constexpr std::int64_t kNotNull = 1299;  // SQLITE_CONSTRAINT_NOTNULL
    if (error.status() != Status::ConstraintViolated)
        throw error.within("layer '" + layer.name + "'");
    const bool unique = error.detail_code() == kUnique;
    const std::string identity = layer.table + "." + layer.global_id_column;
    const bool is_identity = unique && error.message().find(identity) != std::string::npos;
    const EditFault fault = is_identity                       ? EditFault::GlobalIdExists
                            : unique                          ? EditFault::NotUnique
                            : error.detail_code() == kNotNull ? EditFault::NullNotAllowed
                                                              : EditFault::StoreRefused;
    refuse(fault, "layer '" + layer.name + "': " + error.message());
}

/// Runs a statement; whatever happens it is reset, so that it holds nothing.
void run_checked(const Layer& layer, Statement& statement) {
    try {
        statement.run();
    } catch (const Error& error) {
        statement.reset();
        rethrow_constraint(layer, error);
    }
}

}  // namespace

/// The triggers that log are silent while a statement runs for which triggers fire.
class FeatureWriter::Silence {
public:
    Silence(FeatureWriter& writer, bool bare) {
        if (bare || writer.triggers_log_) return;
        if (writer.silenced_.empty()) writer.silenced_ = writer.triggers_to_silence();
        silence_.emplace(writer.database_, writer.silenced_);
    }

private:
    std::optional<SilencedTriggers> silence_;
};

FeatureWriter::FeatureWriter(Geodatabase& geodatabase, const Layer& layer, Tracking tracking)
    : geodatabase_(geodatabase),
      database_(geodatabase.database()),
      generation_(geodatabase.begin_edits(layer)),
      layer_(layer),
      duties_(geodatabase.layer(layer.id).duties),
      triggers_log_(tracking == Tracking::Logged &&
                    geodatabase.layer(layer.id).has_foreign_triggers),
      mode_{tracking == Tracking::Logged && !triggers_log_, duties_.has_value(),
            duties_ && duties_->deletes_fire},
      statements_(geodatabase.edit_statements(layer, mode_)),
      clears_log_(tracking == Tracking::Unlogged && has_open_entries()) {}

FeatureWriter::~FeatureWriter() = default;

std::vector<std::string> FeatureWriter::triggers_to_silence() const {
    std::vector<std::string> names = tracking_triggers(layer_);
    // What comes from the service has decided about the children too, and edits of them that are
    // pending here must not go silently.
    if (mode_.logs) return names;
    names.push_back(children_trigger(layer_.id));
    // The attachments go with a feature, and are no edits then.
    const auto& attachments = attachment_triggers();
    names.insert(names.end(), attachments.begin(), attachments.end());
    return names;
}

bool FeatureWriter::has_open_entries() {
    if (!database_.has_table(edit_table(layer_.id))) return false;  // finish_layer makes it
    Statement& look = database_.cached("SELECT 1 FROM " + edit_table(layer_.id) +
                                       " WHERE generation >= ?1 LIMIT 1");
    const bool found = look.bind(1, generation_.value).step();
    look.reset();
    return found;
}

void FeatureWriter::clear_log_of(ObjectId feature) {
    statements_->forget_made().bind(1, generation_.value).bind(2, feature.value).run();
}

void FeatureWriter::log_kept(EditStatements::KeptLog& log, std::int64_t known, ObjectId feature) {
    const auto run = [&](Statement& statement) {
        statement.bind(1, generation_.value).bind(2, known).bind(3, feature.value);
        int parameter = 4;
        for (const Value& value : database_.kept()) statement.bind_borrowed(parameter++, value);
        statement.run();
    };
    run(log.first);
    if (database_.changes() == 0) run(statements_->again(log));
}

void FeatureWriter::put_box(ObjectId feature, const Value& shape) {
    const auto* blob = std::get_if<Blob>(&shape);
    const auto box = blob != nullptr ? gpb_envelope(*blob) : std::nullopt;
    if (!box) {
        statements_->erase_box().bind(1, feature.value).run();
        return;
    }
    Statement& put = statements_->put_box();
    put.bind(1, feature.value).bind(2, box->min_x).bind(3, box->max_x);
    put.bind(4, box->min_y).bind(5, box->max_y).run();
}

void FeatureWriter::count_rows(std::int64_t difference) {
    statements_->count_rows().bind(1, difference).run();
}

ObjectId FeatureWriter::insert(std::vector<Value>& values, const std::vector<std::size_t>& unsaid) {
    const Silence silence(*this, mode_.bare);
    Value& identity = values[layer_.global_id_index()];
    if (is_null(identity)) identity = geodatabase_.new_global_id().value.braced();
    Statement& put = statements_->insert(values, unsaid);
    for (std::size_t i = 0; i < values.size(); ++i) {
        // The values left out stand for a default and are NULL; at the end they have no parameter.
        if (!is_null(values[i])) put.bind_borrowed(static_cast<int>(i) + 1, values[i]);
    }
    run_checked(layer_, put);
    if (database_.changes() == 0) {
        refuse(EditFault::ValueRefused,
               "layer '" + layer_.name + "': a trigger of the table ignored the new row");
    }
    const ObjectId made{database_.last_insert_rowid()};
    if (mode_.logs) {
        statements_->log_made().bind(1, generation_.value).bind(2, made.value).run();
    }
    if (clears_log_) clear_log_of(made);
    if (mode_.bare && duties_->rtree && !is_null(values[layer_.geometry_index()])) {
        put_box(made, values[layer_.geometry_index()]);
    }
    if (mode_.bare && duties_->row_count) count_rows(1);
    ++edits_;
    return made;
}

bool FeatureWriter::update(ObjectId feature, const std::vector<ColumnValue>& changes) {
    if (changes.empty()) return read(feature).has_value();
    // Before the statement: SQLite decides what is silent when it compiles it.
    const Silence silence(*this, statements_->is_bare(changes));
    EditStatements::Update& update = statements_->update(changes);
    if (update.log_before) {
        update.log_before->bind(1, generation_.value).bind(2, update.known);
        update.log_before->bind(3, feature.value).run();
    }
    int parameter = 1;
    for (const ColumnValue& change : changes) {
        update.change.bind_borrowed(parameter++, change.value);
    }
    update.change.bind(parameter, feature.value);
    run_checked(layer_, update.change);
    if (database_.changes() == 0) return false;
    if (update.log_kept) log_kept(*update.log_kept, update.known, feature);
    if (update.bare && duties_->rtree) {
        for (const ColumnValue& change : changes) {
            if (change.column == layer_.geometry_index()) put_box(feature, change.value);
        }
    }
    ++edits_;
    return true;
}

bool FeatureWriter::erase(ObjectId feature) {
    const bool bare = statements_->erases_bare();
    const Silence silence(*this, bare);
    Statement& erase = statements_->erase();
    const bool log_before = mode_.logs && !statements_->keeps_row();
    if (log_before) {
        Statement& log = statements_->log_row_before();
        log.bind(1, generation_.value).bind(2, kAllColumns).bind(3, feature.value).run();
    }
    erase.bind(1, feature.value);
    run_checked(layer_, erase);
    if (database_.changes() == 0) return false;
    if (statements_->keeps_row()) log_kept(statements_->log_row_kept(), kAllColumns, feature);
    if (bare && duties_->rtree) statements_->erase_box().bind(1, feature.value).run();
    if (bare && duties_->row_count) count_rows(-1);
    ++edits_;
    return true;
}

std::optional<ObjectId> FeatureWriter::find(const GlobalId& feature) {
    Statement& find = statements_->find();
    find.bind(1, feature.value.braced());
    std::optional<ObjectId> found;
    if (find.step()) found = ObjectId{find.column_int64(0)};
    find.reset();
    return found;
}

std::optional<Row> FeatureWriter::read(ObjectId feature) {
    Statement& read = statements_->read();
    read.bind(1, feature.value);
    std::optional<Row> row;
    if (read.step()) {
        row.emplace();
        row->oid = feature;
        for (std::size_t i = 0; i < layer_.column_count(); ++i) {
            row->values.push_back(read.column_value(static_cast<int>(i)));
        }
    }
    read.reset();
    return row;
}

}  // namespace rhumb::geodb
