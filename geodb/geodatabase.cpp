// SPDX-License-Identifier: Apache-2.0
#include "geodb/geodatabase.hpp"

#include "geodb/catalog/field_facts.hpp"
#include "geodb/catalog/gpkg_file.hpp"
#include "geodb/catalog/layer_builder.hpp"
#include "geodb/catalog/layer_definition.hpp"
#include "geodb/catalog/layer_reader.hpp"
#include "geodb/catalog/layer_triggers.hpp"
#include "geodb/catalog/schema_changes.hpp"
#include "geodb/sqlite/statement.hpp"
#include "geodb/sqlite/transaction.hpp"
#include "geodb/tracking/column_changes.hpp"
#include "geodb/tracking/edit_log.hpp"
#include "platform/error.hpp"
#include "platform/number.hpp"
#include "platform/text.hpp"

#include <algorithm>
#include <cstdio>

namespace rhumb::geodb {
namespace {

using sqlite::Database;

Database open_file(const std::filesystem::path& path, Geodatabase::Access access) {
    Database database =
        Database::open(path, access == Geodatabase::Access::Write ? Database::Mode::ReadWrite
                                                                  : Database::Mode::ReadOnly);
    check_gpkg(database);
    return database;
}

/// Makes the file, empty, so that nobody else does at the same moment.
void reserve_file(const std::filesystem::path& path) {
    if (std::FILE* file = std::fopen(path.string().c_str(), "wbx")) {
        std::fclose(file);
        return;
    }
    std::error_code ignored;
    if (std::filesystem::exists(path, ignored)) {
        throw Error(Status::AlreadyExists, "there is a file '" + path.string() + "' already");
    }
    throw Error(Status::Io, "cannot make '" + path.string() +
                                "': is there such a folder, and may "
                                "it be written?");
}

std::string why_left_out(Database& database, const std::string& table) {
    try {
        read_table(database, table);
        return "table '" + table + "' is not tracked; adopting the file does that";
    } catch (const Error& error) {
        return error.message();
    }
}

/// A name for a column that no field has yet.
std::string free_column(const std::vector<Field>& fields, std::string name) {
    const auto taken = [&](const std::string& wanted) {
        return std::any_of(fields.begin(), fields.end(), [&](const Field& field) {
            return equal_ignoring_case(field.name, wanted);
        });
    };
    while (taken(name)) name += "_";
    return name;
}

Field global_id_field(std::string name) {
    Field field;
    field.alias = name;
    field.name = std::move(name);
    field.type = FieldType::GlobalId;
    field.length = 38;
    return field;
}

}  // namespace

Geodatabase::Geodatabase(Database database, World world)
    : database_(std::move(database)), world_(world) {}

void Geodatabase::set_pragmas(Access access, Journal journal) {
    // The schema must be trusted: the standard's own triggers write to an rtree table.
    database_.execute("PRAGMA foreign_keys = ON");
    if (access == Access::Read) return;
    if (journal == Journal::Wal) {
        database_.execute("PRAGMA journal_mode = WAL");
        switched_to_wal_ = true;
    }
    // What was accepted survives a dead battery: in WAL, only FULL syncs each commit.
    database_.execute("PRAGMA synchronous = FULL");
}

Geodatabase Geodatabase::create(const std::filesystem::path& path, World world, Durable durable) {
    reserve_file(path);
    try {
        Geodatabase made(Database::open(path, Database::Mode::ReadWrite), world);
        made.set_pragmas(Access::Write, Journal::Keep);
        if (durable == Durable::No) {
            made.database_.execute("PRAGMA synchronous = OFF; PRAGMA journal_mode = OFF");
        }
        sqlite::Transaction transaction(made.database_);
        create_gpkg_frame(made.database_);
        ensure_spatial_reference(made.database_, 4326);
        create_rhumb_tables(made.database_, world);
        transaction.commit();
        return made;
    } catch (const Error& error) {
        std::error_code ignored;  // what is left of the file would be in the way of another try
        std::filesystem::remove(path, ignored);
        throw error.within("cannot make '" + path.string() + "'");
    }
}

Geodatabase Geodatabase::open(const std::filesystem::path& path, World world, Access access,
                              Journal journal) {
    Geodatabase opened(open_file(path, access), world);
    if (!has_rhumb_tables(opened.database_)) {
        throw Error(Status::InvalidArgument,
                    "'" + path.string() + "' is a GeoPackage that Rhumb does not track yet");
    }
    check_rhumb_format(opened.database_);
    opened.set_pragmas(access, journal);
    opened.reload();
    return opened;
}

Geodatabase Geodatabase::adopt(const std::filesystem::path& path, World world, Journal journal) {
    Geodatabase opened(open_file(path, Access::Write), world);
    if (has_rhumb_tables(opened.database_)) check_rhumb_format(opened.database_);
    opened.set_pragmas(Access::Write, journal);
    sqlite::Transaction transaction(opened.database_);
    if (!has_rhumb_tables(opened.database_)) create_rhumb_tables(opened.database_, world);
    opened.adopt_tables();
    transaction.commit();
    opened.reload();
    return opened;
}

void Geodatabase::adopt_tables() {
    refused_.clear();
    for (const std::string& table : untracked_tables(database_)) {
        try {
            sqlite::Savepoint whole(database_);
            Layer layer = read_table(database_, table);
            layer.global_id_column = ensure_global_ids(database_, layer);
            const auto next = database_.int64_of("SELECT max(id) + 1 FROM rhumb_layer");
            layer.id = {static_cast<std::int32_t>(next.value_or(0))};
            remember_layer(database_, layer);
            const auto layers = read_layers(database_);
            index_and_track(database_, layers.back());
            whole.keep();
        } catch (const Error& error) {
            if (error.status() != Status::Unsupported) throw;
            refused_[table] = error.message();
        }
    }
}

void Geodatabase::reload() {
    left_out_.clear();
    layers_ = read_layers(database_, &left_out_);
    for (const std::string& table : untracked_tables(database_)) {
        const auto refused = refused_.find(table);
        left_out_.push_back(refused != refused_.end() ? refused->second
                                                      : why_left_out(database_, table));
    }
    if (!database_.read_only()) follow_changes();
    outdated_.clear();
    forget_edit_statements();
    note_schema();
}

bool Geodatabase::reload_if_changed() {
    last_closed();
    if (outdated_.empty()) return false;
    reload();
    return true;
}

void Geodatabase::forget_edit_statements() {
    edit_statements_.clear();
    head_.reset();
}

void Geodatabase::note_schema() {
    schema_ = schema_fingerprint(database_);
}

Generation Geodatabase::last_closed() {
    if (!head_) {
        head_.emplace(database_,
                      "SELECT generation FROM rhumb_changeset ORDER BY generation DESC LIMIT 1",
                      sqlite::Statement::Kept);
        head_compiled_ = -1;
    }
    const Generation head{head_->step() ? head_->column_int64(0) : 0};
    head_->reset();
    // SQLite compiles a statement again when the schema is another one: that tells it at no cost.
    if (head_->recompilations() != head_compiled_) {
        heed_changes();
        head_compiled_ = head_->recompilations();
    }
    return head;
}

void Geodatabase::heed_changes() {
    if (schema_fingerprint(database_) == schema_) return;
    outdated_.clear();
    for (const Layer& layer : layers_) {
        const bool log_is_due = database_.has_table(edit_table(layer.id));
        const bool fits =
            is_as_read(database_, layer) && (!log_is_due || log_fits(database_, layer));
        if (!fits) outdated_.insert(layer.id);
    }
    read_triggers(database_, layers_);
    edit_statements_.clear();
    note_schema();
}

Generation Geodatabase::begin_edits(const Layer& layer) {
    const Generation head = last_closed();
    if (outdated_.count(layer.id) > 0) {
        throw Error(Status::SchemaChanged, "layer '" + layer.name + "' in '" + path().string() +
                                               "': another program changed its columns meanwhile; "
                                               "the file must be opened again");
    }
    return {head.value + 1};
}

std::shared_ptr<EditStatements> Geodatabase::edit_statements(const Layer& layer,
                                                             const EditMode& mode) {
    auto& slot = edit_statements_[{layer.id, mode}];
    if (!slot) slot = std::make_shared<EditStatements>(database_, layer, mode);
    return slot;
}

void Geodatabase::follow_changes() {
    const auto is_outgrown = [this](const Layer& layer) {
        return database_.has_table(edit_table(layer.id)) && !log_fits(database_, layer);
    };
    if (std::none_of(layers_.begin(), layers_.end(), is_outgrown)) return;
    std::optional<sqlite::Transaction> own;
    if (!database_.in_transaction()) own.emplace(database_);
    for (const Layer& layer : layers_) {
        if (is_outgrown(layer)) fit_log(database_, layer);
    }
    if (own) own->commit();
}

const Layer& Geodatabase::layer(LayerId id) const {
    const auto found = std::find_if(layers_.begin(), layers_.end(),
                                    [&](const Layer& layer) { return layer.id == id; });
    if (found != layers_.end()) return *found;
    throw Error(Status::NotFound,
                "there is no layer " + std::to_string(id.value) + " in '" + path().string() + "'");
}

const Layer& Geodatabase::layer(std::string_view name_or_number) const {
    const auto number = parse_integer(name_or_number);
    std::string names;
    for (const Layer& layer : layers_) {
        const bool named = equal_ignoring_case(layer.name, name_or_number) ||
                           equal_ignoring_case(layer.table, name_or_number);
        if (named || number == layer.id.value) return layer;
        names += (names.empty() ? "" : ", ") + layer.name;
    }
    throw Error(Status::NotFound, "there is no layer '" + std::string(name_or_number) + "' in '" +
                                      path().string() + "' (it has: " + names + ")");
}

const Layer& Geodatabase::add_layer(const LayerPlan& plan) {
    Layer layer;
    layer.table = plan.name;
    layer.name = plan.name;
    layer.fields = plan.fields;
    layer.geometry = plan.geometry;
    const auto has_global_id =
        std::find_if(layer.fields.begin(), layer.fields.end(),
                     [](const Field& field) { return field.type == FieldType::GlobalId; });
    if (has_global_id != layer.fields.end()) {
        layer.global_id_column = has_global_id->name;
    } else {
        layer.global_id_column = free_column(layer.fields, "global_id");
        layer.fields.insert(layer.fields.begin(), global_id_field(layer.global_id_column));
    }
    layer.fid_column = free_column(layer.fields, "fid");
    if (layer.geometry) layer.geometry->name = free_column(layer.fields, "geom");
    const auto next = database_.int64_of("SELECT max(id) + 1 FROM rhumb_layer").value_or(0);
    layer.id = plan.id.value_or(LayerId{static_cast<std::int32_t>(next)});
    if (database_.has_table(layer.table)) {
        throw Error(Status::AlreadyExists, "there is a layer or table '" + layer.table + "' in '" +
                                               path().string() + "' already");
    }
    create_layer_table(database_, layer, plan.description);
    remember_layer(database_, layer);
    if (!plan.definition.empty()) write_definition(database_, layer.id, plan.definition);
    read_definition(database_, layer);
    layers_.push_back(layer);
    forget_edit_statements();  // a layer of this number may have been made and rolled back before
    note_schema();
    return layers_.back();
}

void Geodatabase::finish_layer(LayerId id) {
    index_and_track(database_, layer(id));
    read_triggers(database_, layers_);
    note_schema();
}

std::string Geodatabase::add_field(LayerId id, const Field& field) {
    const std::string ddl = geodb::add_field(database_, layer(id), field);
    reload();
    return ddl;
}

void Geodatabase::describe_field(LayerId id, const Field& field) {
    write_field_facts(database_, layer(id), field);
    reload();
}

void Geodatabase::describe_layer(LayerId id, const LayerDefinition& definition) {
    write_definition(database_, id, definition);
    reload();
}

Uuid Geodatabase::database_id() const {
    auto& database = const_cast<Database&>(database_);
    sqlite::Statement look(database, "SELECT value FROM rhumb_meta WHERE name = 'database_id'");
    Uuid id;
    if (look.step() && look.column_blob(0).size() == id.bytes.size()) {
        std::copy_n(look.column_blob(0).begin(), id.bytes.size(), id.bytes.begin());
    }
    return id;
}

void Geodatabase::hand_over() {
    if (!switched_to_wal_) return;
    database_.forget_cached();
    forget_edit_statements();
    try {
        database_.execute("PRAGMA wal_checkpoint(TRUNCATE); PRAGMA journal_mode = DELETE");
    } catch (const Error& error) {
        if (error.status() != Status::Busy) throw;  // somebody else has it open: they will
    }
}

}  // namespace rhumb::geodb
