// SPDX-License-Identifier: Apache-2.0
//
// What a service offers and how much of it.

#pragma once

#include "sync/service/jobs/job_limits.hpp"
#include "sync/service/uploads/upload_limits.hpp"
#include "sync/wire/input_limits.hpp"

#include <cstdint>
#include <string>

namespace rhumb::service {

/// What a service publishes about itself.
struct ServiceLimits {
    std::int64_t max_record_count = 2000;
    /// Pages of resultType=standard and tile; never less than the plain page.
    std::int64_t standard_max_record_count = 32'000;
    std::int64_t tile_max_record_count = 8'000;
    /// How long reading the answer of one query may take, in ms; 0: as long as it takes.
    std::int64_t statement_time_ms = 60'000;
    UploadLimits uploads;
    wire::InputLimits input;  ///< of what a call brings as JSON
    std::int64_t max_attachment_bytes = 2LL * 1024 * 1024 * 1024;
    JobLimits jobs;
    /// What clients may do; without Create, Update and Delete replicas are download-only.
    std::string capabilities =
        "Create,Delete,Query,Update,Editing,Uploads,Sync,Extract,ChangeTracking";
};

}  // namespace rhumb::service
