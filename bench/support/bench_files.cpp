// SPDX-License-Identifier: Apache-2.0
#include "bench/support/bench_files.hpp"

#include "geodb/sqlite/statement.hpp"
#include "geodb/tracking/edit_log.hpp"
#include "platform/files.hpp"

#include <cstdio>
#include <cstdlib>

namespace rhumb::bench {

Desk desk_of(int argc, char** argv) {
    if (argc == 3) return {argv[1], Report(argv[2])};
    std::fprintf(stderr, "usage: %s FOLDER RESULTS\n", argv[0]);
    std::exit(2);
}

void remove_database(const std::filesystem::path& path) noexcept {
    for (const char* suffix : {"", "-wal", "-shm", "-journal"}) {
        remove_quietly(path.string() + suffix);
    }
}

WorkingCopy::WorkingCopy(const std::filesystem::path& of, std::filesystem::path to)
    : path_(std::move(to)) {
    remove_database(path_);
    std::filesystem::copy_file(of, path_);
}

void set_wal_normal(geodb::sqlite::Database& database, Cache cache) {
    database.execute("PRAGMA journal_mode = WAL; PRAGMA synchronous = NORMAL");
    if (cache == Cache::Large) database.execute("PRAGMA cache_size = -65536");
}

void drop_tracking(geodb::sqlite::Database& database) {
    std::vector<std::string> names;
    {
        geodb::sqlite::Statement ours(database,
                                      "SELECT name FROM sqlite_schema WHERE type = 'trigger' AND "
                                      "name LIKE 'rhumb\\_track\\_%' ESCAPE '\\'");
        while (ours.step()) names.emplace_back(ours.column_text(0));
    }
    for (const std::string& name : names) {
        database.execute("DROP TRIGGER " + geodb::sqlite::quoted_name(name));
    }
}

}  // namespace rhumb::bench
