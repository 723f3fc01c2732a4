// SPDX-License-Identifier: Apache-2.0
#include "runtime/tools/sync_output.hpp"

#include "platform/date_time.hpp"
#include "platform/error.hpp"
#include "runtime/tools/output.hpp"

namespace rhumb::tool {
namespace {

using wire::Json;

/// A layer that was dropped since is still named by its number.
std::string layer_name(geodb::Geodatabase& file, geodb::LayerId id) {
    for (const geodb::Layer& layer : file.layers()) {
        if (layer.id == id) return layer.name;
    }
    return "layer " + std::to_string(id.value);
}

std::string counts_text(std::int64_t inserts, std::int64_t updates, std::int64_t deletes) {
    if (inserts + updates + deletes == 0) return "nothing";
    std::string text;
    const auto add = [&text](std::int64_t count, const char* thing) {
        if (count != 0) text += (text.empty() ? "" : ", ") + counted(count, thing);
    };
    add(inserts, "insert");
    add(updates, "update");
    add(deletes, "delete");
    return text;
}

Json counts_json(std::int64_t inserts, std::int64_t updates, std::int64_t deletes) {
    return Json::Object{{"inserts", inserts}, {"updates", updates}, {"deletes", deletes}};
}

/// Values are stored as JSON text; "" means that there was none.
Json stored_json(const std::string& text) {
    if (text.empty()) return {};
    try {
        return wire::parse_json(text, "a stored value");
    } catch (const Error&) {
        return text;
    }
}

Json time_or_null(std::int64_t ms) {
    return ms == 0 ? Json() : Json(format_date_time(ms));
}

std::string shown(const std::string& json) {
    return json.empty() ? "deleted" : json;
}

std::string by(const std::string& name) {
    return name.empty() ? "" : " (" + name + ")";
}

}  // namespace

std::string rejected_text(const sync::RejectedEdit& edit, geodb::Geodatabase& file) {
    return layer_name(file, edit.layer) + " " + edit.feature.value.braced() + " " +
           std::string(sync::name_of(edit.kind)) + ": " + edit.reason + " (" +
           std::to_string(edit.code) + ")";
}

void show_rejected(const sync::RejectedEdit& edit, geodb::Geodatabase& file) {
    print("rejected edit " + std::to_string(edit.number) + ": " + rejected_text(edit, file));
    print("  state: " + std::string(name_of(edit.state)) + ", refused " +
          counted(edit.attempts, "time") + ", last at " + format_date_time(edit.at_ms));
    if (edit.decided_ms != 0) print("  decided at: " + format_date_time(edit.decided_ms));
    print("  feature: " + edit.values);
}

void show_conflict(const sync::Conflict& conflict, geodb::Geodatabase& file) {
    print("conflict " + std::to_string(conflict.number) + ": " + conflict_text(conflict, file));
    print("  state: " + std::string(name_of(conflict.state)) + ", policy " +
          std::string(name_of(conflict.policy)) + ", at " + format_date_time(conflict.at_ms));
    print("  base: " + (conflict.base.empty() ? "none" : conflict.base));
    print("  mine: " + shown(conflict.mine) + by(conflict.mine_by));
    print("  theirs: " + shown(conflict.theirs) + by(conflict.theirs_by));
    if (conflict.resolved_ms == 0) return;
    print("  decided at: " + format_date_time(conflict.resolved_ms) +
          (conflict.value.empty() ? "" : ", value " + conflict.value));
}

std::string conflict_text(const sync::Conflict& conflict, geodb::Geodatabase& file) {
    const std::string column = conflict.column.empty() ? "" : " " + conflict.column;
    return layer_name(file, conflict.layer) + " " + conflict.feature.value.braced() + column +
           ": here " + shown(conflict.mine) + ", there " + shown(conflict.theirs) + "; the " +
           std::string(name_of(conflict.winner)) + "'s is kept";
}

Json rejected_json(const sync::RejectedEdit& edit, geodb::Geodatabase& file) {
    return Json::Object{{"number", edit.number},
                        {"layer", layer_name(file, edit.layer)},
                        {"globalId", edit.feature.value.braced()},
                        {"edit", sync::name_of(edit.kind)},
                        {"code", edit.code},
                        {"reason", edit.reason},
                        {"at", format_date_time(edit.at_ms)},
                        {"state", name_of(edit.state)},
                        {"attempts", edit.attempts},
                        {"decided", time_or_null(edit.decided_ms)},
                        {"feature", stored_json(edit.values)}};
}

Json conflict_json(const sync::Conflict& conflict, geodb::Geodatabase& file) {
    return Json::Object{{"number", conflict.number},
                        {"layer", layer_name(file, conflict.layer)},
                        {"globalId", conflict.feature.value.braced()},
                        {"column", conflict.column.empty() ? Json() : Json(conflict.column)},
                        {"base", stored_json(conflict.base)},
                        {"mine", stored_json(conflict.mine)},
                        {"theirs", stored_json(conflict.theirs)},
                        {"winner", name_of(conflict.winner)},
                        {"at", format_date_time(conflict.at_ms)},
                        {"policy", name_of(conflict.policy)},
                        {"state", name_of(conflict.state)},
                        {"mineBy", conflict.mine_by},
                        {"theirsBy", conflict.theirs_by},
                        {"resolved", time_or_null(conflict.resolved_ms)},
                        {"value", stored_json(conflict.value)}};
}

void print_notes(const sync::SyncReport& report) {
    for (const std::string& note : report.notes) print("  note: " + note);
}

std::string effort_text(const LadderRun& run) {
    return counted(run.report.requests, "request") + ", " + bytes_text(run.report.bytes_up) +
           " up, " + bytes_text(run.report.bytes_down) + " down, " + seconds_text(run.took_ms) +
           (run.report.resumed ? " (an earlier run was gone on with)" : "");
}

void print_attachments(const sync::AttachmentReport& report) {
    if (report.sent + report.received + report.fetched > 0) {
        print("attachments: " + std::to_string(report.sent) + " sent, " +
              std::to_string(report.received) + " received, content of " +
              std::to_string(report.fetched) + " fetched");
    }
    for (const sync::AttachmentFailure& failure : report.failures) {
        print("  attachment " + failure.attachment.value.braced() + " '" + failure.name +
              "' waits for the next synchronization: " + failure.reason);
    }
}

void print_report(const LadderRun& run, geodb::Geodatabase& file) {
    const sync::SyncReport& report = run.report;
    Table table;
    for (const sync::LayerCounts& layer : report.layers) {
        table.add(
            {layer.name,
             "sent " + counts_text(layer.sent_inserts, layer.sent_updates, layer.sent_deletes),
             "received " + counts_text(layer.received_inserts, layer.received_updates,
                                       layer.received_deletes)});
    }
    table.print();
    print_notes(report);
    if (!report.conflicts.empty()) {
        print(counted(static_cast<std::int64_t>(report.conflicts.size()), "conflict") +
              " (both sides had changed the same):");
        for (const auto& conflict : report.conflicts) print("  " + conflict_text(conflict, file));
    }
    if (!report.rejected.empty()) {
        print(counted(static_cast<std::int64_t>(report.rejected.size()), "edit") +
              " rejected by the service:");
        for (const auto& edit : report.rejected) print("  " + rejected_text(edit, file));
    }
    print_attachments(report.attachments);
    print(effort_text(run));
}

void add_report(Json& facts, const LadderRun& run, geodb::Geodatabase* file) {
    const sync::SyncReport& report = run.report;
    Json layers = Json::Array{};
    for (const sync::LayerCounts& layer : report.layers) {
        layers.push(Json::Object{
            {"id", layer.layer.value},
            {"name", layer.name},
            {"sent", counts_json(layer.sent_inserts, layer.sent_updates, layer.sent_deletes)},
            {"received",
             counts_json(layer.received_inserts, layer.received_updates, layer.received_deletes)}});
    }
    Json conflicts = Json::Array{};
    Json rejected = Json::Array{};
    if (file != nullptr) {
        for (const auto& conflict : report.conflicts)
            conflicts.push(conflict_json(conflict, *file));
        for (const auto& edit : report.rejected) rejected.push(rejected_json(edit, *file));
    }
    Json notes = Json::Array{};
    for (const std::string& note : report.notes) notes.push(note);
    facts.set("layers", std::move(layers));
    facts.set("conflicts", std::move(conflicts));
    facts.set("rejected", std::move(rejected));
    facts.set("notes", std::move(notes));
    Json failures = Json::Array{};
    for (const auto& failure : report.attachments.failures) {
        failures.push(Json::Object{{"globalId", failure.attachment.value.braced()},
                                   {"name", failure.name},
                                   {"reason", failure.reason}});
    }
    facts.set("attachments", Json::Object{{"sent", report.attachments.sent},
                                          {"received", report.attachments.received},
                                          {"fetched", report.attachments.fetched},
                                          {"failures", std::move(failures)}});
    facts.set("requests", report.requests);
    facts.set("bytesUp", report.bytes_up);
    facts.set("bytesDown", report.bytes_down);
    facts.set("resumed", report.resumed);
    facts.set("seconds", static_cast<double>(run.took_ms) / 1000);
}

}  // namespace rhumb::tool
