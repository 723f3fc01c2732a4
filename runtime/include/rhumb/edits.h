/* SPDX-License-Identifier: Apache-2.0
 *
 * Editing: the values of a feature, and edits that take effect together or not at all.
 *
 * A committed edit is in the file, tracked, and survives a dead battery; a replica sends it with
 * its next synchronization.
 */
#ifndef RHUMB_EDITS_H
#define RHUMB_EDITS_H

#include "rhumb/geodatabase.h"
#include "rhumb/types.h"

#ifdef __cplusplus
extern "C" {
#endif

/** Values by field name, and perhaps a geometry: what an insert or update writes. */
typedef struct rhumb_feature rhumb_feature;

/** One transaction of edits on a geodatabase. */
typedef struct rhumb_edits rhumb_edits;

/** @param out_feature  without any value; to be released with rhumb_feature_release() */
RHUMB_API rhumb_status rhumb_feature_new(rhumb_feature** out_feature, rhumb_error* error);
RHUMB_API void rhumb_feature_release(rhumb_feature* feature);

/** Takes all values out again, so that the handle serves for the next feature. */
RHUMB_API rhumb_status rhumb_feature_clear(rhumb_feature* feature, rhumb_error* error);

/*
 * One value each. Setting a field again replaces its value. Whether the layer has such a field,
 * in any letter case, and takes the value is seen when the feature is written; only then are
 * errors other than RHUMB_INVALID_ARGUMENT (a pointer is NULL, an empty name, text that is not
 * UTF-8) reported.
 */
RHUMB_API rhumb_status rhumb_feature_set_null(rhumb_feature* feature, rhumb_str field,
                                              rhumb_error* error);
RHUMB_API rhumb_status rhumb_feature_set_int64(rhumb_feature* feature, rhumb_str field,
                                               int64_t value, rhumb_error* error);
/** NaN and the infinities are stored as NULL. */
RHUMB_API rhumb_status rhumb_feature_set_double(rhumb_feature* feature, rhumb_str field,
                                                double value, rhumb_error* error);
/** Serves for any type: numbers, dates and GUIDs are read from their text. */
RHUMB_API rhumb_status rhumb_feature_set_text(rhumb_feature* feature, rhumb_str field,
                                              rhumb_str value, rhumb_error* error);
RHUMB_API rhumb_status rhumb_feature_set_blob(rhumb_feature* feature, rhumb_str field,
                                              rhumb_bytes value, rhumb_error* error);
/** Milliseconds since 1970-01-01T00:00:00Z, for RHUMB_FIELD_DATE and RHUMB_FIELD_DATE_ONLY. */
RHUMB_API rhumb_status rhumb_feature_set_date(rhumb_feature* feature, rhumb_str field,
                                              int64_t epoch_ms, rhumb_error* error);
/** For RHUMB_FIELD_GUID; for the GlobalID, in an insert only. */
RHUMB_API rhumb_status rhumb_feature_set_guid(rhumb_feature* feature, rhumb_str field,
                                              const rhumb_guid* value, rhumb_error* error);
/**
 * The geometry in the layer's reference.
 * @param wkb  OGC/ISO WKB or EWKB of one geometry, in any byte order; NULL data: no geometry.
 *             One part becomes a multi geometry where the layer keeps these; Z and M that the
 *             layer does not keep are dropped.
 * @retval RHUMB_CORRUPT_DATA  the bytes are no WKB; the message names the byte
 * @retval RHUMB_UNSUPPORTED   a type that layers do not have
 */
RHUMB_API rhumb_status rhumb_feature_set_geometry(rhumb_feature* feature, rhumb_bytes wkb,
                                                  rhumb_error* error);

/**
 * Begins a transaction of edits. There is one at a time: others wait up to ten seconds for it,
 * for a step of a synchronization, or for another program.
 * @param out_edits  to be released with rhumb_edits_release()
 * @retval RHUMB_BUSY       still busy after that time, or at once when this thread itself has
 *                          edits open on the geodatabase, or is in a callback of its
 *                          synchronization
 * @retval RHUMB_READ_ONLY  the geodatabase was opened to be read only
 */
RHUMB_API rhumb_status rhumb_edits_begin(rhumb_geodatabase* geodatabase, rhumb_edits** out_edits,
                                         rhumb_error* error);

/** Takes back what was not committed; NULL is fine. */
RHUMB_API void rhumb_edits_release(rhumb_edits* edits);

/*
 * Each of the edits takes effect whole or not at all; after a failed one the earlier ones stand,
 * and the transaction goes on. They have these errors in common:
 *   RHUMB_INVALID_ARGUMENT     a required pointer is NULL, the feature names a field that the layer
 *                              has not, or the edits were committed, rolled back or lost already
 *   RHUMB_NOT_FOUND            there is no such layer or feature
 *   RHUMB_CONSTRAINT_VIOLATED  a value is refused; the message names layer and field, and
 *                              `detail_code` is one of rhumb_edit_fault
 *   RHUMB_DISK_FULL, RHUMB_IO  the transaction may be lost with all its edits; then the next call
 *                              says so
 * `error->layer` and `error->feature` say which edit it was.
 */

/**
 * Adds a feature. A field that was not set takes the table's default, or becomes NULL; one that was
 * set to NULL stays NULL, or takes the default where it may not be NULL. The GlobalID becomes a new
 * one.
 * @param layer          number of the layer
 * @param out_object_id  optional
 * @param out_global_id  optional
 */
RHUMB_API rhumb_status rhumb_edits_insert(rhumb_edits* edits, int32_t layer,
                                          const rhumb_feature* feature, int64_t* out_object_id,
                                          rhumb_guid* out_global_id, rhumb_error* error);

/** Changes the fields that have a value in `feature`, and the geometry if it was set. */
RHUMB_API rhumb_status rhumb_edits_update(rhumb_edits* edits, int32_t layer,
                                          const rhumb_guid* global_id,
                                          const rhumb_feature* feature, rhumb_error* error);

/** Deletes a feature. */
RHUMB_API rhumb_status rhumb_edits_delete(rhumb_edits* edits, int32_t layer,
                                          const rhumb_guid* global_id, rhumb_error* error);

/**
 * Makes the edits durable; then only rhumb_edits_release() is left to do. When it fails nothing
 * is durable, and it may be tried again unless the edits were lost.
 */
RHUMB_API rhumb_status rhumb_edits_commit(rhumb_edits* edits, rhumb_error* error);

/** Takes all edits back; then only rhumb_edits_release() is left to do. */
RHUMB_API rhumb_status rhumb_edits_rollback(rhumb_edits* edits, rhumb_error* error);

#ifdef __cplusplus
}
#endif

#endif
