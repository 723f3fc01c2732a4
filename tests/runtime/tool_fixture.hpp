// SPDX-License-Identifier: Apache-2.0
//
// A folder in which the program is tried, with the office's data and its served service.

#pragma once

#include "geodb/sqlite/database.hpp"
#include "tests/runtime/tool_process.hpp"
#include "tests/support/catch.hpp"
#include "tests/support/field_layers.hpp"

#include <csignal>
#include <filesystem>
#include <optional>
#include <string>

namespace rhumb::test {

inline const std::filesystem::path kExamples =
    std::filesystem::path(RHUMB_SOURCE_DIR) / "examples" / "data";

struct Bench {
    TempFolder folder;

    ToolResult run(const Arguments& arguments, const ToolLimits& limits = {}) const {
        return rhumb_in(folder.path(), arguments, limits);
    }
    /// Must succeed.
    ToolResult done(const Arguments& arguments) const {
        ToolResult result = run(arguments);
        INFO(result.err);
        REQUIRE(result.exit_code == 0);
        CHECK(result.err.empty());
        return result;
    }
    std::string example(const std::string& name) const { return (kExamples / name).string(); }
    /// city.gpkg: 0 trees, 1 tree_visits.
    void make_city() const {
        done({"import", "city.gpkg", example("trees.geojson"), example("tree_visits.csv")});
    }
    void execute(const std::string& file, const std::string& sql) const {
        using geodb::sqlite::Database;
        Database::open(folder / file, Database::Mode::ReadWrite).execute(sql);
    }
    std::string text_of(const std::string& file, const std::string& sql) const {
        using geodb::sqlite::Database;
        return Database::open(folder / file, Database::Mode::ReadOnly).text_of(sql).value_or("");
    }
};

/// `rhumb serve` beside the test, on a port of its own.
class Served {
public:
    explicit Served(const Bench& bench, const std::string& path = "city.gpkg")
        : process_(bench.folder.path(), {"serve", path, "--port", "0"}),
          url_(process_.read_line()) {
        REQUIRE(url_.starts_with("http://127.0.0.1:"));
    }
    const std::string& url() const { return url_; }
    RunningTool& process() { return process_; }
    ToolResult stop() {
        process_.signal(SIGTERM);
        return process_.wait();
    }

private:
    RunningTool process_;
    std::string url_;
};

}  // namespace rhumb::test
