/* SPDX-License-Identifier: Apache-2.0
 *
 * Edits a replica as a crew would, with no network; the same arguments make the same edits.
 *
 *     offline_edits REPLICA.gpkg LAYER N SEED
 *     offline_edits REPLICA.gpkg LAYER --set GLOBALID FIELD VALUE
 *
 * Of N edits about six in ten change a text or a number, two move a point, and of the rest three
 * in four are inserts and one is a delete. They are committed together. Each is printed as a line:
 * what, layer, GlobalID, and for a change the field and its value.
 */
#include "must.h"

#include <inttypes.h>
#include <string.h>

enum { MAX_FIELDS = 256, MAX_WKB = 64, MAX_TEXT = 64 };

/* What an edit needs to know of a field. */
typedef struct field {
    char name[128];
    int32_t type;
    int32_t length;
} field;

typedef struct tree {
    rhumb_guid id;
    uint8_t wkb[MAX_WKB];
    size_t wkb_size; /* 0: no point that can be moved */
} tree;

/* The layer, and everything on it. */
typedef struct crew {
    rhumb_geodatabase* geodatabase;
    rhumb_edits* edits;
    rhumb_feature* feature;
    int32_t layer;
    char layer_name[128];
    char global_id_field[128];
    int32_t is_degrees;
    field fields[MAX_FIELDS]; /* that a change may go to */
    size_t field_count;
    tree* trees;
    size_t tree_count;
    uint64_t random;
} crew;

static void copy_text(char* to, size_t room, rhumb_str text) {
    snprintf(to, room, "%.*s", (int)text.size, text.data == NULL ? "" : text.data);
}

/* splitmix64: small, and the same everywhere. */
static uint64_t draw(crew* us) {
    uint64_t z = (us->random += UINT64_C(0x9E3779B97F4A7C15));
    z = (z ^ (z >> 30)) * UINT64_C(0xBF58476D1CE4E5B9);
    z = (z ^ (z >> 27)) * UINT64_C(0x94D049BB133111EB);
    return z ^ (z >> 31);
}

static uint64_t below(crew* us, uint64_t bound) { return draw(us) % bound; }

static void print_edit(const crew* us, const char* what, const rhumb_guid* id) {
    rhumb_error error;
    char text[RHUMB_GUID_TEXT_BYTES];
    must(rhumb_guid_format(id, text, &error), &error, "write a GUID");
    printf("%s %s %s", what, us->layer_name, text);
}

/* Keys are left alone: a crew does not renumber the city's trees. */
static int is_key(const char* name) {
    const size_t size = strlen(name);
    return size >= 2 && (strcmp(name + size - 2, "id") == 0 || strcmp(name + size - 2, "ID") == 0);
}

static void take_field(crew* us, const rhumb_field_info* info) {
    const int is_text =
        info->type == RHUMB_FIELD_STRING && (info->length == 0 || info->length >= 12);
    const int is_number = info->type >= RHUMB_FIELD_SMALL_INTEGER &&
                          info->type <= RHUMB_FIELD_DOUBLE;
    if (info->editable == 0 || (!is_text && !is_number) || us->field_count == MAX_FIELDS) return;
    field* taken = &us->fields[us->field_count];
    copy_text(taken->name, sizeof taken->name, info->name);
    if (is_key(taken->name)) return;
    taken->type = info->type;
    taken->length = info->length;
    ++us->field_count;
}

