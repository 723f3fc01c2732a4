// SPDX-License-Identifier: Apache-2.0
//
// Settings of a service: what they say comes to be, and what they should not say is refused by
// file and key.
#include "platform/error.hpp"
#include "platform/files.hpp"
#include "sync/service/settings/service_settings.hpp"
#include "tests/support/catch.hpp"
#include "tests/support/field_layers.hpp"

using namespace rhumb;
using namespace rhumb::service;
using namespace rhumb::test;

namespace {

ServiceSettings settings_of(const std::string& text) {
    const TempFolder folder;
    const auto file = folder / "city.service.json";
    make_file(file, [&](FileWriter& writer) { writer.write(text); });
    return read_service_file(file, {});
}

std::string refusal(const std::string& text) {
    try {
        settings_of(text);
    } catch (const Error& error) {
        return error.message();
    }
    return "accepted";
}

}  // namespace

TEST_CASE("the settings of a service are what its file says", "[service][settings]") {
    const ServiceSettings settings = settings_of(R"({
        "name": "Hydrants", "title": "Hydrants of the town", "description": "All of them",
        "copyrightText": "The town", "owner": "Ana",
        "access": {"users": ["Ben"], "roles": ["editor"]}, "anonymousRole": "editor",
        "capabilities": ["query", "sync", "Update"], "maxRecordCount": 500,
        "ownership": {"enabled": true, "allowOthersToDelete": false},
        "replicaIdleDays": 0, "replicaUploadDays": 7, "historyDays": 3,
        "uploads": {"maxItemBytes": 1000, "maxPartBytes": 100, "maxItemsPerUser": 3,
                    "maxBytesPerUser": 5000, "keptHours": 2, "allowedFileExtensions": [".JPG"]},
        "jobs": {"maxOpenPerUser": 2, "keptDays": 1}})");
    CHECK(settings.name == "Hydrants");
    CHECK(settings.title == "Hydrants of the town");
    CHECK(settings.description == "All of them");
    CHECK(settings.copyright == "The town");
    CHECK(settings.owner == "Ana");
    CHECK(settings.access.who == Access::Who::Listed);
    CHECK(settings.access.users == std::set<std::string>{"ben"});
    CHECK(settings.access.roles == std::set<Role>{Role::Editor});
    CHECK(settings.access.anonymous == Role::Editor);
    CHECK(settings.limits.capabilities == "Query,Update,Sync,Uploads");
    CHECK(settings.limits.max_record_count == 500);
    CHECK(settings.ownership.allow_others_to_update);
    CHECK_FALSE(settings.ownership.allow_others_to_delete);
    CHECK(settings.history.replica_idle_days == 0);
    CHECK(settings.history.upload_days == 7);
    CHECK(settings.history.keep_days == 3);
    CHECK(settings.limits.uploads.max_item_bytes == 1000);
    CHECK(settings.limits.uploads.max_part_bytes == 100);
    CHECK(settings.limits.uploads.max_items_per_owner == 3);
    CHECK(settings.limits.uploads.max_bytes_per_owner == 5000);
    CHECK(settings.limits.uploads.kept_ms == 2 * 3'600'000);
    CHECK(settings.limits.uploads.extensions == std::vector<std::string>{"jpg"});
    CHECK(settings.limits.jobs.max_open_per_owner == 2);
    CHECK(settings.limits.jobs.kept_ms == 24 * 3'600'000);
}

TEST_CASE("what a file leaves out stays as it was", "[service][settings]") {
    const ServiceSettings plain;
    const ServiceSettings read = settings_of("{}");
    CHECK(read.limits.capabilities == plain.limits.capabilities);
    CHECK(read.limits.max_record_count == plain.limits.max_record_count);
    CHECK(read.access.who == Access::Who::Unsaid);
    CHECK(settings_of(R"({"access":"everyone"})").access.who == Access::Who::Everyone);
    CHECK(settings_of(R"({"access":"signed-in"})").access.who == Access::Who::SignedIn);
    CHECK(settings_of(R"({"capabilities":"Query, Editing"})").limits.capabilities ==
          "Create,Delete,Query,Update,Editing,Uploads");
}

