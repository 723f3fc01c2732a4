/* SPDX-License-Identifier: Apache-2.0
 *
 * Rhumb, an offline-first replica sync runtime: a geodatabase on the device that is edited with
 * no network, and brought into agreement with a feature service whenever a link comes by.
 *
 * A field day is: rhumb_geodatabase_create(), rhumb_replica_create(); then rhumb_query() and
 * rhumb_edits_begin() as often as needed, with no network; then rhumb_replica_open() and
 * rhumb_synchronize(). The conventions of all calls are told in rhumb/types.h.
 */
#ifndef RHUMB_RHUMB_H
#define RHUMB_RHUMB_H

#include "rhumb/attachments.h"
#include "rhumb/edits.h"
#include "rhumb/geodatabase.h"
#include "rhumb/host_sync.h"
#include "rhumb/merge.h"
#include "rhumb/query.h"
#include "rhumb/replica.h"
#include "rhumb/sync.h"
#include "rhumb/sync_job.h"
#include "rhumb/types.h"
#include "rhumb/version.h"

#endif
