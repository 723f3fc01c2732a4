// SPDX-License-Identifier: Apache-2.0
#include "tests/capi/device.hpp"

#include <atomic>
#include <condition_variable>
#include <mutex>
#include <thread>

using namespace rhumb::test;

namespace {

/// A gate in the service: requests stand before it until it is opened.
class Gate {
public:
    void open() {
        const std::lock_guard lock(mutex_);
        open_ = true;
        changed_.notify_all();
    }
    void pass() {
        std::unique_lock lock(mutex_);
        ++waiting_;
        changed_.notify_all();
        changed_.wait(lock, [this] { return open_; });
    }
    /// Until somebody stands before the gate.
    void await() {
        std::unique_lock lock(mutex_);
        changed_.wait(lock, [this] { return waiting_ > 0; });
    }

private:
    std::mutex mutex_;
    std::condition_variable changed_;
    bool open_ = false;
    int waiting_ = 0;
};

/// Opens the gate whatever happens, so that the listener can stop.
class Opener {
public:
    explicit Opener(Gate& gate) : gate_(gate) {}
    Opener(const Opener&) = delete;
    Opener& operator=(const Opener&) = delete;
    ~Opener() { gate_.open(); }

private:
    Gate& gate_;
};

/// The host's side of the callbacks.
struct Host {
    std::atomic<int> calls{0};
    std::atomic<int> released{0};
    std::atomic<rhumb_sync_job*> job{nullptr};
    std::atomic<rhumb_status> wait_status{RHUMB_OK};
    std::atomic<bool> release_inside{false};

    rhumb_transfer_options options() {
        rhumb_transfer_options transfer;
        rhumb_transfer_options_init(&transfer);
        transfer.context = this;
        transfer.on_progress = [](void* context, const rhumb_progress*) {
            static_cast<Host*>(context)->on_progress();
        };
        transfer.release_context = [](void* context) { ++static_cast<Host*>(context)->released; };
        return transfer;
    }

    void on_progress() {
        ++calls;
        rhumb_sync_job* mine = job.exchange(nullptr);
        if (mine == nullptr) return;
        wait_status = rhumb_sync_job_wait(mine, nullptr, nullptr);
        if (release_inside) rhumb_sync_job_release(mine);
    }
};

JobHandle start_sync(rhumb_replica* replica, const rhumb_transfer_options& transfer) {
    rhumb_error error;
    rhumb_sync_job* job = nullptr;
    ok(rhumb_sync_start(replica, nullptr, &transfer, &job, &error), error);
    return JobHandle(job);
}

}  // namespace

TEST_CASE("a job takes a service offline and another one synchronizes", "[capi][job]") {
    const FieldFile folder;
    FieldService service;
    service.add_tree("oak", 1, 1);
    Device device(folder);
    Host host;
    rhumb_error error;
    rhumb_sync_job* started = nullptr;
    const rhumb_create_options options = Device::options(service.url());
    const rhumb_transfer_options transfer = host.options();
    ok(rhumb_replica_create_start(device.geodatabase(), &options, &transfer, &started, &error),
       error);
    const JobHandle job(started);
    rhumb_sync_report* report = nullptr;
    ok(rhumb_sync_job_wait(job.get(), &report, &error), error);
    CHECK(layer_of(ReportHandle(report), 0).received_inserts == 1);
    CHECK(rhumb_sync_job_is_finished(job.get()) == 1);
    CHECK(host.released == 1);
    CHECK(host.calls > 0);
    ok(rhumb_sync_job_wait(job.get(), nullptr, &error), error);  // again

    add_tree(device.geodatabase(), "elm");
    const JobHandle second = start_sync(device.replica().get(), host.options());
    ok(rhumb_sync_job_wait(second.get(), nullptr, &error), error);
    CHECK(host.released == 2);
    CHECK(service.species() == "elm oak");
}

