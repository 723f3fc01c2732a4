// SPDX-License-Identifier: Apache-2.0
#include "runtime/server/job_thread.hpp"

#include "tests/support/catch.hpp"
#include "tests/support/office.hpp"

using namespace rhumb;
using namespace rhumb::test;

TEST_CASE("a server that runs for months lets replicas expire without being started anew",
          "[server][history]") {
    Office office;
    office.post("/createReplica", {{"layers", "0"}, {"syncModel", "perReplica"}});
    REQUIRE(office.get("/replicas").as_array("replicas").size() == 1);
    runtime::JobThread jobs(office.services(), office.world().clock);
    office.world().clock.now += 181LL * 24 * 3'600'000;
    CHECK(jobs.housekeep_if_due());
    CHECK(office.get("/replicas").as_array("replicas").empty());
    CHECK_FALSE(jobs.housekeep_if_due());  // not again within the hour
    office.world().clock.now += runtime::kHousekeepingMs;
    CHECK(jobs.housekeep_if_due());
}