static void find_layer(crew* us, const char* name) {
    rhumb_error error;
    rhumb_layers* layers = NULL;
    size_t index = 0;
    rhumb_layer_info info;
    rhumb_layer_info_init(&info);
    must(rhumb_geodatabase_layers(us->geodatabase, &layers, &error), &error, "list the layers");
    must(rhumb_layers_find(layers, rhumb_str_of(name), &index, &error), &error, "find the layer");
    must(rhumb_layers_get(layers, index, &info, &error), &error, "find the layer");
    us->layer = info.id;
    us->is_degrees = info.srs_id == 4326;
    copy_text(us->layer_name, sizeof us->layer_name, info.name);
    copy_text(us->global_id_field, sizeof us->global_id_field, info.global_id_field);
    for (size_t i = 0; i < info.field_count; ++i) {
        rhumb_field_info field_info;
        rhumb_field_info_init(&field_info);
        must(rhumb_layers_field(layers, index, i, &field_info, &error), &error, "read a field");
        take_field(us, &field_info);
    }
    rhumb_layers_release(layers);
}

/* A little endian point: 01, its type in four bytes, x, y. */
static int is_movable(const rhumb_bytes* wkb) {
    return wkb->data != NULL && wkb->size >= 21 && wkb->size <= MAX_WKB && wkb->data[0] == 1 &&
           wkb->data[1] == 1;
}

static void add_tree(crew* us, const rhumb_row* row) {
    tree* taken = &us->trees[us->tree_count++];
    taken->id = row->global_id;
    taken->wkb_size = 0;
    if (!is_movable(&row->wkb)) return;
    memcpy(taken->wkb, row->wkb.data, row->wkb.size);
    taken->wkb_size = row->wkb.size;
}

/* By GlobalID, for object ids differ from replica to replica. */
static void read_trees(crew* us, size_t room_for_more) {
    rhumb_error error;
    rhumb_cursor* cursor = NULL;
    int64_t count = 0;
    int32_t has_row = 0;
    rhumb_query_options options;
    rhumb_str no_fields[1] = {{NULL, 0}};
    rhumb_query_options_init(&options);
    options.order = rhumb_str_of(us->global_id_field);
    options.fields = no_fields;
    options.field_count = 0;
    must(rhumb_count(us->geodatabase, us->layer, NULL, &count, &error), &error, "count");
    us->trees = calloc((size_t)count + room_for_more + 1, sizeof *us->trees);
    if (us->trees == NULL) exit(1);
    must(rhumb_query(us->geodatabase, us->layer, &options, &cursor, &error), &error, "query");
    for (int64_t i = 0; i < count; ++i) {
        rhumb_row row;
        rhumb_row_init(&row);
        must(rhumb_cursor_next(cursor, &has_row, &error), &error, "read a row");
        if (has_row == 0) break;
        must(rhumb_cursor_row(cursor, &row, &error), &error, "read a row");
        add_tree(us, &row);
    }
    rhumb_cursor_release(cursor);
}

static tree* any_tree(crew* us) { return &us->trees[below(us, us->tree_count)]; }

static void write_feature(crew* us, const rhumb_guid* id) {
    rhumb_error error;
    must(rhumb_edits_update(us->edits, us->layer, id, us->feature, &error), &error, "update");
    must(rhumb_feature_clear(us->feature, &error), &error, "clear");
}

static void change_value(crew* us) {
    rhumb_error error;
    const tree* changed = any_tree(us);
    const field* which = &us->fields[below(us, us->field_count)];
    const rhumb_str name = rhumb_str_of(which->name);
    const int64_t number = (int64_t)below(us, 100);
    char text[MAX_TEXT];
    if (which->type == RHUMB_FIELD_STRING) {
        snprintf(text, sizeof text, "checked %" PRId64, number);
        must(rhumb_feature_set_text(us->feature, name, rhumb_str_of(text), &error), &error, "set");
    } else if (which->type == RHUMB_FIELD_SINGLE || which->type == RHUMB_FIELD_DOUBLE) {
        snprintf(text, sizeof text, "%" PRId64 ".5", number);
        must(rhumb_feature_set_double(us->feature, name, (double)number + 0.5, &error), &error,
             "set");
    } else {
        snprintf(text, sizeof text, "%" PRId64, number);
        must(rhumb_feature_set_int64(us->feature, name, number, &error), &error, "set");
    }
    write_feature(us, &changed->id);
    print_edit(us, "update", &changed->id);
    printf(" %s = %s\n", which->name, text);
}

