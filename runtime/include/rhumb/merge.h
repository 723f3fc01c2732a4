/* SPDX-License-Identifier: Apache-2.0
 *
 * What a person decides about conflicts and refused edits.
 *
 * rhumb_replica_read_status() lists both, with their numbers. A decision is an edit like any other,
 * made in one transaction: it goes up with the next synchronization, and may be made while one
 * runs. Any thread; each call waits for the writer's turn and is RHUMB_BUSY when this thread has
 * edits open.
 */
#ifndef RHUMB_MERGE_H
#define RHUMB_MERGE_H

#include "rhumb/replica.h"
#include "rhumb/types.h"

#ifdef __cplusplus
extern "C" {
#endif

/**
 * Who wins in a layer when both sides changed the same. A new replica has RHUMB_POLICY_LAST.
 * @param out_policy  receives a rhumb_merge_policy
 * @retval RHUMB_NOT_FOUND  the replica has no such layer
 */
RHUMB_API rhumb_status rhumb_replica_policy(rhumb_replica* replica, int32_t layer,
                                            int32_t* out_policy, rhumb_error* error);
/**
 * Changes it for what is met from now on; conflicts that are kept stay as they are.
 * @retval RHUMB_NOT_FOUND         the replica has no such layer
 * @retval RHUMB_INVALID_ARGUMENT  `policy` is no rhumb_merge_policy
 */
RHUMB_API rhumb_status rhumb_replica_set_policy(rhumb_replica* replica, int32_t layer,
                                                int32_t policy, rhumb_error* error);

enum rhumb_take { RHUMB_TAKE_MINE = 1, RHUMB_TAKE_THEIRS = 2, RHUMB_TAKE_VALUE = 3 };

/** Which conflicts a decision is about. */
enum rhumb_conflict_scope {
    RHUMB_SCOPE_NUMBER = 1, /**< the one of the number */
    RHUMB_SCOPE_COLUMN = 2, /**< the last about `column` of its feature */
    RHUMB_SCOPE_FEATURE = 3 /**< all of its feature that nobody has decided */
};

typedef struct rhumb_resolution {
    size_t size;
    int32_t take;     /**< rhumb_take */
    int32_t scope;    /**< rhumb_conflict_scope */
    rhumb_str value;  /**< RHUMB_TAKE_VALUE: the column's value as JSON, or {"attributes":{…}} where
                           one side had deleted the feature */
    rhumb_str column; /**< RHUMB_SCOPE_COLUMN */
} rhumb_resolution;

/** Mine, and the conflict of the number alone. */
RHUMB_API void rhumb_resolution_init(rhumb_resolution* resolution);

/**
 * Decides a conflict. Where the chosen value stands in the row already nothing is edited.
 * @param out_count  optional; how many conflicts were decided
 * @retval RHUMB_NOT_FOUND            no conflict of this number or about this column; or the
 *                                    feature is not here any more
 * @retval RHUMB_INVALID_ARGUMENT     it was decided already, or the value cannot be read
 * @retval RHUMB_CONSTRAINT_VIOLATED  a rule of the file refuses the value
 */
RHUMB_API rhumb_status rhumb_conflict_resolve(rhumb_replica* replica, int64_t number,
                                              const rhumb_resolution* resolution,
                                              int64_t* out_count, rhumb_error* error);

/*
 * Decisions about a refused edit. Editing its feature needs none of them: then all of the edit goes
 * up again with the later one.
 * RHUMB_NOT_FOUND: no edit of this number. RHUMB_INVALID_ARGUMENT: it was decided already.
 * RHUMB_BUSY: it is on its way, and its outcome not known.
 */

/** It goes up again, unchanged. */
RHUMB_API rhumb_status rhumb_rejected_retry(rhumb_replica* replica, int64_t number,
                                            rhumb_error* error);
/**
 * The feature becomes what the service has of it; the edit stays on the list with its data.
 * @retval RHUMB_UNSUPPORTED  what the service has is not known: an older version parked it
 */
RHUMB_API rhumb_status rhumb_rejected_take_theirs(rhumb_replica* replica, int64_t number,
                                                  rhumb_error* error);
/** The same, and the edit leaves the list with its data. */
RHUMB_API rhumb_status rhumb_rejected_drop(rhumb_replica* replica, int64_t number,
                                           rhumb_error* error);
/** A pending edit that keeps an upload from being taken is held back, so that the others can go. */
RHUMB_API rhumb_status rhumb_rejected_park(rhumb_replica* replica, int64_t number,
                                           rhumb_error* error);
/**
 * Writes all that are not decided to a file: JSON lines, or a GeoJSON FeatureCollection when the
 * path ends with ".geojson". Replaces the file whole.
 * @param out_count  optional
 * @retval RHUMB_IO, RHUMB_DISK_FULL, RHUMB_READ_ONLY
 */
RHUMB_API rhumb_status rhumb_rejected_export(rhumb_replica* replica, rhumb_str path,
                                             int64_t* out_count, rhumb_error* error);

#ifdef __cplusplus
}
#endif

#endif
