// SPDX-License-Identifier: Apache-2.0
//
// Rows 17, 18 and 24, and what goes on between devices and a service end to end: `rhumb serve` in
// a process of its own, HTTP over the loopback, replicas as the library makes and follows them.

#include "bench/support/edits.hpp"
#include "bench/support/processes.hpp"
#include "bench/support/relay.hpp"
#include "bench/support/rounds.hpp"
#include "geodb/sqlite/statement.hpp"
#include "geodb/sqlite/transaction.hpp"
#include "platform/error.hpp"
#include "platform/files.hpp"
#include "platform/http/beast_transport.hpp"
#include "sync/client/ladder.hpp"

#include <algorithm>
#include <atomic>
#include <chrono>
#include <memory>
#include <thread>
#include <unordered_set>

namespace rhumb::bench {
namespace {

using geodb::Geodatabase;
using geodb::ObjectId;
using geodb::sqlite::Transaction;

constexpr double kPouchDocsPerSecond = 4844;  // a pull of 100k documents, measured elsewhere once
constexpr std::int64_t kSmallDevice = 64LL * 1024 * 1024;
constexpr int kDevices = 100;
constexpr int kEditsOfDevice = 100;

void check(bool right, const char* what) {
    if (!right) throw Error(Status::Internal, what);
}

Finding figure(const char* row, const std::string& what, const std::string& unit, double ours) {
    Finding finding;
    finding.row = row;
    finding.what = what;
    finding.yardstick = "1 " + unit;
    finding.unit = unit;
    finding.yardstick_value = 1;
    finding.ours = ours;
    finding.ratio = ours;
    return finding;
}

/// One device: a file, its replica, and a connection.
class Device {
public:
    explicit Device(std::filesystem::path path) : path_(std::move(path)) {}

    void join(const std::string& url, std::optional<geodb::Envelope> extent = std::nullopt) {
        remove_database(path_);
        file_.emplace(Geodatabase::create(path_, world()));
        sync::CreateOptions options;
        options.service_url = url;
        options.extent = extent;
        if (extent) options.async = false;  // a small one is there at once
        climb(*sync::create_replica_ladder(*file_, options, {}));
    }
    void open() { file_.emplace(Geodatabase::open(path_, world())); }
    sync::SyncReport sync(sync::SyncOptions options = {}) {
        return climb(*sync::synchronize_ladder(*file_, options, {}));
    }
    /// Attributes of features.
    void edit(const std::vector<ObjectId>& features, std::uint64_t seed) {
        SeededRandom random(seed);
        LibraryEditor editor(*file_);
        Transaction transaction(file_->database());
        for (const ObjectId feature : features) {
            PlannedEdit edit = attribute_edit(feature, random);
            editor.apply(edit);
        }
        transaction.commit();
    }
    std::vector<ObjectId> features(std::size_t most) {
        std::vector<ObjectId> features;
        geodb::sqlite::Statement rows(file_->database(), "SELECT fid FROM points ORDER BY fid");
        while (features.size() < most && rows.step()) features.push_back({rows.column_int64(0)});
        return features;
    }
    /// The same service by another address.
    void follow(const std::string& url) {
        geodb::sqlite::Statement move(file_->database(),
                                      "UPDATE rhumb_replica SET service_url = ?1");
        move.bind(1, url).run();
    }
    Geodatabase& file() { return *file_; }
    const std::filesystem::path& path() const { return path_; }
    void close() { file_.reset(); }

private:
    geodb::World world() { return {clock_, random_}; }
    sync::SyncReport climb(sync::Ladder& ladder) {
        return sync::climb(ladder, transport_, {}, [](std::int64_t ms) {
            std::this_thread::sleep_for(std::chrono::milliseconds(ms));
        });
    }