/* A few metres. */
static void shift(crew* us, tree* moved) {
    const double step = us->is_degrees ? 0.00001 : 1.0;
    for (size_t at = 5; at <= 13; at += 8) {
        double ordinate;
        memcpy(&ordinate, moved->wkb + at, sizeof ordinate); /* this machine is little endian */
        ordinate += step * (1.0 + (double)below(us, 5));
        memcpy(moved->wkb + at, &ordinate, sizeof ordinate);
    }
}

static void set_place(crew* us, const tree* where) {
    rhumb_error error;
    const rhumb_bytes wkb = {where->wkb, where->wkb_size};
    must(rhumb_feature_set_geometry(us->feature, wkb, &error), &error, "set the place");
}

static void move(crew* us) {
    tree* moved = any_tree(us);
    if (moved->wkb_size == 0) {
        change_value(us);
        return;
    }
    shift(us, moved);
    set_place(us, moved);
    write_feature(us, &moved->id);
    print_edit(us, "move", &moved->id);
    printf("\n");
}

static void copy_value(crew* us, const rhumb_field_info* info, const rhumb_value* value) {
    rhumb_error error;
    rhumb_status status = RHUMB_OK;
    if (info->editable == 0) return;
    switch (value->kind) {
        case RHUMB_VALUE_INTEGER:
            status = rhumb_feature_set_int64(us->feature, info->name, value->integer, &error);
            break;
        case RHUMB_VALUE_REAL:
            status = rhumb_feature_set_double(us->feature, info->name, value->real, &error);
            break;
        case RHUMB_VALUE_TEXT:
        case RHUMB_VALUE_DATE:
        case RHUMB_VALUE_GUID:
            status = rhumb_feature_set_text(us->feature, info->name, value->text, &error);
            break;
        default: break;
    }
    must(status, &error, "copy a value");
}

/* All values of a feature that was there before we began; none of one that we made. */
static void copy_values(crew* us, const rhumb_guid* from) {
    rhumb_error error;
    rhumb_cursor* cursor = NULL;
    rhumb_query_options options;
    int32_t has_row = 0;
    char id[RHUMB_GUID_TEXT_BYTES];
    char where[256];
    must(rhumb_guid_format(from, id, &error), &error, "write a GUID");
    snprintf(where, sizeof where, "\"%s\" = '%s'", us->global_id_field, id);
    rhumb_query_options_init(&options);
    options.where = rhumb_str_of(where);
    must(rhumb_query(us->geodatabase, us->layer, &options, &cursor, &error), &error, "query");
    must(rhumb_cursor_next(cursor, &has_row, &error), &error, "read a row");
    for (size_t i = 0; has_row != 0 && i < rhumb_cursor_column_count(cursor); ++i) {
        rhumb_field_info info;
        rhumb_value value;
        rhumb_field_info_init(&info);
        must(rhumb_cursor_column(cursor, i, &info, &error), &error, "read a field");
        must(rhumb_cursor_value(cursor, i, &value, &error), &error, "read a value");
        copy_value(us, &info, &value);
    }
    rhumb_cursor_release(cursor);
}

/* A GlobalID of our own, so that the same seed makes the same features. */
static rhumb_guid draw_id(crew* us) {
    rhumb_guid id;
    for (size_t i = 0; i < sizeof id.bytes; ++i) id.bytes[i] = (uint8_t)below(us, 256);
    id.bytes[6] = (uint8_t)((id.bytes[6] & 0x0F) | 0x40);
    id.bytes[8] = (uint8_t)((id.bytes[8] & 0x3F) | 0x80);
    return id;
}

