// SPDX-License-Identifier: Apache-2.0
#include "geodb/sqlite/database.hpp"

#include "geodb/sqlite/connection.hpp"
#include "geodb/sqlite/read_value.hpp"
#include "geodb/sqlite/row_source.hpp"
#include "geodb/sqlite/spatial_functions.hpp"
#include "geodb/sqlite/sqlite_error.hpp"
#include "geodb/sqlite/statement.hpp"
#include "geodb/sqlite/statistic_functions.hpp"
#include "geodb/sqlite/untrusted.hpp"
#include "platform/error.hpp"

#include <sqlite3.h>
#include <algorithm>
#include <utility>

namespace rhumb::geodb::sqlite {
namespace {

/// How long a connection waits for another program's lock before it says "busy".
constexpr int kBusyTimeoutMs = 10'000;

struct TextHash {
    using is_transparent = void;
    std::size_t operator()(std::string_view text) const {
        return std::hash<std::string_view>{}(text);
    }
};

std::string doubled(std::string_view text, char quote) {
    std::string out(1, quote);
    for (const char c : text) {
        if (c == quote) out += quote;
        out += c;
    }
    out += quote;
    return out;
}

}  // namespace

std::string quoted_name(std::string_view name) {
    return doubled(name, '"');
}
std::string literal(std::string_view text) {
    return doubled(text, '\'');
}

struct Database::State : Connection {
    std::filesystem::path path;
    std::unordered_map<std::string, std::unique_ptr<Statement>, TextHash, std::equal_to<>> cache;

