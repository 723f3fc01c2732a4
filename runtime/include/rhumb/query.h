/* SPDX-License-Identifier: Apache-2.0
 *
 * Reading features: a where-clause, an area, an order, a page; and the rows one by one.
 *
 * A cursor sees the geodatabase as it was committed when the cursor was opened, whatever is
 * edited or synchronized meanwhile; so it does not see edits that are not committed yet. It holds
 * nothing but the current row.
 */
#ifndef RHUMB_QUERY_H
#define RHUMB_QUERY_H

#include "rhumb/geodatabase.h"
#include "rhumb/types.h"

#ifdef __cplusplus
extern "C" {
#endif

/** The rows of a query, one after another. */
typedef struct rhumb_cursor rhumb_cursor;

/** What a value is, and which member of rhumb_value holds it. */
enum rhumb_value_kind {
    RHUMB_VALUE_NULL = 0,
    RHUMB_VALUE_INTEGER = 1, /**< `integer` */
    RHUMB_VALUE_REAL = 2,    /**< `real` */
    RHUMB_VALUE_TEXT = 3,    /**< `text` */
    RHUMB_VALUE_BLOB = 4,    /**< `blob` */
    RHUMB_VALUE_DATE = 5,    /**< `integer`: milliseconds since 1970-01-01T00:00:00Z, negative
                                  before; `text`: as it is stored */
    RHUMB_VALUE_GUID = 6     /**< `text`: {8-4-4-4-12} in upper case; `guid`: its bytes */
};

/** One value. Members that its kind does not name are zero. */
typedef struct rhumb_value {
    int32_t kind; /**< rhumb_value_kind */
    int64_t integer;
    double real;
    rhumb_str text;
    rhumb_bytes blob;
    rhumb_guid guid;
} rhumb_value;

typedef struct rhumb_envelope {
    double min_x;
    double min_y;
    double max_x;
    double max_y;
} rhumb_envelope;

typedef struct rhumb_query_options {
    size_t size;
    rhumb_str where;         /**< standardized SQL of ArcGIS REST; empty: all features */
    rhumb_str order;         /**< "ZONE, INSPECTED DESC"; the object id is always the last
                                  criterion */
    const rhumb_str* fields; /**< names of the columns to read; NULL: all fields */
    size_t field_count;
    int32_t has_envelope;    /**< 1: only features that touch `envelope` */
    int32_t envelope_epsg;   /**< reference of `envelope`; 0: the layer's own */
    rhumb_envelope envelope;
    int64_t offset;
    int64_t limit;           /**< -1: all */
    int32_t with_geometry;   /**< 0: the geometry is not read */
} rhumb_query_options;

/** The current row beside its columns. The view lives until the cursor is moved or released. */
typedef struct rhumb_row {
    size_t size;
    int64_t object_id;
    rhumb_guid global_id;
    rhumb_bytes wkb; /**< OGC/ISO WKB in the layer's reference; NULL data: no geometry */
} rhumb_row;

/** The defaults: all features with all fields and their geometry. */
RHUMB_API void rhumb_query_options_init(rhumb_query_options* options);
RHUMB_API void rhumb_row_init(rhumb_row* row);

/**
 * Opens a cursor before its first row. Any thread; does not wait for a writer.
 * @param layer       number of the layer
 * @param options     NULL for the defaults; read during the call only
 * @param out_cursor  to be released with rhumb_cursor_release()
 * @retval RHUMB_INVALID_ARGUMENT  a required pointer is NULL, `options->size` is unknown, a field
 *                                 is unknown, the where-clause or the order cannot be read (the
 *                                 message says at which character), the envelope is turned round
 * @retval RHUMB_NOT_FOUND         there is no such layer
 */
RHUMB_API rhumb_status rhumb_query(rhumb_geodatabase* geodatabase, int32_t layer,
                                   const rhumb_query_options* options, rhumb_cursor** out_cursor,
                                   rhumb_error* error);

/** How many features the query selects, its page left aside. Errors as rhumb_query(). */
RHUMB_API rhumb_status rhumb_count(rhumb_geodatabase* geodatabase, int32_t layer,
                                   const rhumb_query_options* options, int64_t* out_count,
                                   rhumb_error* error);

/** Ends the query; NULL is fine. */
RHUMB_API void rhumb_cursor_release(rhumb_cursor* cursor);

/**
 * Moves to the next row.
 * @param out_has_row  1 when there is one, 0 behind the last; it stays 0 when asked again
 */
RHUMB_API rhumb_status rhumb_cursor_next(rhumb_cursor* cursor, int32_t* out_has_row,
                                         rhumb_error* error);

/**
 * Identity and geometry of the current row.
 * @param out_row  after rhumb_row_init()
 * @retval RHUMB_INVALID_ARGUMENT  a pointer is NULL, the size unknown, or there is no current row
 * @retval RHUMB_CORRUPT_DATA      another program stored a geometry or GlobalID that is none
 * @retval RHUMB_UNSUPPORTED       another program stored an extended geometry
 */
RHUMB_API rhumb_status rhumb_cursor_row(rhumb_cursor* cursor, rhumb_row* out_row,
                                        rhumb_error* error);

/** How many columns a row has; 0 for NULL. */
RHUMB_API size_t rhumb_cursor_column_count(const rhumb_cursor* cursor);

/**
 * The field that a column holds. Its views live as long as the cursor.
 * @param out_info  after rhumb_field_info_init()
 */
RHUMB_API rhumb_status rhumb_cursor_column(const rhumb_cursor* cursor, size_t column,
                                           rhumb_field_info* out_info, rhumb_error* error);

/**
 * One value of the current row.
 * @param column     in the order of `options->fields`, or of the layer's fields
 * @param out_value  its views live until the cursor is moved or released, or the same column is
 *                   read again
 * @retval RHUMB_INVALID_ARGUMENT  a pointer is NULL, `column` too large, or there is no current row
 */
RHUMB_API rhumb_status rhumb_cursor_value(rhumb_cursor* cursor, size_t column,
                                          rhumb_value* out_value, rhumb_error* error);

#ifdef __cplusplus
}
#endif

#endif
