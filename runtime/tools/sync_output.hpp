// SPDX-License-Identifier: Apache-2.0
//
// What a synchronization came to, for people and as JSON.

#pragma once

#include "geodb/geodatabase.hpp"
#include "geodb/tracking/net_edits.hpp"
#include "runtime/tools/ladder_run.hpp"
#include "sync/replica/replica.hpp"
#include "sync/wire/json.hpp"

#include <string>

namespace rhumb::tool {

/// Layers, conflicts, rejected edits and effort. `file` names the layers of edits.
void print_report(const LadderRun& run, geodb::Geodatabase& file);
void print_notes(const sync::SyncReport& report);
void print_attachments(const sync::AttachmentReport& report);
/// "7 requests, 12.3 kB up, 45.0 kB down, 0.42 s"
std::string effort_text(const LadderRun& run);

/// Members "layers", "conflicts", "rejected", "requests" … of `facts`. `file` may be null where
/// there can be neither conflicts nor rejected edits.
void add_report(wire::Json& facts, const LadderRun& run, geodb::Geodatabase* file);

// One of a list that is kept until somebody decides.
std::string rejected_text(const sync::RejectedEdit& edit, geodb::Geodatabase& file);
std::string conflict_text(const sync::Conflict& conflict, geodb::Geodatabase& file);
wire::Json rejected_json(const sync::RejectedEdit& edit, geodb::Geodatabase& file);
/// All that is known of one, over several lines.
void show_rejected(const sync::RejectedEdit& edit, geodb::Geodatabase& file);
void show_conflict(const sync::Conflict& conflict, geodb::Geodatabase& file);
wire::Json conflict_json(const sync::Conflict& conflict, geodb::Geodatabase& file);

}  // namespace rhumb::tool
