// SPDX-License-Identifier: Apache-2.0
//
// The files a bench works on: made once, copied before they are changed.

#pragma once

#include "bench/support/points.hpp"
#include "bench/support/report.hpp"
#include "geodb/geodatabase.hpp"
#include "platform/clock.hpp"

#include <filesystem>
#include <functional>
#include <string>
#include <vector>

namespace rhumb::bench {

/// The folder that `make_points` filled, and where results go.
struct Desk {
    std::filesystem::path folder;
    Report report;

    std::filesystem::path places() const { return folder / "sf_medium.gpkg"; }
    std::filesystem::path base_100k() const { return folder / "base100k.gpkg"; }
    std::filesystem::path base_1m() const { return folder / "base1m.gpkg"; }
    std::filesystem::path file(const std::string& name) const { return folder / name; }
};

/// The main function of a bench: takes FOLDER RESULTS from the command line, says what failed.
int run_bench(int argc, char** argv, const std::function<void(const Desk&)>& measure);

/// Removes a database with what SQLite leaves beside it.
void remove_database(const std::filesystem::path& path) noexcept;

/// A copy that may be changed; it goes away with the object.
class WorkingCopy {
public:
    WorkingCopy(const std::filesystem::path& of, std::filesystem::path to);
    WorkingCopy(const WorkingCopy&) = delete;
    WorkingCopy& operator=(const WorkingCopy&) = delete;
    ~WorkingCopy() { remove_database(path_); }
    const std::filesystem::path& path() const { return path_; }

private:
    std::filesystem::path path_;
};

/// The machine's clock, and GlobalIDs that are the same in every run.
struct BenchWorld {
    SystemClock clock;
    SeededRandom random{11};
    geodb::World world() { return {clock, random}; }
};

/// How both sides of a comparison keep the file.
enum class Cache { Device, Large };  ///< SQLite's default of 2 MB, or 64 MB
void set_wal_normal(geodb::sqlite::Database& database, Cache cache);

/// Takes our triggers away, so that edits go unnoticed: the yardstick of tracking.
void drop_tracking(geodb::sqlite::Database& database);

}  // namespace rhumb::bench
