// SPDX-License-Identifier: Apache-2.0
#include "sync/replica/rescue.hpp"

#include "geodb/features/feature_writer.hpp"
#include "geodb/sqlite/statement.hpp"
#include "geodb/sqlite/transaction.hpp"
#include "geodb/tracking/edit_log.hpp"
#include "platform/date_time.hpp"
#include "platform/error.hpp"
#include "sync/replica/replica_store.hpp"

#include <functional>
#include <limits>
#include <map>
#include <optional>
#include <utility>

namespace rhumb::sync {
namespace {

using geodb::FeatureWriter;
using geodb::Field;
using geodb::FieldType;
using geodb::Layer;
using geodb::LayerPlan;
using geodb::Value;
using geodb::sqlite::quoted_name;
using geodb::sqlite::Statement;

/// So many losses of one layer are named, the others counted.
constexpr std::size_t kNamedLosses = 100;
/// A list whose end cannot be read is asked for entry by entry up to this number.
constexpr std::int64_t kMostListed = 1'000'000;
constexpr std::int64_t kMostSane = std::int64_t{1} << 60;  ///< of what a damaged page says

std::string column_list(const Layer& layer,
                        const std::function<std::string(std::size_t)>& name_of) {
    std::string sql;
    for (std::size_t i = 0; i < layer.column_count(); ++i) sql += (i ? ", " : "") + name_of(i);
    return sql;
}

/// The entries of an edit log in their order, past what cannot be read.
class LogScan {
public:
    struct Key {
        std::int64_t generation, feature;
    };
    using OnKey = std::function<void(const Key&)>;
    using OnLoss = std::function<void(const std::string&)>;

    LogScan(geodb::sqlite::Database& database, const Layer& layer)
        : database_(database),
          sql_("SELECT generation, fid FROM " + geodb::edit_table(layer.id) +
               " WHERE (generation, fid) >= (?1, ?2) ORDER BY generation, fid") {}

    void each(const OnKey& on_key, const OnLoss& on_loss) {
        Key at{std::numeric_limits<std::int64_t>::min(), 0};
        for (;;) {
            std::string why;
            const bool to_the_end = read_from(at, on_key, why);
            if (to_the_end) return;
            on_loss("the edit log cannot be read behind generation " +
                    std::to_string(at.generation) + ", row " + std::to_string(at.feature) + ": " +
                    why);
            const auto next = readable_behind(at);
            if (!next) return;
            at = *next;
        }
    }

private:
    static bool is_sane(const Key& key) {
        return key.generation >= -1 && key.generation < kMostSane && key.feature < kMostSane &&
               key.feature > -kMostSane;
    }

    /// `at` becomes the first key that was not read.
    bool read_from(Key& at, const OnKey& on_key, std::string& why) {
        try {
            Statement rows(database_, sql_);
            rows.bind(1, at.generation).bind(2, at.feature);
            while (rows.step()) {
                const Key key{rows.column_int64(0), rows.column_int64(1)};
                if (!is_sane(key)) throw Error(Status::CorruptData, "an entry makes no sense");
                at = {key.generation, key.feature + 1};
                on_key(key);
            }
            return true;
        } catch (const Error& error) {
            why = error.message();
            return false;
        }
    }

    std::optional<Key> first_from(const Key& from) {
        try {
            Statement rows(database_, sql_);
            rows.bind(1, from.generation).bind(2, from.feature);
            if (!rows.step()) return std::nullopt;
            const Key key{rows.column_int64(0), rows.column_int64(1)};
            if (is_sane(key)) return key;
        } catch (const Error&) {  // still within the damage
        }
        return std::nullopt;
    }

