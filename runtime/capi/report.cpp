// SPDX-License-Identifier: Apache-2.0
#include "rhumb/sync.h"
#include "runtime/capi/guard.hpp"
#include "runtime/capi/handles.hpp"
#include "runtime/capi/init.hpp"
#include "runtime/capi/lists.hpp"

using namespace rhumb::capi;

void rhumb_sync_facts_init(rhumb_sync_facts* facts) {
    init(facts);
}
void rhumb_sync_layer_init(rhumb_sync_layer* layer) {
    init(layer);
}

void rhumb_sync_report_release(rhumb_sync_report* report) {
    delete report;
}

rhumb_status rhumb_sync_report_facts(const rhumb_sync_report* report, rhumb_sync_facts* out_facts,
                                     rhumb_error* error) {
    return guard(error, [&] {
        require(report, "report");
        require_sized(out_facts, "out_facts");
        rhumb_sync_facts facts;
        rhumb_sync_facts_init(&facts);
        facts.requests = report->report.requests;
        facts.bytes_up = report->report.bytes_up;
        facts.bytes_down = report->report.bytes_down;
        facts.resumed = report->report.resumed ? 1 : 0;
        facts.layer_count = report->report.layers.size();
        facts.rejected_count = report->report.rejected.size();
        facts.conflict_count = report->report.conflicts.size();
        facts.note_count = report->report.notes.size();
        facts.attachments_sent = report->report.attachments.sent;
        facts.attachments_received = report->report.attachments.received;
        facts.attachments_fetched = report->report.attachments.fetched;
        facts.attachment_failure_count = report->report.attachments.failures.size();
        *out_facts = facts;
    });
}

rhumb_status rhumb_sync_report_layer(const rhumb_sync_report* report, size_t index,
                                     rhumb_sync_layer* out_layer, rhumb_error* error) {
    return guard(error, [&] {
        require(report, "report");
        require_sized(out_layer, "out_layer");
        const auto& counts = element_of(report->report.layers, index, "index");
        rhumb_sync_layer out;
        rhumb_sync_layer_init(&out);
        out.layer = counts.layer.value;
        out.name = view(counts.name);
        out.sent_inserts = counts.sent_inserts;
        out.sent_updates = counts.sent_updates;
        out.sent_deletes = counts.sent_deletes;
        out.received_inserts = counts.received_inserts;
        out.received_updates = counts.received_updates;
        out.received_deletes = counts.received_deletes;
        *out_layer = out;
    });
}

rhumb_status rhumb_sync_report_rejected(const rhumb_sync_report* report, size_t index,
                                        rhumb_rejected_edit* out_edit, rhumb_error* error) {
    return guard(error, [&] {
        require(report, "report");
        require_sized(out_edit, "out_edit");
        *out_edit = rejected_edit_of(element_of(report->report.rejected, index, "index"));
    });
}

rhumb_status rhumb_sync_report_conflict(const rhumb_sync_report* report, size_t index,
                                        rhumb_conflict* out_conflict, rhumb_error* error) {
    return guard(error, [&] {
        require(report, "report");
        require_sized(out_conflict, "out_conflict");
        *out_conflict = conflict_of(element_of(report->report.conflicts, index, "index"));
    });
}

rhumb_status rhumb_sync_report_note(const rhumb_sync_report* report, size_t index,
                                    rhumb_str* out_note, rhumb_error* error) {
    return guard(error, [&] {
        require(report, "report");
        require(out_note, "out_note");
        *out_note = view(element_of(report->report.notes, index, "index"));
    });
}
