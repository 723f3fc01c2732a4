// SPDX-License-Identifier: Apache-2.0
//
// A page of 10,000 features over FeatureServices::handle, beside reading the same rows with SQLite
// and writing them as JSON with nothing in between; and the memory of a query of 1M features.

#include "bench/support/bench_files.hpp"
#include "bench/support/rounds.hpp"
#include "geodb/geometry/gpb.hpp"
#include "geodb/sqlite/statement.hpp"
#include "platform/date_time.hpp"
#include "platform/error.hpp"
#include "platform/files.hpp"
#include "platform/number.hpp"
#include "sync/service/feature_service.hpp"
#include "sync/service/store/gpkg_store.hpp"

#include <spawn.h>
#include <sys/wait.h>
#include <cstdlib>
#include <cstring>
#include <string>
#include <vector>

extern char** environ;

namespace rhumb::bench {
namespace {

using geodb::sqlite::Database;
using geodb::sqlite::Statement;

constexpr int kPage = 10'000;
constexpr const char* kQuery =
    "/arcgis/rest/services/points/FeatureServer/0/query?where=1%3D1&outFields=*&f=json";

void check(bool right, const char* what) {
    if (!right) throw Error(Status::Internal, what);
}

/// A served file, called as the listener would.
class Served {
public:
    Served(const Desk& desk, const std::filesystem::path& gpkg, std::int64_t page)
        : folder_(desk.file("query_results")) {
        service::ServerOptions options;
        options.result_folder = folder_;
        options.work_folder = folder_;
        options.limits.max_record_count = page;
        options.limits.statement_time_ms = 0;
        services_ = std::make_unique<service::FeatureServices>(options, world_.clock);
        services_->add("points", std::make_unique<service::GpkgStore>(gpkg, world_.world()));
    }
    ~Served() {
        services_.reset();
        std::error_code ignored;
        std::filesystem::remove_all(folder_, ignored);
    }

