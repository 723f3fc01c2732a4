/* SPDX-License-Identifier: Apache-2.0
 *
 * Taking a service offline and synchronizing on the library's own thread.
 */
#ifndef RHUMB_SYNC_JOB_H
#define RHUMB_SYNC_JOB_H

#include "rhumb/replica.h"
#include "rhumb/sync.h"
#include "rhumb/types.h"

#ifdef __cplusplus
extern "C" {
#endif

/** A synchronization that runs on the worker thread of its geodatabase. */
typedef struct rhumb_sync_job rhumb_sync_job;

/**
 * Starts synchronizing a replica with its service, on the geodatabase's worker thread.
 *
 * `options` and `transfer` may be NULL for the defaults. They are read during the call only,
 * except the callbacks: on success they and their context belong to the job, which calls
 * `release_context` once, after the last callback. On failure nothing is taken. Any thread.
 * @param out_job  to be released with rhumb_sync_job_release(); NULL on failure
 * @retval RHUMB_OK                the job is queued; its result comes from rhumb_sync_job_wait()
 * @retval RHUMB_INVALID_ARGUMENT  a required pointer is NULL, or a size is unknown
 * @retval RHUMB_BUSY              this geodatabase is being synchronized already
 */
RHUMB_API rhumb_status rhumb_sync_start(rhumb_replica* replica, const rhumb_sync_options* options,
                                        const rhumb_transfer_options* transfer,
                                        rhumb_sync_job** out_job, rhumb_error* error);

/**
 * Starts what rhumb_replica_create() does, on the geodatabase's worker thread. Rules and errors
 * as rhumb_sync_start().
 */
RHUMB_API rhumb_status rhumb_replica_create_start(rhumb_geodatabase* geodatabase,
                                                  const rhumb_create_options* options,
                                                  const rhumb_transfer_options* transfer,
                                                  rhumb_sync_job** out_job, rhumb_error* error);

/**
 * Waits for the end of the job and hands out its result; it may be asked more than once. Its
 * callbacks are over and its context is released by then. Any thread but the job's own.
 * @param out_report  optional; to be released with rhumb_sync_report_release()
 * @retval RHUMB_INVALID_ARGUMENT  `job` is NULL, or this is one of the job's callbacks
 * @retval RHUMB_CANCELLED         the job was cancelled; another one goes on where it was
 * @retval …                       and whatever rhumb_synchronize() or rhumb_replica_create() gives
 */
RHUMB_API rhumb_status rhumb_sync_job_wait(rhumb_sync_job* job, rhumb_sync_report** out_report,
                                           rhumb_error* error);

/** 1 when rhumb_sync_job_wait() would return at once; 0 before, and for NULL. Any thread. */
RHUMB_API int32_t rhumb_sync_job_is_finished(const rhumb_sync_job* job);

/** Asks the job to stop soon. Returns at once. Any thread; NULL is fine. */
RHUMB_API void rhumb_sync_job_cancel(rhumb_sync_job* job);

/**
 * Lets go of the job. One that is not finished is cancelled, and this call waits until it has
 * stopped: at most the time of one step, such as writing what has arrived. In a callback of the
 * job it does not wait. NULL is fine.
 */
RHUMB_API void rhumb_sync_job_release(rhumb_sync_job* job);

#ifdef __cplusplus
}
#endif

#endif