    /// Farther and farther behind `at`, then back to where reading begins to work.
    std::optional<Key> readable_behind(const Key& at) {
        const auto behind = [&](bool generations, std::int64_t step) {
            return generations ? first_from({at.generation + step, 0})
                               : first_from({at.generation, at.feature + step});
        };
        for (const bool generations : {false, true}) {
            if (generations && at.generation == std::numeric_limits<std::int64_t>::min()) break;
            for (std::int64_t step = 1; step < (std::int64_t{1} << 40); step *= 2) {
                if (!behind(generations, step)) continue;
                std::int64_t bad = step / 2, good = step;
                while (good - bad > 1) {
                    const std::int64_t middle = bad + (good - bad) / 2;
                    (behind(generations, middle) ? good : bad) = middle;
                }
                return behind(generations, good);
            }
        }
        // Nothing was readable yet: generations of a replica are small numbers.
        if (at.generation != std::numeric_limits<std::int64_t>::min()) return std::nullopt;
        for (std::int64_t generation = -1; generation < (1 << 20); ++generation) {
            if (auto key = first_from({generation, 0})) return key;
        }
        return std::nullopt;
    }

    geodb::sqlite::Database& database_;
    std::string sql_;
};

/// One layer: the edits that its log tells, into the layer beside it.
class LayerRescue {
public:
    LayerRescue(geodb::Geodatabase& damaged, const Layer& layer, geodb::Geodatabase& target)
        : damaged_(damaged), layer_(layer), target_(target), found_{layer.name} {}

    RescuedLayer run() {
        std::map<std::int64_t, std::vector<std::int64_t>> features;  // generations, by row
        LogScan(damaged_.database(), layer_)
            .each([&](const auto& key) { features[key.feature].push_back(key.generation); },
                  [&](const std::string& loss) { lose(loss); });
        for (const auto& [feature, generations] : features) {
            try {
                rescue(feature, generations);
            } catch (const Error& error) {
                lose("row " + std::to_string(feature) + ": " + error.message());
            }
        }
        if (writer_) {
            writer_.reset();
            target_.finish_layer(out_->id);
        }
        if (unnamed_ > 0) found_.lost.push_back("and " + std::to_string(unnamed_) + " more");
        return std::move(found_);
    }

private:
    struct Base {
        bool existed = true;
        std::vector<std::optional<Value>> values;
    };

    void lose(const std::string& what) {
        if (found_.lost.size() < kNamedLosses) return found_.lost.push_back(what);
        ++unnamed_;
    }

    /// What the feature was before its oldest entry that can be read.
    Base base_of(std::int64_t feature, const std::vector<std::int64_t>& generations) {
        Base base;
        base.values.resize(layer_.column_count());
        const std::string old =
            column_list(layer_, [&](std::size_t i) { return geodb::old_column(layer_, i); });
        Statement row(damaged_.database(), "SELECT existed, known, " + old + " FROM " +
                                               geodb::edit_table(layer_.id) +
                                               " WHERE generation = ?1 AND fid = ?2");
        for (std::size_t entry = 0; entry < generations.size(); ++entry) {
            row.reset();
            row.bind(1, generations[entry]).bind(2, feature);
            if (!row.step()) continue;
            if (entry == 0) base.existed = row.column_int64(0) != 0;
            const std::int64_t known = row.column_int64(1);
            for (std::size_t i = 0; i < layer_.column_count(); ++i) {
                const bool told =
                    known == geodb::kAllColumns || (known & geodb::known_bit(layer_, i)) != 0;
                if (told && !base.values[i])
                    base.values[i] = row.column_value(static_cast<int>(i) + 2);
            }
        }
        return base;
    }

    std::optional<std::vector<Value>> row_now(std::int64_t feature) {
        const std::string columns =
            column_list(layer_, [&](std::size_t i) { return quoted_name(layer_.column_name(i)); });
        Statement row(damaged_.database(), "SELECT " + columns + " FROM " +
                                               quoted_name(layer_.table) + " WHERE " +
                                               quoted_name(layer_.fid_column) + " = ?1");
        if (!row.bind(1, feature).step()) return std::nullopt;
        std::vector<Value> values;
        for (std::size_t i = 0; i < layer_.column_count(); ++i) {
            values.push_back(row.column_value(static_cast<int>(i)));
        }
        return values;
    }