    /// Bytes of the answer; it is thrown away as after sending.
    std::uint64_t ask(const std::string& target, std::string* text = nullptr) {
        http::Request request;
        request.target = target;
        const http::Response response = services_->handle(request);
        if (const http::FileBody* file = response.file()) {
            if (text != nullptr) *text = read_file(file->path);
            remove_quietly(file->path);
            return file->length;
        }
        if (text != nullptr) *text = std::string(response.text());
        return response.text().size();
    }

private:
    BenchWorld world_;
    std::filesystem::path folder_;
    std::unique_ptr<service::FeatureServices> services_;
};

void append_text(std::string& out, std::string_view text) {
    out += '"';
    for (const char c : text) {
        if (c == '"' || c == '\\') out += '\\';
        out += c;
    }
    out += '"';
}

/// One value as JSON: what is a date goes out in ms.
void append_value(std::string& out, const Statement& row, int column, bool date) {
    switch (row.column_type(column)) {
        case Statement::ColumnType::Integer:
            return append_integer(out, row.column_int64(column));
        case Statement::ColumnType::Real:
            return append_double(out, row.column_double(column));
        case Statement::ColumnType::Text:
            if (!date) return append_text(out, row.column_text(column));
            return append_integer(out, parse_date_time(row.column_text(column)).value_or(0));
        default:
            out += "null";
    }
}

/// The features of the page and nothing else of the answer.
std::string bare_features(Database& database) {
    static const char* const kNames[] = {"globalid", "name",         "country",         "fclass",
                                         "admin",    "population",   "status",          "depth",
                                         "note",     "created_date", "last_edited_date"};
    constexpr int kFirstDate = 9;
    Statement rows(database,
                   "SELECT fid, globalid, name, country, fclass, admin, population, status, depth, "
                   "note, created_date, last_edited_date, geom FROM points ORDER BY fid LIMIT " +
                       std::to_string(kPage));
    std::string out = "[";
    while (rows.step()) {
        out +=
            out.size() > 1 ? ",{\"attributes\":{\"OBJECTID\":" : "{\"attributes\":{\"OBJECTID\":";
        append_integer(out, rows.column_int64(0));
        for (int i = 0; i < 11; ++i) {
            out += ",\"";
            out += kNames[i];
            out += "\":";
            append_value(out, rows, i + 1, i >= kFirstDate);
        }
        double x = 0;
        double y = 0;
        geodb::gpb_point(rows.column_blob(12), x, y);
        out += "},\"geometry\":{\"x\":";
        append_double(out, x);
        out += ",\"y\":";
        append_double(out, y);
        out += "}}";
    }
    return out + "]";
}

double own_peak_mb() {
    const std::string status = read_file("/proc/self/status");
    const std::size_t at = status.find("VmHWM:");
    check(at != std::string::npos, "the kernel does not tell the peak of memory");
    return std::strtod(status.c_str() + at + 6, nullptr) / 1024;
}

/// Peak of this program when it serves a file and answers nothing, or all of it at once.
double peak_mb(const Desk& desk, const std::filesystem::path& gpkg, const char* rows) {
    const auto told = desk.file("query_peak.txt");
    std::vector<std::string> words{"query_bench", "--peak", desk.folder.string(),
                                   gpkg.string(), rows,     told.string()};
    std::vector<char*> arguments;
    for (std::string& word : words) arguments.push_back(word.data());
    arguments.push_back(nullptr);
    pid_t child = 0;
    check(::posix_spawn(&child, "/proc/self/exe", nullptr, nullptr, arguments.data(), environ) == 0,
          "cannot start the bench again");
    int status = 0;
    check(::waitpid(child, &status, 0) == child && status == 0, "the bench failed");
    const double mb = std::strtod(read_file(told).c_str(), nullptr);
    remove_quietly(told);
    return mb;
}

int tell_peak(char** argv) {
    {
        const Desk desk{argv[0], Report("/dev/null")};
        Served served(desk, argv[1], 10'000'000);
        const std::string target = std::string(kQuery) + "&resultRecordCount=" + argv[2];
        check(served.ask(target) > 0, "no answer");
    }
    FileWriter told(argv[3], FileWriter::Mode::Replace);
    told.write(std::to_string(own_peak_mb()));
    return 0;
}

void measure_page(const Desk& desk) {
    const WorkingCopy copy(desk.base_100k(), desk.file("query.gpkg"));
    Served served(desk, copy.path(), kPage);
    Database raw = Database::open(copy.path(), Database::Mode::ReadOnly);
    std::string answer;
    served.ask(kQuery, &answer);
    // The same rows, so that the same work is compared.
    check(answer.find(bare_features(raw)) != std::string::npos, "the rows are not the same");
    const Rounds rounds(15, {{"bare", [&] { check(bare_features(raw).size() > 2, "no rows"); }},
                             {"handle", [&] { check(served.ask(kQuery) > 2, "no answer"); }}});
    Finding finding;
    finding.row = "q1";
    finding.what = "page of 10k features by handle()";
    finding.yardstick = "SQLite read + a bare JSON writer";
    finding.unit = "ms";
    finding.yardstick_value = rounds.median_of(0, Cost::Cpu);
    finding.ours = rounds.median_of(1, Cost::Cpu);
    finding.ratio = rounds.ratio(1, 0, Cost::Cpu);
    finding.hard = 1.5;
    desk.report.add(finding);
}

void measure_memory(const Desk& desk) {
    const WorkingCopy copy(desk.base_1m(), desk.file("query_1m.gpkg"));
    peak_mb(desk, copy.path(), "1");  // makes the tables of a service
    Finding finding;
    finding.row = "q2";
    finding.what = "query of 1M features: peak memory, MB";
    finding.yardstick = "32 MB above a query of one";
    finding.unit = "MB";
    finding.yardstick_value = 32;
    finding.ours = peak_mb(desk, copy.path(), "1000000") - peak_mb(desk, copy.path(), "1");
    finding.ratio = finding.ours / finding.yardstick_value;
    finding.hard = 1.0;
    desk.report.add(finding);
}

void measure(const Desk& desk) {
    measure_page(desk);
    measure_memory(desk);
}

}  // namespace
}  // namespace rhumb::bench

int main(int argc, char** argv) {
    using namespace rhumb::bench;
    if (argc == 6 && std::strcmp(argv[1], "--peak") == 0) return tell_peak(argv + 2);
    return run_bench(argc, argv, measure);
}
