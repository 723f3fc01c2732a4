/* SPDX-License-Identifier: Apache-2.0
 *
 * A replica: the agreement between a geodatabase and a feature service, and how it stands.
 */
#ifndef RHUMB_REPLICA_H
#define RHUMB_REPLICA_H

#include "rhumb/geodatabase.h"
#include "rhumb/types.h"

#ifdef __cplusplus
extern "C" {
#endif

/** The replica of a geodatabase. */
typedef struct rhumb_replica rhumb_replica;

/** How a replica stood when it was asked. */
typedef struct rhumb_replica_status rhumb_replica_status;

enum rhumb_replica_state {
    RHUMB_REPLICA_CREATING = 1, /**< asked for, not here whole yet */
    RHUMB_REPLICA_READY = 2,
    RHUMB_REPLICA_CLOSED = 3    /**< unregistered; edits of the file go nowhere any more */
};

/** ArcGIS REST, createReplica, `syncModel`. */
enum rhumb_sync_model {
    RHUMB_MODEL_DEFAULT = 0,    /**< perLayer where the service offers it, else perReplica */
    RHUMB_MODEL_PER_REPLICA = 1, /**< one server generation for all layers */
    RHUMB_MODEL_PER_LAYER = 2    /**< each layer has its own */
};

enum rhumb_edit_kind { RHUMB_EDIT_INSERT = 1, RHUMB_EDIT_UPDATE = 2, RHUMB_EDIT_DELETE = 3 };

/** Views live as long as the status. Server generations are the service's own text. */
typedef struct rhumb_replica_facts {
    size_t size;
    int32_t state; /**< rhumb_replica_state */
    int32_t model; /**< rhumb_sync_model */
    rhumb_str id;  /**< as the service wrote it; empty while creating */
    rhumb_str name;
    rhumb_str service_url;
    rhumb_str server_generation; /**< empty under perLayer */
    int64_t generation;          /**< of this geodatabase */
    int64_t created_ms;          /**< ms since 1970-01-01T00:00:00Z */
    int64_t last_sync_ms;        /**< of the last synchronization that ended well and had anything
                                      to send or take; 0: none yet */
    int64_t pending_edits;       /**< net, in all layers */
    size_t layer_count;
    size_t rejected_count;
    size_t conflict_count;
} rhumb_replica_facts;

typedef struct rhumb_replica_layer {
    size_t size;
    int32_t layer;
    int32_t use_geometry; /**< 1: the replica's extent filters this layer */
    rhumb_str name;
    rhumb_str where;             /**< empty: none */
    rhumb_str server_generation; /**< empty under perReplica */
    int64_t pending_inserts;
    int64_t pending_updates;
    int64_t pending_deletes;
} rhumb_replica_layer;

/** What became of an edit that the service refused. */
enum rhumb_rejected_state {
    RHUMB_REJECTED_PARKED = 1,      /**< held back until somebody decides or edits the feature */
    RHUMB_REJECTED_PENDING = 2,     /**< goes up with the next synchronization */
    RHUMB_REJECTED_ACCEPTED = 3,    /**< the service has taken it since */
    RHUMB_REJECTED_TOOK_THEIRS = 4, /**< given up for what the service has */
    RHUMB_REJECTED_WITHDRAWN = 5    /**< its feature, which the service never had, was deleted */
};

/** An edit that the service refused; its values stay in the file. See rhumb/merge.h. */
typedef struct rhumb_rejected_edit {
    size_t size;
    int64_t number; /**< of the geodatabase's list */
    int32_t layer;
    int32_t kind; /**< rhumb_edit_kind */
    rhumb_guid feature;
    int64_t code;     /**< the service's; 0: it could not stand beside the service's rows */
    rhumb_str reason; /**< the service's words; with code 0, ours */
    int64_t at_ms;
    rhumb_str values; /**< the feature as Esri JSON, as it was sent */
    int32_t state;    /**< rhumb_rejected_state */
    int64_t attempts; /**< how often the service has refused it */
    int64_t decided_ms; /**< 0: not yet */
} rhumb_rejected_edit;

enum rhumb_winner { RHUMB_WINNER_DEVICE = 1, RHUMB_WINNER_SERVICE = 2 };

/** Who wins when both sides changed the same. */
enum rhumb_merge_policy {
    RHUMB_POLICY_LAST = 1,    /**< the edit that reaches the service last: the device's */
    RHUMB_POLICY_SERVICE = 2, /**< the device's value gives way */
    RHUMB_POLICY_DEVICE = 3,  /**< the device's value stays and goes up */
    RHUMB_POLICY_ASK = 4      /**< the service's stands until somebody decides */
};

enum rhumb_conflict_state {
    RHUMB_CONFLICT_OPEN = 1,        /**< waits for a decision */
    RHUMB_CONFLICT_BY_POLICY = 2,   /**< settled by the layer's policy; may still be decided */
    RHUMB_CONFLICT_TOOK_MINE = 3,
    RHUMB_CONFLICT_TOOK_THEIRS = 4,
    RHUMB_CONFLICT_TOOK_VALUE = 5
};

/** A value that lost when device and service had changed the same. See rhumb/merge.h. */
typedef struct rhumb_conflict {
    size_t size;
    int64_t number; /**< of the geodatabase's list */
    int32_t layer;
    int32_t winner; /**< rhumb_winner: whose value stood in the row afterwards */
    rhumb_guid feature;
    rhumb_str column; /**< empty: one side had deleted the feature */
    rhumb_str base;   /**< JSON value before both; empty: none */
    rhumb_str mine;   /**< JSON value here; empty: deleted */
    rhumb_str theirs; /**< JSON value of the service; empty: deleted */
    int64_t at_ms;
    int32_t policy;      /**< rhumb_merge_policy that was in force */
    int32_t state;       /**< rhumb_conflict_state */
    rhumb_str mine_by;   /**< this device: the replica's name */
    rhumb_str theirs_by; /**< who edited there; empty: the service does not say */
    int64_t resolved_ms; /**< when somebody decided; 0: nobody has */
    rhumb_str value;     /**< the JSON that was given in place of both */
} rhumb_conflict;

RHUMB_API void rhumb_replica_facts_init(rhumb_replica_facts* facts);
RHUMB_API void rhumb_replica_layer_init(rhumb_replica_layer* layer);
RHUMB_API void rhumb_rejected_edit_init(rhumb_rejected_edit* edit);
RHUMB_API void rhumb_conflict_init(rhumb_conflict* conflict);

/**
 * The replica that a geodatabase is. Any thread; does not wait for a writer.
 * @param out_replica  to be released with rhumb_replica_release()
 * @retval RHUMB_NOT_FOUND  the geodatabase is no replica, nor is one being created in it
 */
RHUMB_API rhumb_status rhumb_replica_open(rhumb_geodatabase* geodatabase,
                                          rhumb_replica** out_replica, rhumb_error* error);
RHUMB_API void rhumb_replica_release(rhumb_replica* replica);

/**
 * Reads how the replica stands: agreement, generations, pending edits, what was refused or lost.
 * The time follows the number of pending edits. Any thread; does not wait for a writer.
 * @param out_status  to be released with rhumb_replica_status_release(); stays as it is
 */
RHUMB_API rhumb_status rhumb_replica_read_status(rhumb_replica* replica,
                                                 rhumb_replica_status** out_status,
                                                 rhumb_error* error);
RHUMB_API void rhumb_replica_status_release(rhumb_replica_status* status);

/*
 * The parts of a status. `out_…` structs go through their `_init` first; an index counts from 0.
 * RHUMB_INVALID_ARGUMENT: a pointer is NULL, the size unknown, or the index too large.
 */
RHUMB_API rhumb_status rhumb_replica_status_facts(const rhumb_replica_status* status,
                                                  rhumb_replica_facts* out_facts,
                                                  rhumb_error* error);
RHUMB_API rhumb_status rhumb_replica_status_layer(const rhumb_replica_status* status, size_t index,
                                                  rhumb_replica_layer* out_layer,
                                                  rhumb_error* error);
/** All that were refused and are not decided upon, oldest first. */
RHUMB_API rhumb_status rhumb_replica_status_rejected(const rhumb_replica_status* status,
                                                     size_t index, rhumb_rejected_edit* out_edit,
                                                     rhumb_error* error);
/** All conflicts that are kept, oldest first. */
RHUMB_API rhumb_status rhumb_replica_status_conflict(const rhumb_replica_status* status,
                                                     size_t index, rhumb_conflict* out_conflict,
                                                     rhumb_error* error);

#ifdef __cplusplus
}
#endif

#endif