    static std::optional<Uuid> identity(const Value& value) {
        const auto* text = std::get_if<std::string>(&value);
        return text != nullptr ? Uuid::parse(*text) : std::nullopt;
    }

    void rescue(std::int64_t feature, const std::vector<std::int64_t>& generations) {
        const Base base = base_of(feature, generations);
        const auto now = row_now(feature);
        const bool parked = generations.front() < 0;
        std::vector<Value> before;
        for (const auto& value : base.values) before.push_back(value.value_or(Value{}));
        const std::size_t id = layer_.global_id_index();
        const auto was = identity(before[id]);
        // Another feature may have taken the row since.
        const bool replaced = base.existed && now && was && identity((*now)[id]) != was;
        if (base.existed && (!now || replaced)) put("delete", parked, before, found_.deletes);
        if (!now) return;
        const bool made = !base.existed || replaced;
        put(made ? "insert" : "update", parked, *now, made ? found_.inserts : found_.updates);
    }

    void put(const char* kind, bool parked, const std::vector<Value>& values, std::int64_t& count) {
        if (!identity(values[layer_.global_id_index()])) {
            return lose(std::string(kind) + " of a feature whose GlobalID cannot be read");
        }
        if (!writer_) make_layer();
        std::vector<Value> row(out_->column_count());
        for (std::size_t i = 0; i < layer_.column_count(); ++i) row[places_[i]] = values[i];
        row[*out_->find_field("rhumb_kind")] = std::string(kind);
        row[*out_->find_field("rhumb_state")] = std::string(parked ? "parked" : "pending");
        writer_->insert(row);
        ++count;
    }

    void make_layer() {
        LayerPlan plan;
        plan.name = layer_.name + "_pending";
        plan.geometry = layer_.geometry;
        for (Field field : layer_.fields) {
            field.nullable = true;
            field.domain.reset();
            field.default_sql.reset();
            plan.fields.push_back(std::move(field));
        }
        for (const char* name : {"rhumb_kind", "rhumb_state"}) {
            Field field;
            field.name = name;
            field.type = FieldType::String;
            plan.fields.push_back(std::move(field));
        }
        out_ = &target_.add_layer(plan);
        for (std::size_t i = 0; i < layer_.fields.size(); ++i) {
            places_.push_back(*out_->find_field(layer_.fields[i].name));
        }
        if (layer_.geometry) places_.push_back(out_->geometry_index());
        writer_.emplace(target_, *out_, FeatureWriter::Tracking::Unlogged);
    }

