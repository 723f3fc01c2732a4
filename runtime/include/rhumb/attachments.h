/* SPDX-License-Identifier: Apache-2.0
 *
 * Attachments: photos and other files that belong to features. Their content lies in the
 * geodatabase; on a replica it travels after the edits, by the policy of its layer.
 */
#ifndef RHUMB_ATTACHMENTS_H
#define RHUMB_ATTACHMENTS_H

#include "rhumb/geodatabase.h"
#include "rhumb/replica.h"
#include "rhumb/sync.h"
#include "rhumb/types.h"

#ifdef __cplusplus
extern "C" {
#endif

/** A list of attachments as they were when it was asked for. */
typedef struct rhumb_attachments rhumb_attachments;

/** Where the content of an attachment is. */
enum rhumb_content_state {
    RHUMB_CONTENT_REMOTE = 1,  /**< at the service; not asked for */
    RHUMB_CONTENT_WANTED = 2,  /**< to be fetched; nothing is here yet */
    RHUMB_CONTENT_PARTIAL = 3, /**< `have` of `bytes` are here */
    RHUMB_CONTENT_PRESENT = 4,
    RHUMB_CONTENT_FAILED = 5   /**< the last transfer failed, see `failure`; it is tried again */
};

/** What of a layer's content a replica fetches. What is made here goes up under each. */
enum rhumb_attachment_policy {
    RHUMB_ATTACHMENTS_NONE = 1,
    RHUMB_ATTACHMENTS_ON_DEMAND = 2, /**< what rhumb_attachment_want() asked for */
    RHUMB_ATTACHMENTS_ALL = 3
};

/** Views live as long as the list. */
typedef struct rhumb_attachment {
    size_t size;
    rhumb_guid global_id;
    rhumb_guid feature;
    int32_t layer;
    int32_t state; /**< rhumb_content_state */
    rhumb_str name;
    rhumb_str content_type;
    rhumb_str keywords;
    int64_t bytes;
    int64_t have;
    int32_t pending; /**< 1: has an edit that the service has not taken yet */
    int32_t kept;    /**< 1: its feature was deleted at the service before it could be sent */
    rhumb_str failure;
    uint8_t sha256[32]; /**< all zero: not known */
} rhumb_attachment;

typedef struct rhumb_attachment_options {
    size_t size;
    rhumb_str name;         /**< empty: the file's, or "attachment" */
    rhumb_str content_type; /**< empty: by the name's extension */
    rhumb_str keywords;
} rhumb_attachment_options;

RHUMB_API void rhumb_attachment_init(rhumb_attachment* attachment);
RHUMB_API void rhumb_attachment_options_init(rhumb_attachment_options* options);

/**
 * Lists the attachments of a feature. Any thread; does not wait for a writer.
 * @param feature  NULL: all of the layer
 * @param out_list  to be released with rhumb_attachments_release()
 */
RHUMB_API rhumb_status rhumb_attachments_list(rhumb_geodatabase* geodatabase, int32_t layer,
                                              const rhumb_guid* feature,
                                              rhumb_attachments** out_list, rhumb_error* error);
RHUMB_API void rhumb_attachments_release(rhumb_attachments* list);
RHUMB_API size_t rhumb_attachments_count(const rhumb_attachments* list);
/** @param out_attachment  goes through rhumb_attachment_init() first */
RHUMB_API rhumb_status rhumb_attachments_get(const rhumb_attachments* list, size_t index,
                                             rhumb_attachment* out_attachment,
                                             rhumb_error* error);

/*
 * Edits, each a transaction of its own; they wait for their turn as rhumb_edits_begin() does.
 * RHUMB_CONSTRAINT_VIOLATED: there is no such feature. RHUMB_NOT_FOUND: no such file, layer or
 * attachment. A file is read in pieces, whatever its length.
 */
RHUMB_API rhumb_status rhumb_attachment_add_file(rhumb_geodatabase* geodatabase, int32_t layer,
                                                 const rhumb_guid* feature, rhumb_str path,
                                                 const rhumb_attachment_options* options,
                                                 rhumb_guid* out_attachment, rhumb_error* error);
RHUMB_API rhumb_status rhumb_attachment_add_bytes(rhumb_geodatabase* geodatabase, int32_t layer,
                                                  const rhumb_guid* feature, rhumb_bytes content,
                                                  const rhumb_attachment_options* options,
                                                  rhumb_guid* out_attachment, rhumb_error* error);
RHUMB_API rhumb_status rhumb_attachment_replace_file(rhumb_geodatabase* geodatabase,
                                                     const rhumb_guid* attachment, rhumb_str path,
                                                     rhumb_error* error);
RHUMB_API rhumb_status rhumb_attachment_delete(rhumb_geodatabase* geodatabase,
                                               const rhumb_guid* attachment, rhumb_error* error);

/** One piece of a content, in order; returns 0 to stop. Lives during the callback. */
typedef int32_t (*rhumb_piece_callback)(void* context, rhumb_bytes piece);

/**
 * Hands over the content in pieces of at most 256 KiB, in the thread that calls.
 * @retval RHUMB_NOT_FOUND  no such attachment, or its content is not here; the message tells how
 *                          much of it is
 */
RHUMB_API rhumb_status rhumb_attachment_read(rhumb_geodatabase* geodatabase,
                                             const rhumb_guid* attachment,
                                             rhumb_piece_callback on_piece, void* context,
                                             rhumb_error* error);
/** Writes the content to a new file. RHUMB_ALREADY_EXISTS: there is one. */
RHUMB_API rhumb_status rhumb_attachment_save(rhumb_geodatabase* geodatabase,
                                             const rhumb_guid* attachment, rhumb_str path,
                                             rhumb_error* error);

/** The next synchronization fetches this content, whatever the policy says. */
RHUMB_API rhumb_status rhumb_attachment_want(rhumb_geodatabase* geodatabase,
                                             const rhumb_guid* attachment, rhumb_error* error);
/**
 * Fetches it now, and what else is wanted, without synchronizing edits. Blocks as
 * rhumb_synchronize() does; that it failed is told by its state and the report.
 * @param out_report  optional; to be released with rhumb_sync_report_release()
 */
RHUMB_API rhumb_status rhumb_attachment_fetch(rhumb_replica* replica,
                                              const rhumb_guid* attachment,
                                              const rhumb_transfer_options* transfer,
                                              rhumb_sync_report** out_report, rhumb_error* error);

/** @param out_policy  a rhumb_attachment_policy; NONE also where nothing was agreed upon */
RHUMB_API rhumb_status rhumb_attachment_get_policy(rhumb_replica* replica, int32_t layer,
                                                   int32_t* out_policy, rhumb_error* error);
/** RHUMB_UNSUPPORTED: the service has no attachments for this replica. */
RHUMB_API rhumb_status rhumb_attachment_set_policy(rhumb_replica* replica, int32_t layer,
                                                   int32_t policy, rhumb_error* error);

#ifdef __cplusplus
}
#endif

#endif