TEST_CASE("reading and editing go on while a job waits for the network", "[capi][job]") {
    const FieldFile folder;
    Gate gate;
    FieldService service;
    service.add_tree("oak", 1, 1);
    Device device(folder);
    device.create(service.url());
    add_tree(device.geodatabase(), "elm");
    const Opener opener(gate);
    service.before_each([&](const std::string&) { gate.pass(); });
    const ReplicaHandle replica = device.replica();
    Host host;
    const JobHandle job = start_sync(replica.get(), host.options());
    gate.await();

    rhumb_error error;
    rhumb_sync_job* second = nullptr;
    const rhumb_transfer_options transfer = host.options();
    fails(rhumb_sync_start(replica.get(), nullptr, &transfer, &second, &error), error, RHUMB_BUSY,
          "being synchronized");
    CHECK(host.released == 0);  // on failure nothing is taken
    CHECK(rhumb_sync_job_is_finished(job.get()) == 0);
    bool added = false;
    std::thread other([&] { added = try_add_tree(device.geodatabase(), "ash"); });
    add_tree(device.geodatabase(), "yew");
    other.join();
    CHECK(added);
    CHECK(species(device.geodatabase(), "species <> 'ash'") == "oak elm yew");

    gate.open();
    ok(rhumb_sync_job_wait(job.get(), nullptr, &error), error);
    device.sync();
    CHECK(service.species() == "ash elm oak yew");
}

TEST_CASE("a job is cancelled in the middle of a request", "[capi][job]") {
    const FieldFile folder;
    Gate gate;
    FieldService service;
    Device device(folder);
    device.create(service.url());
    add_tree(device.geodatabase(), "elm");
    Host host;
    rhumb_error error;
    {
        const Opener opener(gate);
        service.before_each([&](const std::string&) { gate.pass(); });
        const JobHandle job = start_sync(device.replica().get(), host.options());
        gate.await();
        rhumb_sync_job_cancel(job.get());
        fails(rhumb_sync_job_wait(job.get(), nullptr, &error), error, RHUMB_CANCELLED, "cancel");
    }
    CHECK(host.released == 1);
    CHECK(device.pending() == 1);
    device.sync();
    CHECK(service.species() == "elm");
}

TEST_CASE("a job that runs is released: it stops first, whatever is released before",
          "[capi][job]") {
    const FieldFile folder;
    Gate gate;
    FieldService service;
    Host host;
    {
        const Opener opener(gate);
        Device device(folder);
        device.create(service.url());
        service.before_each([&](const std::string&) { gate.pass(); });
        JobHandle job = start_sync(device.replica().get(), host.options());
        gate.await();
        device = Device(folder, "another.gpkg");  // the first geodatabase is released
        job.reset();
        CHECK(host.released == 1);
    }
    CHECK(rhumb_sync_job_is_finished(nullptr) == 0);
}

TEST_CASE("a job cannot be waited for in its callback, but released", "[capi][job]") {
    const FieldFile folder;
    FieldService service;
    service.add_tree("oak", 1, 1);
    Device device(folder);
    device.create(service.url());
    for (const bool release_inside : {false, true}) {
        Gate gate;
        Host host;
        host.release_inside = release_inside;
        const Opener opener(gate);
        service.before_each([&](const std::string&) { gate.pass(); });
        JobHandle job = start_sync(device.replica().get(), host.options());
        gate.await();
        host.job = release_inside ? job.release() : job.get();
        gate.open();
        if (job) rhumb_sync_job_wait(job.get(), nullptr, nullptr);
        while (host.released == 0) std::this_thread::yield();
        CHECK(host.wait_status == RHUMB_INVALID_ARGUMENT);
        service.before_each({});
    }
}

TEST_CASE("jobs of several devices run at the same time", "[capi][job]") {
    const FieldFile folder;
    FieldService service;
    std::vector<std::thread> crews;
    std::atomic<int> done{0};
    for (int crew = 0; crew < 3; ++crew) {
        crews.emplace_back([&, crew] {
            const std::string path = folder.beside("crew" + std::to_string(crew) + ".gpkg");
            const rhumb_create_options options = Device::options(service.url());
            rhumb_geodatabase* geodatabase = nullptr;
            rhumb_replica* replica = nullptr;
            rhumb_sync_job* job = nullptr;
            rhumb_geodatabase_create(str(path), &geodatabase, nullptr);
            rhumb_replica_create_start(geodatabase, &options, nullptr, &job, nullptr);
            bool good = rhumb_sync_job_wait(job, nullptr, nullptr) == RHUMB_OK;
            rhumb_sync_job_release(job);
            rhumb_replica_open(geodatabase, &replica, nullptr);
            rhumb_geodatabase_release(geodatabase);
            good =
                good && rhumb_synchronize(replica, nullptr, nullptr, nullptr, nullptr) == RHUMB_OK;
            rhumb_replica_release(replica);
            if (good) ++done;
        });
    }
    for (std::thread& crew : crews) crew.join();
    CHECK(done == 3);
}
