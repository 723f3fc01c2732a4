/* SPDX-License-Identifier: Apache-2.0
 *
 * Synchronizing while the host carries the requests: with the system's own HTTP, in the
 * background while the app is suspended, or with no network at all. The library needs no thread
 * and opens no socket.
 *
 *     begin; then, until nothing is due: next_request, carry it, take_response or take_failure
 *
 * A transfer may be given up at any moment by releasing it, also by a killed process: begun anew
 * over the same file it goes on where it was.
 */
#ifndef RHUMB_HOST_SYNC_H
#define RHUMB_HOST_SYNC_H

#include "rhumb/replica.h"
#include "rhumb/sync.h"
#include "rhumb/types.h"

#ifdef __cplusplus
extern "C" {
#endif

/** A synchronization whose requests are carried by the host. */
typedef struct rhumb_host_sync rhumb_host_sync;

/** A plain struct: arrays of it go in and out. */
typedef struct rhumb_header {
    rhumb_str name;
    rhumb_str value;
} rhumb_header;

/** Views live until the transfer takes an answer or a failure, or is released. */
typedef struct rhumb_http_request {
    size_t size;
    rhumb_str method;
    rhumb_str url; /**< absolute; a redirect is not to be followed */
    const rhumb_header* headers;
    size_t header_count;
    rhumb_bytes body;
    /** Path of the file that the body of a 200 or 206 should go to; any other answer stays in
        memory. Empty: none. A host that cannot save to a file passes the body in memory, and the
        library writes the file. */
    rhumb_str save_to;
    /** How much of that file is there already: a 206 goes in behind it, a 200 replaces the file.
        The headers ask for the right range already. */
    int64_t save_offset;
    int64_t wait_ms;           /**< send it not before; 0: at once */
    int32_t failures_in_a_row; /**< of this request; the host decides when to give up */
} rhumb_http_request;

typedef struct rhumb_http_response {
    size_t size;
    int32_t http_status;
    const rhumb_header* headers;
    size_t header_count;
    rhumb_bytes body;    /**< unless it was saved */
    int32_t body_saved;  /**< 1: the body went to `save_to`, from its start for a 200, from
                              `save_offset` for a 206 */
    int64_t saved_bytes; /**< how many bytes came with this answer */
} rhumb_http_response;

enum rhumb_http_failure {
    RHUMB_HTTP_UNREACHABLE = 1, /**< nothing was sent */
    RHUMB_HTTP_INTERRUPTED = 2, /**< it may have arrived; no (whole) answer came. When in doubt,
                                     this */
    RHUMB_HTTP_TOO_LARGE = 3,   /**< the answer passes the host's limit */
    RHUMB_HTTP_TLS = 4          /**< the server's certificate is not acceptable; nothing was sent */
};

RHUMB_API void rhumb_http_request_init(rhumb_http_request* request);
RHUMB_API void rhumb_http_response_init(rhumb_http_response* response);

/**
 * Begins what rhumb_synchronize() does. The callbacks of `transfer` belong to the transfer on
 * success, which calls `release_context` when it is released; on failure nothing is taken.
 * @param out_sync  to be released with rhumb_host_sync_release()
 * @retval RHUMB_BUSY  this geodatabase is being synchronized already, or this thread has edits open
 */
RHUMB_API rhumb_status rhumb_host_sync_begin(rhumb_replica* replica,
                                             const rhumb_sync_options* options,
                                             const rhumb_transfer_options* transfer,
                                             rhumb_host_sync** out_sync, rhumb_error* error);

/** Begins what rhumb_replica_create() does. Rules and errors as rhumb_host_sync_begin(). */
RHUMB_API rhumb_status rhumb_host_sync_create(rhumb_geodatabase* geodatabase,
                                              const rhumb_create_options* options,
                                              const rhumb_transfer_options* transfer,
                                              rhumb_host_sync** out_sync, rhumb_error* error);

RHUMB_API void rhumb_host_sync_release(rhumb_host_sync* sync);

/**
 * The request that is due; the same one until it was answered or failed.
 * @param out_request  after rhumb_http_request_init()
 * @param out_is_due   1: carry the request; 0: the synchronization is at its end
 * @retval RHUMB_CANCELLED  by the token in `transfer`
 * @retval RHUMB_BUSY       this thread has edits open on the geodatabase
 * @retval …                and whatever rhumb_synchronize() or rhumb_replica_create() gives; after
 *                          such a failure the transfer has stopped
 */
RHUMB_API rhumb_status rhumb_sync_next_request(rhumb_host_sync* sync,
                                               rhumb_http_request* out_request,
                                               int32_t* out_is_due, rhumb_error* error);

/**
 * Takes the answer to the request that is due and stores its effect. An answer that is none, be
 * it HTML or half a document, is no error: the same request is due again.
 * @param response  after rhumb_http_response_init(); read during the call
 * @retval RHUMB_INVALID_ARGUMENT  a required pointer is NULL, a size is unknown, no request is due,
 *                                 or the status is none of HTTP
 * @retval …                       as rhumb_sync_next_request()
 */
RHUMB_API rhumb_status rhumb_sync_take_response(rhumb_host_sync* sync,
                                                const rhumb_http_response* response,
                                                rhumb_error* error);

/**
 * Says that the request got no answer; it is due again, after a growing wait.
 * @param failure  rhumb_http_failure
 * @param message  a sentence for a person, e.g. of the system; may be empty
 */
RHUMB_API rhumb_status rhumb_sync_take_failure(rhumb_host_sync* sync, int32_t failure,
                                               rhumb_str message, rhumb_error* error);

/**
 * The report so far; complete when nothing is due any more.
 * @param out_report  to be released with rhumb_sync_report_release()
 */
RHUMB_API rhumb_status rhumb_host_sync_report(rhumb_host_sync* sync,
                                              rhumb_sync_report** out_report, rhumb_error* error);

#ifdef __cplusplus
}
#endif

#endif
