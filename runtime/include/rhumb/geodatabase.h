/* SPDX-License-Identifier: Apache-2.0
 *
 * One open geodatabase: a GeoPackage whose layers are tracked, and what is in it.
 *
 * The file stays an ordinary GeoPackage: other programs may read and edit it at the same time.
 * While it is open here it is in SQLite's WAL mode; when the last handle is released it is made
 * one plain file again. Within a program a file is opened once and the handle shared: it brings
 * its readers and its one writer into order.
 */
#ifndef RHUMB_GEODATABASE_H
#define RHUMB_GEODATABASE_H

#include "rhumb/types.h"

#ifdef __cplusplus
extern "C" {
#endif

/** An open geodatabase. */
typedef struct rhumb_geodatabase rhumb_geodatabase;

/** The definitions of a geodatabase's layers, as they were when they were asked for. */
typedef struct rhumb_layers rhumb_layers;

/** What a field holds, in the words of the feature service. */
enum rhumb_field_type {
    RHUMB_FIELD_OBJECT_ID = 1,
    RHUMB_FIELD_GLOBAL_ID = 2,
    RHUMB_FIELD_GUID = 3,
    RHUMB_FIELD_STRING = 4,
    RHUMB_FIELD_SMALL_INTEGER = 5,
    RHUMB_FIELD_INTEGER = 6,
    RHUMB_FIELD_BIG_INTEGER = 7,
    RHUMB_FIELD_SINGLE = 8,
    RHUMB_FIELD_DOUBLE = 9,
    RHUMB_FIELD_DATE = 10,             /**< an instant in UTC, to the millisecond */
    RHUMB_FIELD_DATE_ONLY = 11,        /**< a day */
    RHUMB_FIELD_TIME_ONLY = 12,        /**< text hh:mm:ss[.sss] */
    RHUMB_FIELD_TIMESTAMP_OFFSET = 13, /**< text yyyy-mm-ddThh:mm:ss[.sss]+hh:mm */
    RHUMB_FIELD_BLOB = 14
};

/** Kinds of geometry; the numbers are those of OGC WKB. */
enum rhumb_geometry_type {
    RHUMB_GEOMETRY_NONE = 0, /**< a table */
    RHUMB_GEOMETRY_POINT = 1,
    RHUMB_GEOMETRY_LINE_STRING = 2,
    RHUMB_GEOMETRY_POLYGON = 3,
    RHUMB_GEOMETRY_MULTI_POINT = 4,
    RHUMB_GEOMETRY_MULTI_LINE_STRING = 5,
    RHUMB_GEOMETRY_MULTI_POLYGON = 6
};

typedef struct rhumb_open_options {
    size_t size;
    int32_t read_only; /**< 1: nothing is ever written, not even to make the file a plain one */
    int32_t adopt;     /**< 1: a GeoPackage that is not tracked yet is prepared: each table gets a
                            GlobalID column, an R-tree and its edit log, in one transaction */
} rhumb_open_options;

/** Views in it live as long as the rhumb_layers. */
typedef struct rhumb_layer_info {
    size_t size;
    int32_t id;            /**< number of the layer, here and in the service */
    int32_t geometry_type; /**< rhumb_geometry_type */
    int32_t srs_id;        /**< EPSG code; 0 for a table */
    int32_t has_z;
    int32_t has_m;
    rhumb_str name;
    rhumb_str object_id_field;
    rhumb_str global_id_field;
    rhumb_str geometry_field; /**< empty for a table */
    size_t field_count;       /**< fields beside object id and geometry, the GlobalID among them */
} rhumb_layer_info;

/** Views in it live as long as what it was read from. */
typedef struct rhumb_field_info {
    size_t size;
    rhumb_str name;
    rhumb_str alias;
    int32_t type;   /**< rhumb_field_type */
    int32_t length; /**< RHUMB_FIELD_STRING: most characters; 0: no limit */
    int32_t nullable;
    int32_t editable; /**< 0 for what a service does not take: GlobalIDs (beyond insert), BLOBs */
} rhumb_field_info;

RHUMB_API void rhumb_open_options_init(rhumb_open_options* options);
RHUMB_API void rhumb_layer_info_init(rhumb_layer_info* info);
RHUMB_API void rhumb_field_info_init(rhumb_field_info* info);

/**
 * Makes a new, empty geodatabase. Any thread.
 * @param path             of the file, in a folder that exists
 * @param out_geodatabase  to be released with rhumb_geodatabase_release()
 * @retval RHUMB_INVALID_ARGUMENT  a required pointer is NULL, or the path is empty
 * @retval RHUMB_ALREADY_EXISTS    there is a file of that name
 * @retval RHUMB_IO, RHUMB_READ_ONLY, RHUMB_DISK_FULL  the file cannot be made
 */
RHUMB_API rhumb_status rhumb_geodatabase_create(rhumb_str path,
                                                rhumb_geodatabase** out_geodatabase,
                                                rhumb_error* error);

/**
 * Opens a geodatabase. Any thread.
 * @param options  NULL for the defaults: to read and write, a file that is tracked already
 * @retval RHUMB_INVALID_ARGUMENT  a required pointer is NULL, `options->size` is unknown, or the
 *                                 file is a GeoPackage that is not tracked yet (see `adopt`)
 * @retval RHUMB_NOT_FOUND     there is no such file
 * @retval RHUMB_CORRUPT_DATA  the file is no GeoPackage
 * @retval RHUMB_UNSUPPORTED   the file was made by a newer version
 * @retval RHUMB_READ_ONLY     file or folder cannot be written, and `read_only` was not asked for
 * @retval RHUMB_BUSY          another program holds the file
 */
RHUMB_API rhumb_status rhumb_geodatabase_open(rhumb_str path, const rhumb_open_options* options,
                                              rhumb_geodatabase** out_geodatabase,
                                              rhumb_error* error);

/**
 * Lets go of the handle. The file is closed when cursors, edits, replicas and jobs made from it
 * are released too. NULL is fine. Any thread.
 */
RHUMB_API void rhumb_geodatabase_release(rhumb_geodatabase* geodatabase);

/**
 * The path that the geodatabase was opened by. Any thread.
 * @param out_path  to be released with rhumb_buffer_release()
 */
RHUMB_API rhumb_status rhumb_geodatabase_path(rhumb_geodatabase* geodatabase,
                                              rhumb_buffer* out_path, rhumb_error* error);

/**
 * The layers by their number. Any thread; does not wait for a writer.
 * @param out_layers  to be released with rhumb_layers_release(); stays as it is when the
 *                    geodatabase changes
 */
RHUMB_API rhumb_status rhumb_geodatabase_layers(rhumb_geodatabase* geodatabase,
                                                rhumb_layers** out_layers, rhumb_error* error);
RHUMB_API void rhumb_layers_release(rhumb_layers* layers);

/** How many layers there are; 0 for NULL. */
RHUMB_API size_t rhumb_layers_count(const rhumb_layers* layers);

/**
 * One layer.
 * @param index     from 0 to rhumb_layers_count() - 1; not the layer's number
 * @param out_info  after rhumb_layer_info_init()
 * @retval RHUMB_INVALID_ARGUMENT  a pointer is NULL, `index` too large, the size unknown
 */
RHUMB_API rhumb_status rhumb_layers_get(const rhumb_layers* layers, size_t index,
                                        rhumb_layer_info* out_info, rhumb_error* error);

/**
 * The index of a layer by its name, table name or number as text, in any letter case.
 * @retval RHUMB_NOT_FOUND  there is none; the message lists what there is
 */
RHUMB_API rhumb_status rhumb_layers_find(const rhumb_layers* layers, rhumb_str name,
                                         size_t* out_index, rhumb_error* error);

/**
 * One field of a layer.
 * @param index     of the layer, as for rhumb_layers_get()
 * @param field     from 0 to field_count - 1
 * @param out_info  after rhumb_field_info_init()
 */
RHUMB_API rhumb_status rhumb_layers_field(const rhumb_layers* layers, size_t index, size_t field,
                                          rhumb_field_info* out_info, rhumb_error* error);

#ifdef __cplusplus
}
#endif

#endif
