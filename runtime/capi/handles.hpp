// SPDX-License-Identifier: Apache-2.0
//
// What stands behind the opaque handles of the C API that more than one file deals with.

#pragma once

#include "rhumb/sync.h"
#include "runtime/worker/open_geodatabase.hpp"
#include "sync/client/ladder.hpp"

#include <memory>

struct rhumb_geodatabase {
    std::shared_ptr<rhumb::runtime::OpenGeodatabase> open;
};

struct rhumb_replica {
    std::shared_ptr<rhumb::runtime::OpenGeodatabase> open;
};

struct rhumb_sync_report {
    rhumb::sync::SyncReport report;
};

struct rhumb_cancel_token {
    rhumb::CancelToken token;
};
