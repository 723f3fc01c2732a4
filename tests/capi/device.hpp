// SPDX-License-Identifier: Apache-2.0
//
// A device in a test: a replica file and what is done to it through the C API.

#pragma once

#include "tests/capi/c_api.hpp"
#include "tests/capi/field_world.hpp"

#include <string>

namespace rhumb::test {

/// A new, empty geodatabase beside `folder`'s file.
class Device {
public:
    explicit Device(const FieldFile& folder, const std::string& name = "device.gpkg");

    /// Closes the file and opens it again.
    void restart();
    rhumb_geodatabase* geodatabase() const { return geodatabase_.get(); }
    ReplicaHandle replica() const;

    /// Views `url`.
    static rhumb_create_options options(const std::string& url);
    ReportHandle create(const std::string& url);
    ReportHandle sync();
    std::int64_t pending() const;

private:
    std::string path_;
    GeodatabaseHandle geodatabase_;
};

rhumb_sync_facts facts_of(const ReportHandle& report);
rhumb_sync_layer layer_of(const ReportHandle& report, std::size_t index);
rhumb_replica_facts facts_of(rhumb_replica* replica, StatusHandle& keep);

}  // namespace rhumb::test
