/* SPDX-License-Identifier: Apache-2.0
 *
 * Taking a service offline and synchronizing with it, in the calling thread; and the report.
 *
 * Both go step by step, and each step is stored in the file: what was cut off, by a lost link, a
 * cancel or a dead battery, goes on where it was when it is called again. The protocol is that of
 * ArcGIS REST feature services (createReplica, synchronizeReplica), any such service will do.
 *
 * rhumb/sync_job.h does the same on a thread of the library, rhumb/host_sync.h with requests that
 * the host carries. Only one of them runs at a time on a geodatabase; reading and editing go on
 * meanwhile, and edits made meanwhile are sent by the next synchronization.
 */
#ifndef RHUMB_SYNC_H
#define RHUMB_SYNC_H

#include "rhumb/query.h"
#include "rhumb/replica.h"
#include "rhumb/types.h"

#ifdef __cplusplus
extern "C" {
#endif

/** What a synchronization did. */
typedef struct rhumb_sync_report rhumb_sync_report;

/** A wish to stop, from any thread. */
typedef struct rhumb_cancel_token rhumb_cancel_token;

/** ArcGIS REST, synchronizeReplica, `syncDirection`. */
enum rhumb_sync_direction {
    RHUMB_DIRECTION_DOWNLOAD = 1,
    RHUMB_DIRECTION_UPLOAD = 2,
    RHUMB_DIRECTION_BIDIRECTIONAL = 3,
    RHUMB_DIRECTION_SNAPSHOT = 4, /**< all rows anew; edits made here stay pending */
    RHUMB_DIRECTION_NONE = 5      /**< of a single layer: it stays out of the synchronization */
};

enum rhumb_sync_phase {
    RHUMB_PHASE_CONNECT = 1,
    RHUMB_PHASE_CREATE = 2,
    RHUMB_PHASE_UPLOAD = 3,
    RHUMB_PHASE_DOWNLOAD = 4,
    RHUMB_PHASE_APPLY = 5
};

/** Lives during the callback. */
typedef struct rhumb_progress {
    size_t size;
    int32_t phase;  /**< rhumb_sync_phase */
    rhumb_str what; /**< e.g. the layer's name; may be empty */
    int64_t done;   /**< bytes while sending and receiving, features while applying */
    int64_t total;  /**< 0: unknown */
} rhumb_progress;

typedef void (*rhumb_progress_callback)(void* context, const rhumb_progress* progress);
typedef void (*rhumb_release_callback)(void* context);

/** Where a host's token goes; lives during the callback. */
typedef struct rhumb_token_answer rhumb_token_answer;

/** A wish for a token. Lives during the callback. */
typedef struct rhumb_token_request {
    size_t size;
    rhumb_str service_url;
    int32_t refused; /**< 1: the service takes the last token no more; 0: the first, or in time */
    rhumb_token_answer* answer; /**< for rhumb_token_give() */
} rhumb_token_request;

/** Gives a token with rhumb_token_give(), or nothing when nobody is signed in. May block, e.g.
    while somebody signs in; the transfer waits. */
typedef void (*rhumb_token_callback)(void* context, const rhumb_token_request* request);

/**
 * How a transfer speaks with the host and the network. Callbacks come one at a time: of a blocking
 * call in its thread, during the call; of a job on the library's thread; of a transfer that the
 * host carries in the thread that calls. No lock is held, and a callback may call anything but
 * rhumb_sync_job_wait(); beginning edits in one may be RHUMB_BUSY.
 */
typedef struct rhumb_transfer_options {
    size_t size;
    rhumb_progress_callback on_progress; /**< optional */
    void* context;                       /**< given to the callbacks */
    /** Optional; called once with `context`, after the last callback. A blocking call only borrows
        the context and never calls it. When starting a job or transfer fails it is not called. */
    rhumb_release_callback release_context;
    rhumb_cancel_token* cancel; /**< optional; kept alive as long as it is needed. Cancelling a job
                                     that was given one cancels the token */
    rhumb_str extra_ca_file;    /**< PEM file of certificates to trust beside the system's; not
                                     used when the host carries the requests */
    /* Who signs in: one of the three, or none. A token goes to the service's host alone, as a
       header, and is kept in memory alone, as copies that last as long as the transfer. When the
       service takes a token no more a new one is fetched once and the request repeated; then the
       transfer stops with RHUMB_AUTH_REQUIRED and goes on where it was when it is started again.
       Not used when the host carries the requests: it adds its token itself. */
    rhumb_str token;    /**< one that the host has */
    rhumb_str user;     /**< signs in where the service says, with `password`, over https */
    rhumb_str password;
    rhumb_token_callback on_token; /**< asked for the first token, a little before one ends, and
                                        when one was refused */
} rhumb_transfer_options;

/** A plain struct: an array of it is an input. */
typedef struct rhumb_layer_where {
    int32_t layer;
    rhumb_str where; /**< standardized SQL of ArcGIS REST (`layerQueries`) */
} rhumb_layer_where;

/** ArcGIS REST, createReplica, `queryOption`. */
enum rhumb_query_option {
    RHUMB_QUERY_DEFAULT = 0,    /**< as the other options have it */
    RHUMB_QUERY_USE_FILTER = 1, /**< rows that pass `where` and, if wanted, the extent or area */
    RHUMB_QUERY_ALL = 2,        /**< every row */
    RHUMB_QUERY_NONE = 3        /**< none but, if wanted, rows related to those of other layers */
};

/** What is wanted of one layer beside a condition. A plain struct: an array of it is an input. */
typedef struct rhumb_layer_wish {
    int32_t layer;
    int32_t query_option;  /**< rhumb_query_option */
    int32_t no_geometry;   /**< 1: the extent or area does not count for this layer */
    int32_t related;       /**< 1: with RHUMB_QUERY_NONE, rows related to other layers' rows */
} rhumb_layer_wish;

/** A plain struct: an array of it is an input. */
typedef struct rhumb_layer_policy {
    int32_t layer;
    int32_t policy; /**< rhumb_merge_policy */
} rhumb_layer_policy;

typedef struct rhumb_create_options {
    size_t size;
    rhumb_str service_url; /**< http(s)://…/FeatureServer; required */
    const int32_t* layers; /**< numbers of the layers to take; NULL: all that can be taken */
    size_t layer_count;
    const rhumb_layer_where* where; /**< filters of single layers; NULL: none */
    size_t where_count;
    int32_t has_extent;  /**< 1: only features that touch `extent` */
    int32_t extent_epsg; /**< reference of `extent`; 0: the service's own */
    rhumb_envelope extent;
    int32_t model;  /**< rhumb_sync_model */
    rhumb_str name; /**< how the replica's name at the service begins; a random part makes it
                         unique. Empty: one is made */
    int32_t attachments; /**< rhumb_attachment_policy for all layers; 0: RHUMB_ATTACHMENTS_ALL */
    /* Since 0.2; a host that was built before says so by `size`. */
    int32_t replica_epsg; /**< reference of the geometries here; 0: the service's own */
    rhumb_str area; /**< instead of an extent: a shape of any kind, as Esri JSON; its reference is
                         `extent_epsg`. Empty: none */
    const rhumb_layer_wish* wishes; /**< NULL: none */
    size_t wish_count;
    const rhumb_layer_policy* policies; /**< who wins when both sides changed the same; layers that
                                             are not named: RHUMB_POLICY_LAST */
    size_t policy_count;
} rhumb_create_options;

/** ArcGIS REST, synchronizeReplica, `syncLayers`. A plain struct: an array of it is an input. */
typedef struct rhumb_layer_direction {
    int32_t layer;
    int32_t direction; /**< rhumb_sync_direction */
} rhumb_layer_direction;

typedef struct rhumb_sync_options {
    size_t size;
    int32_t direction;           /**< rhumb_sync_direction */
    int32_t rollback_on_failure; /**< 1: the service takes all edits or none of them */
    int32_t close_replica;       /**< 1: the replica is unregistered after the synchronization */
    int32_t attachments;         /**< rhumb_attachment_policy from now on; 0: as it is */
    int32_t renew_unknown;       /**< 1: a replica that the service does not know is made anew, with
                                      all pending edits. One that expired there is in any case */
    const rhumb_layer_direction* layer_directions; /**< layers that go another way than `direction`;
                                      NULL: none. For replicas made with RHUMB_MODEL_PER_LAYER:
                                      else one generation covers all layers */
    size_t layer_direction_count;
} rhumb_sync_options;

typedef struct rhumb_sync_facts {
    size_t size;
    int64_t requests;
    int64_t bytes_up;
    int64_t bytes_down;
    int32_t resumed; /**< 1: it went on from where an earlier run was cut off */
    size_t layer_count;
    size_t rejected_count; /**< new in this synchronization */
    size_t conflict_count; /**< new in this synchronization */
    size_t note_count;
    int64_t attachments_sent;     /**< adds, updates and deletes */
    int64_t attachments_received; /**< adds, updates and deletes */
    int64_t attachments_fetched;  /**< whose content arrived */
    size_t attachment_failure_count;
} rhumb_sync_facts;

typedef struct rhumb_sync_layer {
    size_t size;
    int32_t layer;
    rhumb_str name;
    int64_t sent_inserts;
    int64_t sent_updates;
    int64_t sent_deletes;
    int64_t received_inserts;
    int64_t received_updates;
    int64_t received_deletes;
} rhumb_sync_layer;

RHUMB_API void rhumb_transfer_options_init(rhumb_transfer_options* options);
RHUMB_API void rhumb_create_options_init(rhumb_create_options* options);
/** The defaults: bidirectional, each edit for itself, the replica stays. */
RHUMB_API void rhumb_sync_options_init(rhumb_sync_options* options);
RHUMB_API void rhumb_sync_facts_init(rhumb_sync_facts* facts);
RHUMB_API void rhumb_sync_layer_init(rhumb_sync_layer* layer);

/**
 * Gives the token that was wished for; during the callback, in its thread. Given twice, the last.
 * @param token       copied
 * @param expires_ms  when it ends, ms since 1970-01-01T00:00:00Z; 0: not known
 * @param referer     what the token is bound to, sent as `Referer`; empty: nothing. Copied
 * @retval RHUMB_INVALID_ARGUMENT  `answer` is NULL, or a text is empty or cannot be a header
 */
RHUMB_API rhumb_status rhumb_token_give(rhumb_token_answer* answer, rhumb_str token,
                                        int64_t expires_ms, rhumb_str referer, rhumb_error* error);

/** @param out_token  to be released with rhumb_cancel_token_release() */
RHUMB_API rhumb_status rhumb_cancel_token_new(rhumb_cancel_token** out_token, rhumb_error* error);
RHUMB_API void rhumb_cancel_token_release(rhumb_cancel_token* token);
/** Whatever was given this token stops soon, with RHUMB_CANCELLED. Any thread; NULL is fine. */
RHUMB_API void rhumb_cancel_token_cancel(rhumb_cancel_token* token);

/**
 * Takes a service offline into a new, empty geodatabase; then rhumb_replica_open() opens it. When
 * a creation was cut off in this geodatabase, that one goes on, with its own options. Blocks.
 * @param transfer    NULL for no callbacks
 * @param out_report  optional; to be released with rhumb_sync_report_release()
 * @retval RHUMB_INVALID_ARGUMENT  a required pointer is NULL, a size is unknown, or an option
 *                                 makes no sense; the message names it
 * @retval RHUMB_ALREADY_EXISTS    the geodatabase is a replica, or has layers, or another service
 *                                 is being taken offline into it
 * @retval RHUMB_NOT_FOUND         the service has no such layer
 * @retval RHUMB_UNSUPPORTED       the service offers no Sync, or not for these layers
 * @retval RHUMB_BUSY              a synchronization runs on this geodatabase, or this thread has
 *                                 edits open
 * @retval RHUMB_OFFLINE, RHUMB_PROTOCOL, RHUMB_CANCELLED  call again to go on
 * @retval RHUMB_SERVICE_REFUSED, RHUMB_AUTH_REQUIRED      the message has the service's words
 * @retval RHUMB_DISK_FULL, RHUMB_IO, RHUMB_READ_ONLY
 */
RHUMB_API rhumb_status rhumb_replica_create(rhumb_geodatabase* geodatabase,
                                            const rhumb_create_options* options,
                                            const rhumb_transfer_options* transfer,
                                            rhumb_sync_report** out_report, rhumb_error* error);

/**
 * Brings replica and service into agreement. A refused edit is no error but stands in the report.
 * An earlier synchronization that was cut off after its edits were sent is finished first, with
 * its own options. Blocks.
 * @param options     NULL for the defaults
 * @param transfer    NULL for no callbacks
 * @param out_report  optional; to be released with rhumb_sync_report_release()
 * @retval RHUMB_NOT_FOUND          the service does not know the replica (any more); see
 *                                  `renew_unknown`
 * @retval RHUMB_SCHEMA_CHANGED     a layer of the service is not what it was; the message names it
 * @retval RHUMB_SERVICE_REFUSED    with `rollback_on_failure`: nothing was taken, all is pending
 *                                  as before; the message names the edit and the reason
 * @retval …                        and as rhumb_replica_create()
 */
RHUMB_API rhumb_status rhumb_synchronize(rhumb_replica* replica, const rhumb_sync_options* options,
                                         const rhumb_transfer_options* transfer,
                                         rhumb_sync_report** out_report, rhumb_error* error);

/**
 * Unregisters the replica at the service and closes it here; the file stays. Pending edits go
 * nowhere afterwards, so synchronize first (or use `close_replica`). Blocks.
 * @retval …  as rhumb_replica_create()
 */
RHUMB_API rhumb_status rhumb_replica_unregister(rhumb_replica* replica,
                                                const rhumb_transfer_options* transfer,
                                                rhumb_error* error);

RHUMB_API void rhumb_sync_report_release(rhumb_sync_report* report);

/*
 * The parts of a report. `out_…` structs go through their `_init` first, their views live as long
 * as the report; an index counts from 0.
 * RHUMB_INVALID_ARGUMENT: a pointer is NULL, the size unknown, or the index too large.
 */
RHUMB_API rhumb_status rhumb_sync_report_facts(const rhumb_sync_report* report,
                                               rhumb_sync_facts* out_facts, rhumb_error* error);
RHUMB_API rhumb_status rhumb_sync_report_layer(const rhumb_sync_report* report, size_t index,
                                               rhumb_sync_layer* out_layer, rhumb_error* error);
RHUMB_API rhumb_status rhumb_sync_report_rejected(const rhumb_sync_report* report, size_t index,
                                                  rhumb_rejected_edit* out_edit,
                                                  rhumb_error* error);
RHUMB_API rhumb_status rhumb_sync_report_conflict(const rhumb_sync_report* report, size_t index,
                                                  rhumb_conflict* out_conflict,
                                                  rhumb_error* error);
/** E.g. that a layer was left out, and why: a sentence for a person. */
RHUMB_API rhumb_status rhumb_sync_report_note(const rhumb_sync_report* report, size_t index,
                                              rhumb_str* out_note, rhumb_error* error);

#ifdef __cplusplus
}
#endif

#endif