    State() = default;
    State(const State&) = delete;
    State& operator=(const State&) = delete;
    ~State() {
        cache.clear();
        sqlite3_close_v2(handle);
    }
};

namespace {

/// Our own tables have no triggers but for the attachments', nor have SQLite's.
bool may_have_triggers(std::string_view table) {
    if (table == "rhumb_attachment") return true;
    return !table.starts_with("rhumb_") && !table.starts_with("sqlite_");
}

/// A trigger whose condition asks for this column reads NULL there while it is silenced.
bool is_condition(int action, const char* table, const char* column) {
    return action == SQLITE_READ && table != nullptr && column != nullptr &&
           std::string_view(table) == "rhumb_relationship" &&
           std::string_view(column) == "composite";
}

/// Notes what is compiled. Compiles the INSERTs and the condition of silenced triggers to nothing;
/// allows all else.
int authorize(void* state, int action, const char* table, const char* column, const char*,
              const char* trigger) {
    auto& connection = *static_cast<Connection*>(state);
    if (trigger == nullptr) {
        const bool writes =
            action == SQLITE_INSERT || action == SQLITE_UPDATE || action == SQLITE_DELETE;
        if (writes && may_have_triggers(table)) connection.writes_tables = true;
        return SQLITE_OK;
    }
    if (connection.silenced == nullptr) return SQLITE_OK;
    if (action != SQLITE_INSERT && !is_condition(action, table, column)) return SQLITE_OK;
    const auto& names = *connection.silenced;
    const bool silenced = std::find(names.begin(), names.end(), trigger) != names.end();
    return silenced ? SQLITE_IGNORE : SQLITE_OK;
}

/// Serves rhumb_keep(...).
void keep(sqlite3_context* context, int count, sqlite3_value** arguments) {
    auto& kept = static_cast<Connection*>(sqlite3_user_data(context))->kept;
    kept.resize(static_cast<std::size_t>(count));
    for (std::size_t i = 0; i < kept.size(); ++i) read_value(arguments[i], kept[i]);
    sqlite3_result_int(context, 1);
}

int open_flags(Database::Mode mode) {
    switch (mode) {
        case Database::Mode::ReadOnly:
            return SQLITE_OPEN_READONLY;
        case Database::Mode::ReadWrite:
            return SQLITE_OPEN_READWRITE;
        case Database::Mode::Create:
            break;
    }
    return SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE;
}

}  // namespace

Database::Database(std::unique_ptr<State> state) : state_(std::move(state)) {}
Database::Database(Database&&) noexcept = default;
Database& Database::operator=(Database&&) noexcept = default;
Database::~Database() = default;

Database Database::open_uri(const std::filesystem::path& path, const std::string& name, int flags) {
    auto state = std::make_unique<State>();
    state->path = path;
    const int code = sqlite3_open_v2(name.c_str(), &state->handle,
                                     flags | SQLITE_OPEN_NOMUTEX | SQLITE_OPEN_EXRESCODE, nullptr);
    if (code != SQLITE_OK) throw_sqlite_error(state->handle, code, "cannot open '" + name + "'");
    sqlite3_busy_timeout(state->handle, kBusyTimeoutMs);
    // Text from outside never becomes SQL: a double-quoted name is never taken for a string.
    sqlite3_db_config(state->handle, SQLITE_DBCONFIG_DQS_DML, 0, nullptr);
    register_spatial_functions(*state);
    register_statistic_functions(*state);
    register_row_source(*state);
    Connection* const connection = state.get();
    sqlite3_set_authorizer(state->handle, authorize, connection);
    sqlite3_create_function_v2(state->handle, "rhumb_keep", -1, SQLITE_UTF8 | SQLITE_DIRECTONLY,
                               connection, keep, nullptr, nullptr, nullptr);
    return Database(std::move(state));
}

Database Database::open(const std::filesystem::path& path, Mode mode) {
    if (mode != Mode::Create && !std::filesystem::exists(path)) {
        throw Error(Status::NotFound, "there is no file '" + path.string() + "'");
    }
    if (std::filesystem::is_directory(path)) {
        throw Error(Status::InvalidArgument, "'" + path.string() + "' is a folder");
    }
    Database database = open_uri(path, path.string(), open_flags(mode));
    try {
        database.int64_of("SELECT count(*) FROM sqlite_schema");  // SQLite opens lazily: read now
    } catch (const Error& error) {
        throw error.within("cannot read '" + path.string() + "'");
    }
    // Where it may not write, SQLite opens for reading and says nothing.
    if (mode != Mode::ReadOnly && database.read_only()) {
        throw Error(Status::ReadOnly, "the file '" + path.string() + "' cannot be written");
    }
    return database;
}

Database Database::open_memory() {
    return open_uri({}, ":memory:", SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE);
}

Database Database::open_untrusted(const std::filesystem::path& path) {
    Database database = open_uri(path, immutable_uri(path), SQLITE_OPEN_READONLY | SQLITE_OPEN_URI);
    restrain(database.handle());
    return database;
}

void Database::execute(const std::string& script) {
    state_->let_triggers_fire(true);
    const int code = sqlite3_exec(state_->handle, script.c_str(), nullptr, nullptr, nullptr);
    if (code != SQLITE_OK) throw_sqlite_error(state_->handle, code, "SQL failed");
}

Statement& Database::cached(std::string_view sql) {
    auto found = state_->cache.find(sql);
    if (found == state_->cache.end()) {
        auto statement = std::make_unique<Statement>(*this, sql, Statement::Kept);
        found = state_->cache.emplace(std::string(sql), std::move(statement)).first;
    }
    found->second->reset();
    return *found->second;
}

void Database::copy_to(Database& target) const {
    sqlite3_backup* const copy =
        sqlite3_backup_init(target.state_->handle, "main", state_->handle, "main");
    if (copy == nullptr) {
        throw_sqlite_error(target.state_->handle, sqlite3_errcode(target.state_->handle),
                           "cannot copy the file");
    }
    const int code = sqlite3_backup_step(copy, -1);
    sqlite3_backup_finish(copy);
    if (code != SQLITE_DONE)
        throw_sqlite_error(target.state_->handle, code, "cannot copy the file");
}

void Database::forget_cached() {
    state_->cache.clear();
}

std::optional<std::int64_t> Database::int64_of(std::string_view sql) {
    Statement statement(*this, sql);
    if (!statement.step() || statement.is_null(0)) return std::nullopt;
    return statement.column_int64(0);
}

std::optional<std::string> Database::text_of(std::string_view sql) {
    Statement statement(*this, sql);
    if (!statement.step() || statement.is_null(0)) return std::nullopt;
    return std::string(statement.column_text(0));
}

bool Database::has_table(std::string_view name) {
    Statement& statement = cached(
        "SELECT 1 FROM sqlite_schema WHERE type IN ('table', 'view') AND lower(name) = lower(?1)");
    const bool found = statement.bind(1, name).step();
    statement.reset();
    return found;
}

std::int64_t Database::last_insert_rowid() const {
    return sqlite3_last_insert_rowid(state_->handle);
}
std::int64_t Database::changes() const {
    return sqlite3_changes64(state_->handle);
}
void Database::interrupt_when(std::function<bool()> over) {
    // Of the virtual machine: some 0.1 ms of work, so that asking costs next to nothing.
    constexpr int kInstructions = 10'000;
    state_->over = std::move(over);
    const auto ask = [](void* connection) {
        return static_cast<const Connection*>(connection)->over() ? 1 : 0;
    };
    sqlite3_progress_handler(state_->handle, state_->over ? kInstructions : 0,
                             state_->over ? +ask : nullptr, state_.get());
}

bool Database::in_transaction() const {
    return sqlite3_get_autocommit(state_->handle) == 0;
}
bool Database::read_only() const {
    return sqlite3_db_readonly(state_->handle, "main") == 1;
}
const std::filesystem::path& Database::path() const {
    return state_->path;
}
sqlite3* Database::handle() const {
    return state_->handle;
}
Connection& Database::connection() const {
    return *state_;
}
const std::vector<Value>& Database::kept() const {
    return state_->kept;
}

SilencedTriggers::SilencedTriggers(Database& database, const Names& names)
    : database_(database), outer_(std::exchange(database.state_->silenced, &names)) {}

SilencedTriggers::~SilencedTriggers() {
    database_.state_->silenced = outer_;
}

}  // namespace rhumb::geodb::sqlite
