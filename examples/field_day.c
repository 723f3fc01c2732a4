/* SPDX-License-Identifier: Apache-2.0
 *
 * A field day with nothing but the C API: take a service offline, look around, edit with no
 * network, synchronize.
 *
 *     field_day SERVICE_URL REPLICA.gpkg [xmin,ymin,xmax,ymax]
 *
 * SERVICE_URL is that of a feature service, http(s)://host/…/FeatureServer. When REPLICA.gpkg is
 * there it is used again; a creation or synchronization that was cut off goes on.
 */
#include "must.h"

#include <inttypes.h>
#include <string.h>

/* What the day's edits are made to: the first layer of points that has a text field. */
typedef struct work {
    int32_t layer;
    char name[128];
    char field[128];
} work;

static void copy_text(char* to, size_t room, rhumb_str text) {
    snprintf(to, room, "%.*s", (int)text.size, text.data == NULL ? "" : text.data);
}

static void on_progress(void* context, const rhumb_progress* progress) {
    static const char* const phases[] = {"", "connecting", "creating", "sending", "receiving",
                                         "storing"};
    int32_t* last = context;
    const int is_end = progress->total > 0 && progress->done == progress->total;
    if (progress->phase < 1 || progress->phase > 5) return;
    if (*last == progress->phase && !is_end) return; /* a line for each phase, not each packet */
    *last = progress->phase;
    printf("  … %s %.*s %" PRId64, phases[progress->phase], (int)progress->what.size,
           progress->what.data == NULL ? "" : progress->what.data, progress->done);
    if (progress->total > 0) printf(" of %" PRId64, progress->total);
    printf("\n");
}

static rhumb_geodatabase* open_or_create(const char* path) {
    rhumb_error error;
    rhumb_geodatabase* geodatabase = NULL;
    rhumb_status status =
        rhumb_geodatabase_open(rhumb_str_of(path), NULL, &geodatabase, &error);
    if (status == RHUMB_NOT_FOUND) {
        status = rhumb_geodatabase_create(rhumb_str_of(path), &geodatabase, &error);
    }
    must(status, &error, "open the replica");
    return geodatabase;
}

static int32_t replica_state(rhumb_replica* replica) {
    rhumb_error error;
    rhumb_replica_status* status = NULL;
    rhumb_replica_facts facts;
    rhumb_replica_facts_init(&facts);
    must(rhumb_replica_read_status(replica, &status, &error), &error, "read the status");
    must(rhumb_replica_status_facts(status, &facts, &error), &error, "read the status");
    rhumb_replica_status_release(status);
    return facts.state;
}

static void read_extent(const char* text, rhumb_create_options* options) {
    rhumb_envelope* extent = &options->extent;
    if (sscanf(text, "%lf,%lf,%lf,%lf", &extent->min_x, &extent->min_y, &extent->max_x,
               &extent->max_y) != 4) {
        fprintf(stderr, "the extent is xmin,ymin,xmax,ymax, not '%s'\n", text);
        exit(2);
    }
    options->has_extent = 1;
}

static void print_report(const rhumb_sync_report* report) {
    rhumb_error error;
    rhumb_sync_facts facts;
    rhumb_sync_facts_init(&facts);
    must(rhumb_sync_report_facts(report, &facts, &error), &error, "read the report");
    printf("%" PRId64 " requests, %" PRId64 " bytes up, %" PRId64 " bytes down%s\n",
           facts.requests, facts.bytes_up, facts.bytes_down,
           facts.resumed != 0 ? ", going on from an earlier run" : "");
    for (size_t i = 0; i < facts.layer_count; ++i) {
        rhumb_sync_layer layer;
        rhumb_sync_layer_init(&layer);
        must(rhumb_sync_report_layer(report, i, &layer, &error), &error, "read the report");
        printf("  %.*s: sent +%" PRId64 " ~%" PRId64 " -%" PRId64 ", received +%" PRId64
               " ~%" PRId64 " -%" PRId64 "\n",
               (int)layer.name.size, layer.name.data, layer.sent_inserts, layer.sent_updates,
               layer.sent_deletes, layer.received_inserts, layer.received_updates,
               layer.received_deletes);
    }
    for (size_t i = 0; i < facts.rejected_count; ++i) {
        rhumb_rejected_edit edit;
        rhumb_rejected_edit_init(&edit);
        must(rhumb_sync_report_rejected(report, i, &edit, &error), &error, "read the report");
        printf("  refused in layer %" PRId32 ": %.*s\n", edit.layer, (int)edit.reason.size,
               edit.reason.data);
    }
    for (size_t i = 0; i < facts.conflict_count; ++i) {
        rhumb_conflict conflict;
        rhumb_conflict_init(&conflict);
        must(rhumb_sync_report_conflict(report, i, &conflict, &error), &error, "read the report");
        printf("  conflict in layer %" PRId32 ", %.*s: mine %.*s, theirs %.*s\n", conflict.layer,
               (int)conflict.column.size, conflict.column.data, (int)conflict.mine.size,
               conflict.mine.data, (int)conflict.theirs.size, conflict.theirs.data);
    }
    for (size_t i = 0; i < facts.note_count; ++i) {
        rhumb_str note;
        must(rhumb_sync_report_note(report, i, &note, &error), &error, "read the report");
        printf("  note: %.*s\n", (int)note.size, note.data);
    }
}

