// SPDX-License-Identifier: Apache-2.0
#include "sync/service/settings/service_settings.hpp"

#include "platform/text.hpp"

#include <algorithm>
#include <array>
#include <utility>
#include <vector>

namespace rhumb::service {
namespace {

using wire::Json;

constexpr std::size_t kMostNameBytes = 120;
constexpr std::size_t kMostTextBytes = 64 * 1024;
constexpr std::size_t kMostExtensionBytes = 20;
constexpr std::int64_t kMostRecords = 1'000'000;
constexpr std::int64_t kMostStatementMs = 24LL * 3600 * 1000;
constexpr std::int64_t kMostDays = 36'500;
constexpr std::int64_t kMostBytes = 1LL << 50;
constexpr std::int64_t kHourMs = 3'600'000;
constexpr std::size_t kLeastJsonDepth = 16;  // edits of several layers need nine

/// In the order in which they are published.
constexpr std::array<std::string_view, 9> kCapabilities{"Create",  "Delete",  "Query",
                                                        "Update",  "Editing", "Sync",
                                                        "Uploads", "Extract", "ChangeTracking"};

bool names(const std::vector<std::string>& words, std::string_view name) {
    return std::any_of(words.begin(), words.end(),
                       [&](const std::string& word) { return equal_ignoring_case(word, name); });
}

/// ArcGIS REST: Editing means Create, Update and Delete, and Uploads follows from any of them.
std::string published(const std::vector<std::string>& words) {
    const bool all = names(words, "Editing");
    const auto has = [&](std::string_view name) { return all || names(words, name); };
    const bool edits = has("Create") || has("Update") || has("Delete");
    const bool whole = has("Create") && has("Update") && has("Delete");
    std::string text;
    for (const std::string_view name : kCapabilities) {
        bool there = names(words, name);
        if (name == "Create" || name == "Update" || name == "Delete") there = has(name);
        if (name == "Uploads") there = edits;
        if (name == "Editing") there = whole;
        if (there) text += (text.empty() ? "" : ",") + std::string(name);
    }
    return text;
}

void read_capabilities(SettingsReader& reader, std::string& into) {
    constexpr std::string_view kKey = "capabilities";
    const Json* given = reader.value(kKey);
    if (given == nullptr) return;
    const auto words =
        given->text() != nullptr ? split(*given->text(), ',') : reader.texts(kKey, 40).value();
    for (const std::string& word : words) {
        const bool known =
            std::any_of(kCapabilities.begin(), kCapabilities.end(),
                        [&](std::string_view name) { return equal_ignoring_case(name, word); });
        if (!known) reader.refuse(kKey, "holds '" + excerpt(word, 40) + "', no capability");
    }
    if (!names(words, "Query")) reader.refuse(kKey, "lacks Query, without which nothing works");
    into = published(words);
}

Role role_in(SettingsReader& reader, std::string_view key, std::string_view name) {
    const auto role = role_of(name);
    if (role) return *role;
    reader.refuse(key, "holds '" + excerpt(name, 40) + "', not " + std::string(role_names()));
}

void read_listed(SettingsReader listed, Access& access) {
    access.who = Access::Who::Listed;
    access.users.clear();
    access.roles.clear();
    for (const std::string& user :
         listed.texts("users", kMostNameBytes).value_or(std::vector<std::string>{})) {
        access.users.insert(lowered(user));
    }
    for (const std::string& role :
         listed.texts("roles", kMostNameBytes).value_or(std::vector<std::string>{})) {
        access.roles.insert(role_in(listed, "roles", role));
    }
    listed.finish();
}

void read_access(SettingsReader& reader, Access& access) {
    if (const auto role = reader.text("anonymousRole", kMostNameBytes)) {
        access.anonymous = role_in(reader, "anonymousRole", *role);
        if (access.anonymous > Role::Editor) {
            reader.refuse("anonymousRole", "is '" + *role + "', not viewer or editor");
        }
    }
    const Json* given = reader.value("access");
    if (given == nullptr) return;
    const std::string_view word = wire::text_or_empty(given);
    if (word == "everyone") {
        access.who = Access::Who::Everyone;
    } else if (word == "signed-in") {
        access.who = Access::Who::SignedIn;
    } else if (given->object() != nullptr) {
        read_listed(*reader.object("access"), access);
    } else {
        reader.refuse("access", "is " + excerpt(wire::to_text(*given), 60) +
                                    ", not \"everyone\", \"signed-in\" or {\"users\":[…], "
                                    "\"roles\":[…]}");
    }
}

void read_ownership(SettingsReader rules, OwnershipRules& into) {
    bool enabled = true;
    rules.read("enabled", enabled);
    rules.read("allowOthersToQuery", into.allow_others_to_query);
    rules.read("allowOthersToUpdate", into.allow_others_to_update);
    rules.read("allowOthersToDelete", into.allow_others_to_delete);
    if (!enabled) into = {};
    rules.finish();
}

void read_uploads(SettingsReader uploads, UploadLimits& limits) {
    uploads.read("maxItemBytes", limits.max_item_bytes, 1, kMostBytes);
    uploads.read("maxPartBytes", limits.max_part_bytes, 1, kMostBytes);
    uploads.read("maxItemsPerUser", limits.max_items_per_owner, 1, 1'000'000'000);
    uploads.read("maxBytesPerUser", limits.max_bytes_per_owner, 1, kMostBytes);
    if (const auto hours = uploads.number("keptHours", 1, kMostDays * 24)) {
        limits.kept_ms = *hours * kHourMs;
    }
    if (const auto extensions = uploads.texts("allowedFileExtensions", kMostExtensionBytes)) {
        limits.extensions.clear();
        for (const std::string& extension : *extensions) {
            const bool dotted = extension.front() == '.';
            limits.extensions.push_back(lowered(extension.substr(dotted ? 1 : 0)));
        }
    }
    uploads.finish();
}

void read_jobs(SettingsReader jobs, JobLimits& limits) {
    jobs.read("maxOpenPerUser", limits.max_open_per_owner, 1, 1'000'000);
    if (const auto days = jobs.number("keptDays", 1, kMostDays)) {
        limits.kept_ms = *days * 24 * kHourMs;
    }
    jobs.finish();
}

void read_input(SettingsReader input, wire::InputLimits& limits) {
    const auto read = [&](std::string_view key, std::size_t& into, std::size_t least,
                          std::size_t most) {
        const auto number =
            input.number(key, static_cast<std::int64_t>(least), static_cast<std::int64_t>(most));
        if (number) into = static_cast<std::size_t>(*number);
    };
    // No more than what every device and every stored agreement is read with.
    read("jsonDepth", limits.json.max_depth, kLeastJsonDepth, wire::JsonLimits{}.max_depth);
    read("jsonValues", limits.json.max_values, 1000, 1'000'000'000);
    read("jsonTextBytes", limits.json.max_text_bytes, 1024, std::size_t{1} << 30U);
    read("geometryVertices", limits.vertices, 1, wire::kMostVertices);
    input.finish();
}

void read_name(SettingsReader& reader, std::string& into) {
    const auto name = reader.text("name", kMostNameBytes);
    if (!name) return;
    if (!is_service_name(*name)) {
        reader.refuse("name", "is '" + excerpt(*name, 60) +
                                  "', not 1 to 120 bytes of UTF-8 without / \\ ? # and % and "
                                  "without a dot in front");
    }
    into = *name;
}

}  // namespace

bool is_service_name(std::string_view name) {
    const bool odd = std::any_of(name.begin(), name.end(), [](unsigned char c) {
        return c < 0x20 || c == 0x7f ||
               std::string_view("/\\?#%").find(static_cast<char>(c)) != std::string_view::npos;
    });
    return !name.empty() && name.size() <= kMostNameBytes && !odd && is_utf8(name) &&
           name.front() != '.' && trimmed(name) == name;
}

ServiceSettings read_service_settings(SettingsReader reader, ServiceSettings over) {
    read_name(reader, over.name);
    reader.read("title", over.title, kMostTextBytes);
    reader.read("description", over.description, kMostTextBytes);
    reader.read("copyrightText", over.copyright, kMostTextBytes);
    reader.read("owner", over.owner, kMostNameBytes);
    read_access(reader, over.access);
    read_capabilities(reader, over.limits.capabilities);
    if (auto rules = reader.object("ownership")) read_ownership(*rules, over.ownership);
    ServiceLimits& limits = over.limits;
    reader.read("maxRecordCount", limits.max_record_count, 1, kMostRecords);
    reader.read("standardMaxRecordCount", limits.standard_max_record_count, 1, kMostRecords);
    reader.read("tileMaxRecordCount", limits.tile_max_record_count, 1, kMostRecords);
    reader.read("statementTimeMs", limits.statement_time_ms, 0, kMostStatementMs);
    reader.read("maxAttachmentBytes", limits.max_attachment_bytes, 1, kMostBytes);
    reader.read("replicaIdleDays", over.history.replica_idle_days, 0, kMostDays);
    reader.read("replicaUploadDays", over.history.upload_days, 0, kMostDays);
    reader.read("historyDays", over.history.keep_days, 0, kMostDays);
    if (auto uploads = reader.object("uploads")) read_uploads(*uploads, limits.uploads);
    if (auto input = reader.object("limits")) read_input(*input, limits.input);
    if (auto jobs = reader.object("jobs")) read_jobs(*jobs, limits.jobs);
    reader.finish();
    return over;
}

ServiceSettings read_service_file(const std::filesystem::path& path, const ServiceSettings& over) {
    const Json json = read_settings_file(path);
    return read_service_settings(SettingsReader(json, path.string()), over);
}

}  // namespace rhumb::service