TEST_CASE("a setting that cannot be is refused by file and key", "[service][settings]") {
    struct Case {
        const char* text;
        const char* named;
    };
    const Case cases[] = {
        {"", "city.service.json"},
        {"{", "city.service.json"},
        {"[]", "the file"},
        {"7", "the file"},
        {R"({"colour":1})", "'colour'"},
        {R"({"Name":"x"})", "'Name'"},
        {R"({"title":"a","title":"b"})", "'title'"},
        {R"({"name":7})", "'name'"},
        {R"({"name":""})", "'name'"},
        {R"({"name":"a/b"})", "'name'"},
        {R"({"name":".hidden"})", "'name'"},
        {R"({"name":" a"})", "'name'"},
        {R"({"name":"a\u0007"})", "'name'"},
        {R"({"title":null})", "'title'"},
        {R"({"description":["a"]})", "'description'"},
        {R"({"copyrightText":{}})", "'copyrightText'"},
        {R"({"owner":true})", "'owner'"},
        {R"({"access":"nobody"})", "'access'"},
        {R"({"access":5})", "'access'"},
        {R"({"access":["ana"]})", "'access'"},
        {R"({"access":{"user":["ana"]}})", "'access.user'"},
        {R"({"access":{"users":"ana"}})", "'access.users'"},
        {R"({"access":{"users":[""]}})", "'access.users'"},
        {R"({"access":{"roles":["king"]}})", "'access.roles'"},
        {R"({"anonymousRole":"king"})", "'anonymousRole'"},
        {R"({"anonymousRole":"owner"})", "'anonymousRole'"},
        {R"({"capabilities":"Query,Fly"})", "'capabilities'"},
        {R"({"capabilities":"Sync"})", "'capabilities'"},
        {R"({"capabilities":[1]})", "'capabilities'"},
        {R"({"capabilities":{}})", "'capabilities'"},
        {R"({"maxRecordCount":0})", "'maxRecordCount'"},
        {R"({"maxRecordCount":-5})", "'maxRecordCount'"},
        {R"({"maxRecordCount":"500"})", "'maxRecordCount'"},
        {R"({"maxRecordCount":1.5})", "'maxRecordCount'"},
        {R"({"maxRecordCount":99999999999999999999})", "'maxRecordCount'"},
        {R"({"ownership":true})", "'ownership'"},
        {R"({"ownership":{"enabled":1}})", "'ownership.enabled'"},
        {R"({"ownership":{"allowOthersToFly":true}})", "'ownership.allowOthersToFly'"},
        {R"({"replicaIdleDays":-1})", "'replicaIdleDays'"},
        {R"({"replicaUploadDays":"7"})", "'replicaUploadDays'"},
        {R"({"historyDays":1e9})", "'historyDays'"},
        {R"({"uploads":{"maxItemBytes":0}})", "'uploads.maxItemBytes'"},
        {R"({"uploads":{"maxPartBytes":"big"}})", "'uploads.maxPartBytes'"},
        {R"({"uploads":{"maxItemsPerUser":null}})", "'uploads.maxItemsPerUser'"},
        {R"({"uploads":{"keptHours":0}})", "'uploads.keptHours'"},
        {R"({"uploads":{"allowedFileExtensions":"jpg"}})", "'uploads.allowedFileExtensions'"},
        {R"({"uploads":{"maxSize":1}})", "'uploads.maxSize'"},
        {R"({"jobs":{"maxOpenPerUser":0}})", "'jobs.maxOpenPerUser'"},
        {R"({"jobs":[]})", "'jobs'"},
        {R"({"limits":7})", "'limits'"},
        {R"({"limits":{"jsonDepth":15}})", "'limits.jsonDepth'"},
        {R"({"limits":{"jsonDepth":65}})", "'limits.jsonDepth'"},
        {R"({"limits":{"jsonValues":0}})", "'limits.jsonValues'"},
        {R"({"limits":{"jsonTextBytes":1}})", "'limits.jsonTextBytes'"},
        {R"({"limits":{"geometryVertices":0}})", "'limits.geometryVertices'"},
        {R"({"limits":{"geometryVertices":1000001}})", "'limits.geometryVertices'"},
        {R"({"limits":{"parts":10}})", "'limits.parts'"},
    };
    for (const Case& bad : cases) {
        INFO(bad.text);
        const std::string why = refusal(bad.text);
        CHECK_THAT(why, Catch::Contains("city.service.json") && Catch::Contains(bad.named));
    }
}