    std::filesystem::path path_;
    SystemClock clock_;
    SystemRandom random_;
    http::BeastTransport transport_;
    std::optional<Geodatabase> file_;
};

/// Row 18, and a synchronization that finds nothing.
void measure_joining(const Desk& desk) {
    const WorkingCopy served(desk.base_100k(), desk.file("sync_served.gpkg"));
    const Service service(served.path());
    Device device(desk.file("sync_device.gpkg"));
    std::vector<double> served_ms;
    const auto join = [&] {
        const double before = service.cpu_ms();
        device.join(service.url());
        served_ms.push_back(service.cpu_ms() - before);
    };
    const Rounds rounds(3, {{"join", join}});
    const double docs = 100'000 / (rounds.median_of(0) / 1000);
    Finding joined = figure("18", "100k features into an empty replica", "docs/s", docs);
    joined.yardstick = "PouchDB's pull (given)";
    joined.yardstick_value = kPouchDocsPerSecond;
    joined.ratio = docs / kPouchDocsPerSecond;
    joined.hard = 10;
    joined.aim = 25;
    joined.at_least = true;
    desk.report.add(joined);
    // What a busy machine does not change.
    joined.what += ", by CPU of both";
    joined.ours = 100'000 / ((rounds.median_of(0, Cost::Cpu) + median(served_ms)) / 1000);
    joined.ratio = joined.ours / kPouchDocsPerSecond;
    desk.report.add(joined);

    device.close();
    const Relay relay(service.port());
    device.join(service.url(relay.port()));
    device.sync();
    const auto written = std::filesystem::last_write_time(device.path());
    const std::int64_t before = relay.up() + relay.down();
    const sync::SyncReport report = device.sync();
    Finding idle = figure("-", "nothing changed, up and down", "bytes",
                          static_cast<double>(relay.up() + relay.down() - before));
    idle.hard = 1000;
    desk.report.add(idle);
    Finding requests = figure("-", "nothing changed, round trips", "requests",
                              static_cast<double>(report.requests));
    requests.hard = 1;
    desk.report.add(requests);
    check(std::filesystem::last_write_time(device.path()) == written,
          "a synchronization without changes wrote to the file");
    device.close();
    remove_database(device.path());
}

/// Row 24; leaves the replica at `to`.
void measure_small_device(const Desk& desk, const Service& service,
                          const std::filesystem::path& to) {
    const auto replicate = [&](const MemoryLimit* limit) {
        remove_database(to);
        const RunOfProgram run = run_program({(program_folder() / "rhumb").string(), "replicate",
                                              service.url(), to.string(), "--json"},
                                             limit);
        check(run.well, "rhumb replicate failed");
        return run;
    };
    std::optional<MemoryLimit> limit;
    try {
        limit.emplace(kSmallDevice);
    } catch (const Error& error) {
        std::fprintf(stderr, "row 24 is left out: %s\n", error.message().c_str());
        replicate(nullptr);
        return;
    }
    replicate(nullptr);  // warms the file
    const RunOfProgram free = replicate(nullptr);
    const RunOfProgram within = replicate(&*limit);
    Finding time = figure("24", "first sync of 1M features in 64 MB", "ms", within.wall_ms);
    time.yardstick = "the same without a limit";
    time.yardstick_value = free.wall_ms;
    time.ratio = within.wall_ms / free.wall_ms;
    time.hard = 3;
    time.aim = 2;
    desk.report.add(time);
    Finding peak = figure("24", "the same, resident", "MB peak", within.peak_mb);
    peak.hard = 48;
    desk.report.add(peak);
}

/// Row 17.
void measure_bytes(const Desk& desk, const Service& service, const std::filesystem::path& served,
                   const std::filesystem::path& replica, std::vector<PlannedEdit> edits) {
    edit_file(served, edits, false);
    const Relay relay(service.port());
    Device device(replica);
    device.open();
    device.follow(service.url(relay.port()));
    device.sync();
    Finding bytes = figure("17", "1k edits of a file of 306 MB, whole exchange", "KB",
                           static_cast<double>(relay.up() + relay.down()) / 1000);
    bytes.hard = 100;
    bytes.aim = 45;
    desk.report.add(bytes);
    device.follow(service.url());
}

/// 1k edits made here, laid over 100k that come.
void measure_rebase(const Desk& desk, const std::filesystem::path& served,
                    const std::filesystem::path& replica, std::vector<PlannedEdit> edits) {
    edit_file(served, edits, false);
    Device plain(desk.file("sync_plain.gpkg")), edited(desk.file("sync_edited.gpkg"));
    const auto fresh = [&](Device& device, bool edits_here) {
        device.close();
        remove_database(device.path());
        std::filesystem::copy_file(replica, device.path());
        device.open();
        if (!edits_here) return;
        std::vector<ObjectId> features;
        for (std::int64_t i = 1; i <= 1000; ++i) features.push_back({i * 900});
        device.edit(features, 3);
    };
    sync::SyncOptions download;
    download.direction = wire::SyncDirection::Download;
    const Rounds rounds(3,
                        {{"plain", [&] { plain.sync(download); }, [&] { fresh(plain, false); }},
                         {"rebase", [&] { edited.sync(download); }, [&] { fresh(edited, true); }}},
                        false);
    for (const Cost cost : {Cost::Wall, Cost::Cpu}) {
        Finding rebase = figure(
            "-",
            cost == Cost::Wall ? "1k edits here, 100k edits come" : "the same, CPU of the device",
            "ms", rounds.median_of(1, cost));
        rebase.yardstick = "100k edits come, none here";
        rebase.yardstick_value = rounds.median_of(0, cost);
        rebase.ratio = rounds.ratio(1, 0, cost);
        desk.report.add(rebase);
    }
    for (Device* device : {&plain, &edited}) {
        device->close();
        remove_database(device->path());
    }
}

void measure_large(const Desk& desk) {
    const WorkingCopy served(desk.base_1m(), desk.file("sync_served.gpkg"));
    const Service service(served.path());
    const WorkingCopy replica(desk.base_100k(), desk.file("sync_device.gpkg"));
    measure_small_device(desk, service, replica.path());
    const auto places = read_places(desk.places());
    const auto few = mixed_edits(places, 1'000'000, 1000, 31);
    measure_bytes(desk, service, served.path(), replica.path(), few);
    // Features that are gone cannot be edited again, nor can the same new ones be made.
    std::unordered_set<std::int64_t> touched;
    for (const PlannedEdit& edit : few) touched.insert(edit.oid.value);
    auto many = mixed_edits(places, 1'000'000, 115'000, 37);
    std::erase_if(many, [&](const PlannedEdit& edit) {
        return edit.kind == EditKind::Insert || touched.count(edit.oid.value) > 0;
    });
    many.resize(std::min<std::size_t>(many.size(), 100'000));
    measure_rebase(desk, served.path(), replica.path(), std::move(many));
}

double percentile(std::vector<double> numbers, double part) {
    std::sort(numbers.begin(), numbers.end());
    const auto at = static_cast<std::size_t>(part * static_cast<double>(numbers.size() - 1) + 0.5);
    return numbers[at];
}

/// Many devices come home at the same time.
void measure_rush(const Desk& desk) {
    const WorkingCopy served(desk.base_100k(), desk.file("sync_served.gpkg"));
    const Service service(served.path());
    const auto places = read_places(desk.places());
    std::vector<std::unique_ptr<Device>> devices;
    for (int i = 0; i < kDevices; ++i) {
        devices.push_back(
            std::make_unique<Device>(desk.file("sync_device_" + std::to_string(i) + ".gpkg")));
        const Place& middle = places[static_cast<std::size_t>(i * 1009) % places.size()];
        for (double reach = 0.1;; reach *= 1.6) {
            devices.back()->join(
                service.url(), geodb::Envelope{middle.x - reach, middle.y - reach, middle.x + reach,
                                               middle.y + reach});
            if (devices.back()->features(kEditsOfDevice).size() >= kEditsOfDevice) break;
            devices.back()->close();
        }
        devices.back()->edit(devices.back()->features(kEditsOfDevice),
                             static_cast<std::uint64_t>(i + 1));
    }
    std::vector<double> latency(kDevices);
    std::atomic<int> errors{0};
    const auto began = std::chrono::steady_clock::now();
    std::vector<std::thread> crews;
    for (int i = 0; i < kDevices; ++i) {
        crews.emplace_back([&, i] {
            const auto mine = static_cast<std::size_t>(i);
            latency[mine] = taken_by([&] {
                                try {
                                    if (!devices[mine]->sync().rejected.empty()) ++errors;
                                } catch (const Error&) {
                                    ++errors;
                                }
                            }).wall_ms;
        });
    }
    for (std::thread& crew : crews) crew.join();
    const std::chrono::duration<double> all = std::chrono::steady_clock::now() - began;
    const std::string what = "100 devices with 100 edits at once, ";
    desk.report.add(figure("-", what + "p50", "ms", percentile(latency, 0.5)));
    desk.report.add(figure("-", what + "p99", "ms", percentile(latency, 0.99)));
    desk.report.add(
        figure("-", what + "edits a second", "edits/s", kDevices * kEditsOfDevice / all.count()));
    Finding failed = figure("-", what + "errors", "errors", errors.load());
    failed.hard = 0;
    desk.report.add(failed);
    for (const auto& device : devices) {
        device->close();
        remove_database(device->path());
        remove_quietly(device->path().string() + ".sync-lock");
    }
}

void measure(const Desk& desk) {
    measure_joining(desk);
    measure_rush(desk);
    measure_large(desk);
}

}  // namespace
}  // namespace rhumb::bench

int main(int argc, char** argv) {
    return rhumb::bench::run_bench(argc, argv, rhumb::bench::measure);
}