/* The replica, whole: there is one already, or it is created now. */
static rhumb_replica* take_offline(rhumb_geodatabase* geodatabase, const char* url,
                                   const char* extent) {
    rhumb_error error;
    rhumb_replica* replica = NULL;
    rhumb_status status = rhumb_replica_open(geodatabase, &replica, &error);
    if (status == RHUMB_OK && replica_state(replica) != RHUMB_REPLICA_CREATING) return replica;
    if (status != RHUMB_OK && status != RHUMB_NOT_FOUND) must(status, &error, "open the replica");
    rhumb_replica_release(replica);

    rhumb_create_options options;
    rhumb_transfer_options transfer;
    rhumb_sync_report* report = NULL;
    int32_t last_phase = 0;
    rhumb_create_options_init(&options);
    options.service_url = rhumb_str_of(url);
    if (extent != NULL) read_extent(extent, &options);
    rhumb_transfer_options_init(&transfer);
    transfer.on_progress = on_progress;
    transfer.context = &last_phase;
    printf("taking %s offline\n", url);
    must(rhumb_replica_create(geodatabase, &options, &transfer, &report, &error), &error,
         "take the service offline");
    print_report(report);
    rhumb_sync_report_release(report);
    must(rhumb_replica_open(geodatabase, &replica, &error), &error, "open the replica");
    return replica;
}

/* The first text field that a person may fill in; NULL data when there is none. */
static rhumb_str text_field(const rhumb_layers* layers, size_t index, size_t field_count) {
    rhumb_error error;
    for (size_t i = 0; i < field_count; ++i) {
        rhumb_field_info field;
        rhumb_field_info_init(&field);
        must(rhumb_layers_field(layers, index, i, &field, &error), &error, "read the fields");
        const int roomy = field.length == 0 || field.length >= 20;
        if (field.type == RHUMB_FIELD_STRING && field.editable != 0 && roomy) return field.name;
    }
    return (rhumb_str){NULL, 0};
}

static work choose_layer(rhumb_geodatabase* geodatabase) {
    rhumb_error error;
    rhumb_layers* layers = NULL;
    work chosen = {-1, "", ""};
    must(rhumb_geodatabase_layers(geodatabase, &layers, &error), &error, "list the layers");
    for (size_t i = 0; i < rhumb_layers_count(layers); ++i) {
        rhumb_layer_info info;
        int64_t count = 0;
        rhumb_layer_info_init(&info);
        must(rhumb_layers_get(layers, i, &info, &error), &error, "list the layers");
        must(rhumb_count(geodatabase, info.id, NULL, &count, &error), &error, "count");
        printf("layer %" PRId32 " %.*s: %" PRId64 " features\n", info.id, (int)info.name.size,
               info.name.data, count);
        const rhumb_str field = text_field(layers, i, info.field_count);
        const int fits = info.geometry_type == RHUMB_GEOMETRY_POINT && field.data != NULL;
        if (!fits || chosen.layer >= 0 || count < 2) continue;
        chosen.layer = info.id;
        copy_text(chosen.name, sizeof chosen.name, info.name);
        copy_text(chosen.field, sizeof chosen.field, field);
    }
    rhumb_layers_release(layers);
    if (chosen.layer < 0) {
        fprintf(stderr, "no layer of points with a text field has two features or more\n");
        exit(1);
    }
    return chosen;
}

/* Prints a few features and remembers the first two, and where the first one stands. */
static size_t look_around(rhumb_geodatabase* geodatabase, const work* here, rhumb_guid ids[2],
                          uint8_t wkb[64]) {
    rhumb_error error;
    rhumb_cursor* cursor = NULL;
    rhumb_query_options options;
    rhumb_str fields[1];
    size_t wkb_size = 0;
    fields[0] = rhumb_str_of(here->field);
    rhumb_query_options_init(&options);
    options.fields = fields;
    options.field_count = 1;
    options.limit = 5;
    must(rhumb_query(geodatabase, here->layer, &options, &cursor, &error), &error, "query");
    printf("some of %s:\n", here->name);
    for (int32_t has_row = 0, count = 0;; ++count) {
        rhumb_row row;
        rhumb_value value;
        char id[RHUMB_GUID_TEXT_BYTES];
        must(rhumb_cursor_next(cursor, &has_row, &error), &error, "read a row");
        if (has_row == 0) break;
        rhumb_row_init(&row);
        must(rhumb_cursor_row(cursor, &row, &error), &error, "read a row");
        must(rhumb_cursor_value(cursor, 0, &value, &error), &error, "read a value");
        must(rhumb_guid_format(&row.global_id, id, &error), &error, "write a GUID");
        printf("  %s %s = %.*s\n", id, here->field, (int)value.text.size,
               value.text.data == NULL ? "NULL" : value.text.data);
        if (count < 2) ids[count] = row.global_id;
        if (wkb_size == 0 && row.wkb.size <= 64 && row.wkb.data != NULL) {
            memcpy(wkb, row.wkb.data, row.wkb.size);
            wkb_size = row.wkb.size;
        }
    }
    rhumb_cursor_release(cursor);
    return wkb_size;
}

