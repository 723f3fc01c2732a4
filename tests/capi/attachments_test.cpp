// SPDX-License-Identifier: Apache-2.0
//
// Attachments through the C API: on one device, and from one to another.
#include "platform/files.hpp"
#include "tests/capi/device.hpp"

#include <rhumb/attachments.h>

using namespace rhumb;
using namespace rhumb::test;

namespace {

using ListHandle = std::unique_ptr<rhumb_attachments, Releaser<rhumb_attachments_release>>;

ListHandle list_of(rhumb_geodatabase* geodatabase, const rhumb_guid* feature = nullptr) {
    rhumb_error error;
    rhumb_attachments* out = nullptr;
    ok(rhumb_attachments_list(geodatabase, 0, feature, &out, &error), error);
    return ListHandle(out);
}

rhumb_attachment first_of(const ListHandle& list) {
    rhumb_error error;
    rhumb_attachment out;
    rhumb_attachment_init(&out);
    ok(rhumb_attachments_get(list.get(), 0, &out, &error), error);
    return out;
}

rhumb_guid attach_text(rhumb_geodatabase* geodatabase, const rhumb_guid& tree,
                       std::string_view content) {
    rhumb_error error;
    rhumb_guid made{};
    rhumb_attachment_options options;
    rhumb_attachment_options_init(&options);
    options.name = str("note.txt");
    const rhumb_bytes bytes{reinterpret_cast<const uint8_t*>(content.data()), content.size()};
    ok(rhumb_attachment_add_bytes(geodatabase, 0, &tree, bytes, &options, &made, &error), error);
    return made;
}

int32_t collect(void* context, rhumb_bytes piece) {
    static_cast<std::string*>(context)->append(reinterpret_cast<const char*>(piece.data),
                                               piece.size);
    return 1;
}

std::string read(rhumb_geodatabase* geodatabase, const rhumb_guid& attachment) {
    rhumb_error error;
    std::string bytes;
    ok(rhumb_attachment_read(geodatabase, &attachment, collect, &bytes, &error), error);
    return bytes;
}

}  // namespace

TEST_CASE("a file is attached, listed, read, replaced and deleted through the C API",
          "[capi][attachments]") {
    FieldFile field;
    Device device(field);
    FieldService server;
    device.create(server.url());
    rhumb_error error;
    const rhumb_guid tree = add_tree(device.geodatabase(), "ash");
    const rhumb_guid note = attach_text(device.geodatabase(), tree, "hollow at the foot");

    const ListHandle list = list_of(device.geodatabase(), &tree);
    REQUIRE(rhumb_attachments_count(list.get()) == 1);
    const rhumb_attachment one = first_of(list);
    CHECK(text(one.name) == "note.txt");
    CHECK(text(one.content_type) == "text/plain");
    CHECK(one.bytes == 18);
    CHECK(one.state == RHUMB_CONTENT_PRESENT);
    CHECK(one.pending == 1);
    CHECK(read(device.geodatabase(), note) == "hollow at the foot");

    const std::string copy = field.beside("copy.txt");
    ok(rhumb_attachment_save(device.geodatabase(), &note, str(copy), &error), error);
    CHECK(read_file(copy) == "hollow at the foot");
    fails(rhumb_attachment_save(device.geodatabase(), &note, str(copy), &error), error,
          RHUMB_ALREADY_EXISTS, "copy.txt");
    ok(rhumb_attachment_replace_file(device.geodatabase(), &note, str(copy), &error), error);
    ok(rhumb_attachment_delete(device.geodatabase(), &note, &error), error);
    CHECK(rhumb_attachments_count(list_of(device.geodatabase()).get()) == 0);
    fails(rhumb_attachment_delete(device.geodatabase(), &note, &error), error, RHUMB_NOT_FOUND,
          "no attachment");
    fails(rhumb_attachment_add_file(device.geodatabase(), 0, &tree, str("/no/such.jpg"), nullptr,
                                    nullptr, &error),
          error, RHUMB_NOT_FOUND, "such.jpg");
    const rhumb_guid nobody{{1, 2, 3}};
    const rhumb_bytes none{nullptr, 0};
    fails(rhumb_attachment_add_bytes(device.geodatabase(), 0, &nobody, none, nullptr, nullptr,
                                     &error),
          error, RHUMB_CONSTRAINT_VIOLATED, "no feature");
}

TEST_CASE("an attachment travels over a socket, and is fetched when somebody asks for it",
          "[capi][attachments][net]") {
    FieldFile field;
    FieldService server;
    Device ana(field, "ana.gpkg");
    Device ben(field, "ben.gpkg");
    ana.create(server.url());
    rhumb_error error;
    const rhumb_guid tree = add_tree(ana.geodatabase(), "ash");
    const std::string long_note(700'000, 'x');
    const rhumb_guid note = attach_text(ana.geodatabase(), tree, long_note);
    CHECK(facts_of(ana.sync()).attachments_sent == 1);

    rhumb_create_options options = Device::options(server.url());
    options.attachments = RHUMB_ATTACHMENTS_ON_DEMAND;
    ok(rhumb_replica_create(ben.geodatabase(), &options, nullptr, nullptr, &error), error);
    CHECK(first_of(list_of(ben.geodatabase())).state == RHUMB_CONTENT_REMOTE);
    std::string bytes;
    fails(rhumb_attachment_read(ben.geodatabase(), &note, collect, &bytes, &error), error,
          RHUMB_NOT_FOUND, "0 of 700000 bytes");
    const ReplicaHandle replica = ben.replica();
    ok(rhumb_attachment_fetch(replica.get(), &note, nullptr, nullptr, &error), error);
    CHECK(read(ben.geodatabase(), note) == long_note);

    int32_t policy = 0;
    ok(rhumb_attachment_get_policy(replica.get(), 0, &policy, &error), error);
    CHECK(policy == RHUMB_ATTACHMENTS_ON_DEMAND);
    ok(rhumb_attachment_set_policy(replica.get(), 0, RHUMB_ATTACHMENTS_ALL, &error), error);
    fails(rhumb_attachment_set_policy(replica.get(), 0, 9, &error), error, RHUMB_INVALID_ARGUMENT,
          "policy");
    attach_text(ana.geodatabase(), tree, "second");
    ana.sync();
    CHECK(facts_of(ben.sync()).attachments_fetched == 1);
}
