// SPDX-License-Identifier: Apache-2.0
//
// What was refused and what lost, as status and report both hand it out.

#pragma once

#include "rhumb/replica.h"
#include "sync/replica/replica.hpp"

namespace rhumb::capi {

/// Views of `edit`.
rhumb_rejected_edit rejected_edit_of(const sync::RejectedEdit& edit);
/// Views of `conflict`.
rhumb_conflict conflict_of(const sync::Conflict& conflict);

}  // namespace rhumb::capi
