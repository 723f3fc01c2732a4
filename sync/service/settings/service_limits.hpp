// SPDX-License-Identifier: Apache-2.0
//
// What a service offers and how much of it.

#pragma once

#include "sync/service/jobs/job_limits.hpp"
#include "sync/service/uploads/upload_limits.hpp"

#include <cstdint>
#include <string>

namespace rhumb::service {

/// What a service publishes about itself.
struct ServiceLimits {
    std::int64_t max_record_count = 2000;
    UploadLimits uploads;
    JobLimits jobs;
    /// What clients may do; without Create, Update and Delete replicas are download-only.
    std::string capabilities = "Create,Delete,Query,Update,Uploads,Sync,Extract";
};

}  // namespace rhumb::service
