// SPDX-License-Identifier: Apache-2.0
#include "bench/support/bench_files.hpp"

#include "geodb/sqlite/statement.hpp"
#include "geodb/tracking/edit_log.hpp"
#include "platform/error.hpp"
#include "platform/files.hpp"

#include <cstdio>

namespace rhumb::bench {

int run_bench(int argc, char** argv, const std::function<void(const Desk&)>& measure) {
    if (argc != 3) {
        std::fprintf(stderr, "usage: %s FOLDER RESULTS\n", argv[0]);
        return 2;
    }
    try {
        measure({argv[1], Report(argv[2])});
        return 0;
    } catch (const Error& error) {
        std::fprintf(stderr, "%s: %s\n", argv[0], error.message().c_str());
        return 1;
    }
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