static void insert(crew* us) {
    rhumb_error error;
    tree made = *any_tree(us);
    rhumb_status status;
    copy_values(us, &made.id);
    if (made.wkb_size > 0) {
        shift(us, &made);
        set_place(us, &made);
    }
    do { /* the same seed may have been played before */
        made.id = draw_id(us);
        must(rhumb_feature_set_guid(us->feature, rhumb_str_of(us->global_id_field), &made.id,
                                    &error),
             &error, "set the GlobalID");
        status = rhumb_edits_insert(us->edits, us->layer, us->feature, NULL, NULL, &error);
    } while (status == RHUMB_CONSTRAINT_VIOLATED &&
             error.detail_code == RHUMB_FAULT_GLOBAL_ID_EXISTS);
    must(status, &error, "insert");
    must(rhumb_feature_clear(us->feature, &error), &error, "clear");
    us->trees[us->tree_count++] = made;
    print_edit(us, "insert", &made.id);
    printf("\n");
}

static void remove_one(crew* us) {
    rhumb_error error;
    tree* gone = any_tree(us);
    must(rhumb_edits_delete(us->edits, us->layer, &gone->id, &error), &error, "delete");
    print_edit(us, "delete", &gone->id);
    printf("\n");
    memmove(gone, gone + 1, (size_t)(us->trees + us->tree_count - (gone + 1)) * sizeof *gone);
    --us->tree_count;
}

static void edit_at_random(crew* us, size_t count) {
    read_trees(us, count);
    if (us->tree_count < 2 || us->field_count == 0) {
        fprintf(stderr, "layer '%s' has not enough to edit: two features and a text or number\n",
                us->layer_name);
        exit(1);
    }
    for (size_t i = 0; i < count; ++i) {
        const uint64_t kind = below(us, 20);
        if (kind < 12) {
            change_value(us);
        } else if (kind < 16) {
            move(us);
        } else if (kind < 19 || us->tree_count < 3) {
            insert(us);
        } else {
            remove_one(us);
        }
    }
}

static void set_one(crew* us, const char* id_text, const char* name, const char* value) {
    rhumb_error error;
    rhumb_guid id;
    must(rhumb_guid_parse(rhumb_str_of(id_text), &id, &error), &error, "read the GlobalID");
    must(rhumb_feature_set_text(us->feature, rhumb_str_of(name), rhumb_str_of(value), &error),
         &error, "set the value");
    write_feature(us, &id);
    print_edit(us, "update", &id);
    printf(" %s = %s\n", name, value);
}

int main(int argc, char** argv) {
    const int sets_one = argc == 7 && strcmp(argv[3], "--set") == 0;
    const long long count = argc == 5 ? atoll(argv[3]) : 0;
    if (!sets_one && (count <= 0 || count > 1000000)) {
        fprintf(stderr,
                "usage: %s REPLICA.gpkg LAYER N SEED\n"
                "       %s REPLICA.gpkg LAYER --set GLOBALID FIELD VALUE\n",
                argv[0], argv[0]);
        return 2;
    }
    static crew us; /* too large for a small stack */
    rhumb_error error;
    must(rhumb_geodatabase_open(rhumb_str_of(argv[1]), NULL, &us.geodatabase, &error), &error,
         "open the replica");
    find_layer(&us, argv[2]);
    must(rhumb_feature_new(&us.feature, &error), &error, "make a feature");
    must(rhumb_edits_begin(us.geodatabase, &us.edits, &error), &error, "begin to edit");
    if (sets_one) {
        set_one(&us, argv[4], argv[5], argv[6]);
    } else {
        us.random = (uint64_t)strtoull(argv[4], NULL, 10);
        edit_at_random(&us, (size_t)count);
    }
    must(rhumb_edits_commit(us.edits, &error), &error, "commit");
    printf("%lld edits committed\n", sets_one ? 1LL : count);
    free(us.trees);
    rhumb_edits_release(us.edits);
    rhumb_feature_release(us.feature);
    rhumb_geodatabase_release(us.geodatabase);
    return 0;
}