/* An update, an insert and a delete, which take effect together. */
static void edit(rhumb_geodatabase* geodatabase, const work* here) {
    rhumb_error error;
    rhumb_guid ids[2];
    uint8_t wkb[64];
    rhumb_edits* edits = NULL;
    rhumb_feature* feature = NULL;
    const size_t wkb_size = look_around(geodatabase, here, ids, wkb);
    const rhumb_str field = rhumb_str_of(here->field);

    must(rhumb_feature_new(&feature, &error), &error, "make a feature");
    must(rhumb_edits_begin(geodatabase, &edits, &error), &error, "begin to edit");
    must(rhumb_feature_set_text(feature, field, rhumb_str_of("seen today"), &error), &error, "set");
    must(rhumb_edits_update(edits, here->layer, &ids[0], feature, &error), &error, "update");

    must(rhumb_feature_set_text(feature, field, rhumb_str_of("newly found"), &error), &error,
         "set");
    if (wkb_size > 0) {
        const rhumb_bytes place = {wkb, wkb_size};
        must(rhumb_feature_set_geometry(feature, place, &error), &error, "set the place");
    }
    must(rhumb_edits_insert(edits, here->layer, feature, NULL, NULL, &error), &error, "insert");
    must(rhumb_edits_delete(edits, here->layer, &ids[1], &error), &error, "delete");
    must(rhumb_edits_commit(edits, &error), &error, "commit");
    rhumb_edits_release(edits);
    rhumb_feature_release(feature);
    printf("edited %s: 1 update, 1 insert, 1 delete\n", here->name);
}

static void print_status(rhumb_replica* replica) {
    rhumb_error error;
    rhumb_replica_status* status = NULL;
    rhumb_replica_facts facts;
    rhumb_replica_facts_init(&facts);
    must(rhumb_replica_read_status(replica, &status, &error), &error, "read the status");
    must(rhumb_replica_status_facts(status, &facts, &error), &error, "read the status");
    printf("replica %.*s of %.*s, %s, %" PRId64 " pending edits\n", (int)facts.id.size,
           facts.id.data, (int)facts.service_url.size, facts.service_url.data,
           facts.model == RHUMB_MODEL_PER_LAYER ? "perLayer" : "perReplica", facts.pending_edits);
    for (size_t i = 0; i < facts.layer_count; ++i) {
        rhumb_replica_layer layer;
        rhumb_replica_layer_init(&layer);
        must(rhumb_replica_status_layer(status, i, &layer, &error), &error, "read the status");
        printf("  %.*s: +%" PRId64 " ~%" PRId64 " -%" PRId64 "\n", (int)layer.name.size,
               layer.name.data, layer.pending_inserts, layer.pending_updates,
               layer.pending_deletes);
    }
    rhumb_replica_status_release(status);
}

static void synchronize(rhumb_replica* replica) {
    rhumb_error error;
    rhumb_transfer_options transfer;
    rhumb_sync_report* report = NULL;
    int32_t last_phase = 0;
    rhumb_transfer_options_init(&transfer);
    transfer.on_progress = on_progress;
    transfer.context = &last_phase;
    printf("synchronizing\n");
    must(rhumb_synchronize(replica, NULL, &transfer, &report, &error), &error, "synchronize");
    print_report(report);
    rhumb_sync_report_release(report);
}

int main(int argc, char** argv) {
    if (argc < 3 || argc > 4) {
        fprintf(stderr, "usage: %s SERVICE_URL REPLICA.gpkg [xmin,ymin,xmax,ymax]\n", argv[0]);
        return 2;
    }
    rhumb_geodatabase* geodatabase = open_or_create(argv[2]);
    rhumb_replica* replica = take_offline(geodatabase, argv[1], argc == 4 ? argv[3] : NULL);
    const work here = choose_layer(geodatabase);
    edit(geodatabase, &here);
    print_status(replica);
    synchronize(replica);
    print_status(replica);
    rhumb_replica_release(replica);
    rhumb_geodatabase_release(geodatabase);
    return 0;
}