    geodb::Geodatabase& damaged_;
    const Layer& layer_;
    geodb::Geodatabase& target_;
    RescuedLayer found_;
    std::size_t unnamed_ = 0;
    const Layer* out_ = nullptr;
    std::vector<std::size_t> places_;
    std::optional<FeatureWriter> writer_;
};

/// A list of the replica: at once, or entry by entry when some of it cannot be read.
template <class Entry>
std::vector<Entry> read_list(const char* what, const std::function<std::vector<Entry>()>& all,
                             const std::function<Entry(std::int64_t)>& one,
                             std::vector<std::string>& lost) {
    try {
        return all();
    } catch (const Error& error) {
        lost.push_back(std::string("the list of ") + what + ": " + error.message());
    }
    std::vector<Entry> found;
    int damaged_in_a_row = 0;
    for (std::int64_t number = 1; number < kMostListed && damaged_in_a_row < 10'000; ++number) {
        try {
            found.push_back(one(number));
            damaged_in_a_row = 0;
        } catch (const Error&) {
            ++damaged_in_a_row;
        }
    }
    return found;
}

/// Facts as text, one row each: for people and scripts to read.
class TextTable {
public:
    TextTable(geodb::Geodatabase& target, const std::string& name,
              const std::vector<std::string>& columns)
        : target_(target) {
        LayerPlan plan;
        plan.name = name;
        for (const std::string& column : columns) {
            Field field;
            field.name = column;
            field.type = FieldType::String;
            plan.fields.push_back(std::move(field));
        }
        layer_ = &target.add_layer(plan);
        writer_.emplace(target, *layer_, FeatureWriter::Tracking::Unlogged);
    }
    void add(const std::vector<std::pair<std::string, std::string>>& facts) {
        std::vector<Value> row(layer_->column_count());
        for (const auto& [name, text] : facts) row[*layer_->find_field(name)] = text;
        row[layer_->global_id_index()] = target_.new_global_id().value.braced();
        writer_->insert(row);
    }
    void finish() {
        writer_.reset();
        target_.finish_layer(layer_->id);
    }

private:
    geodb::Geodatabase& target_;
    const Layer* layer_;
    std::optional<FeatureWriter> writer_;
};

void rescue_rejected(const ReplicaStore& store, geodb::Geodatabase& target, Rescued& found) {
    const auto edits = read_list<RejectedEdit>(
        "rejected edits", [&] { return store.rejected(); },
        [&](std::int64_t number) { return store.rejected_edit(number); }, found.lost);
    if (edits.empty()) return;
    TextTable table(
        target, "rejected_edits",
        {"number", "layer", "feature", "kind", "code", "reason", "at", "state", "feature_json"});
    for (const RejectedEdit& edit : edits) {
        table.add({{"number", std::to_string(edit.number)},
                   {"layer", std::to_string(edit.layer.value)},
                   {"feature", edit.feature.value.braced()},
                   {"kind", std::string(name_of(edit.kind))},
                   {"code", std::to_string(edit.code)},
                   {"reason", edit.reason},
                   {"at", format_date_time(edit.at_ms)},
                   {"state", std::string(name_of(edit.state))},
                   {"feature_json", edit.values}});
        ++found.rejected;
    }
    table.finish();
}

void rescue_conflicts(const ReplicaStore& store, geodb::Geodatabase& target, Rescued& found) {
    const auto conflicts = read_list<Conflict>(
        "conflicts", [&] { return store.conflicts(); },
        [&](std::int64_t number) { return store.conflict(number); }, found.lost);
    if (conflicts.empty()) return;
    TextTable table(target, "conflicts",
                    {"number", "layer", "feature", "column", "base", "mine", "theirs", "winner",
                     "state", "at"});
    for (const Conflict& conflict : conflicts) {
        table.add({{"number", std::to_string(conflict.number)},
                   {"layer", std::to_string(conflict.layer.value)},
                   {"feature", conflict.feature.value.braced()},
                   {"column", conflict.column},
                   {"base", conflict.base},
                   {"mine", conflict.mine},
                   {"theirs", conflict.theirs},
                   {"winner", std::string(name_of(conflict.winner))},
                   {"state", std::string(name_of(conflict.state))},
                   {"at", format_date_time(conflict.at_ms)}});
        ++found.conflicts;
    }
    table.finish();
}

}  // namespace

std::int64_t Rescued::edits() const {
    std::int64_t sum = 0;
    for (const RescuedLayer& layer : layers) sum += layer.inserts + layer.updates + layer.deletes;
    return sum;
}

std::int64_t Rescued::losses() const {
    std::size_t sum = lost.size();
    for (const RescuedLayer& layer : layers) sum += layer.lost.size();
    return static_cast<std::int64_t>(sum);
}

Rescued rescue_edits(geodb::Geodatabase& damaged, geodb::Geodatabase& target) {
    Rescued found;
    geodb::sqlite::Transaction transaction(target.database());
    for (const Layer& layer : damaged.layers()) {
        RescuedLayer rescued = LayerRescue(damaged, layer, target).run();
        const auto edits = rescued.inserts + rescued.updates + rescued.deletes;
        if (edits > 0 || !rescued.lost.empty()) found.layers.push_back(std::move(rescued));
    }
    const ReplicaStore store(damaged);
    rescue_rejected(store, target, found);
    rescue_conflicts(store, target, found);
    transaction.commit();
    return found;
}

}  // namespace rhumb::sync
