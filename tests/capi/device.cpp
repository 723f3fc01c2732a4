// SPDX-License-Identifier: Apache-2.0
#include "tests/capi/device.hpp"

namespace rhumb::test {

Device::Device(const FieldFile& folder, const std::string& name) : path_(folder.beside(name)) {
    rhumb_error error;
    rhumb_geodatabase* made = nullptr;
    ok(rhumb_geodatabase_create(str(path_), &made, &error), error);
    geodatabase_.reset(made);
}

void Device::restart() {
    geodatabase_.reset();
    geodatabase_ = open_geodatabase(path_);
}

ReplicaHandle Device::replica() const {
    rhumb_error error;
    rhumb_replica* out = nullptr;
    ok(rhumb_replica_open(geodatabase_.get(), &out, &error), error);
    return ReplicaHandle(out);
}

rhumb_create_options Device::options(const std::string& url) {
    rhumb_create_options options;
    rhumb_create_options_init(&options);
    options.service_url = str(url);
    return options;
}

ReportHandle Device::create(const std::string& url) {
    rhumb_error error;
    rhumb_sync_report* report = nullptr;
    const rhumb_create_options asked = options(url);
    ok(rhumb_replica_create(geodatabase_.get(), &asked, nullptr, &report, &error), error);
    return ReportHandle(report);
}

ReportHandle Device::sync() {
    rhumb_error error;
    rhumb_sync_report* report = nullptr;
    ok(rhumb_synchronize(replica().get(), nullptr, nullptr, &report, &error), error);
    return ReportHandle(report);
}

std::int64_t Device::pending() const {
    StatusHandle keep;
    return facts_of(replica().get(), keep).pending_edits;
}

rhumb_sync_facts facts_of(const ReportHandle& report) {
    rhumb_error error;
    rhumb_sync_facts facts;
    rhumb_sync_facts_init(&facts);
    ok(rhumb_sync_report_facts(report.get(), &facts, &error), error);
    return facts;
}

rhumb_sync_layer layer_of(const ReportHandle& report, std::size_t index) {
    rhumb_error error;
    rhumb_sync_layer layer;
    rhumb_sync_layer_init(&layer);
    ok(rhumb_sync_report_layer(report.get(), index, &layer, &error), error);
    return layer;
}

rhumb_replica_facts facts_of(rhumb_replica* replica, StatusHandle& keep) {
    rhumb_error error;
    rhumb_replica_status* status = nullptr;
    ok(rhumb_replica_read_status(replica, &status, &error), error);
    keep.reset(status);
    rhumb_replica_facts facts;
    rhumb_replica_facts_init(&facts);
    ok(rhumb_replica_status_facts(status, &facts, &error), error);
    return facts;
}

}  // namespace rhumb::test
