// SPDX-License-Identifier: Apache-2.0
//
// The same over real sockets: every resource once, and a synchronization cut at many bytes of its
// traffic.
#include "platform/http/beast_transport.hpp"
#include "platform/http/listener.hpp"
#include "tests/support/catch.hpp"
#include "tests/support/fault_proxy.hpp"
#include "tests/support/loopback.hpp"

#include <iostream>

using namespace rhumb;
using namespace rhumb::geodb;
using namespace rhumb::test;
using wire::Json;

namespace {

/// The office behind a listener, reached over a proxy that can fail.
struct Street {
    Office office;
    http::Listener listener{http::Listener::Options{}, [this](const http::Request& request) {
                                return office.handle(request);
                            }};
    FaultProxy proxy{(listener.start(), listener.port())};
    http::BeastTransport transport;

    std::string url() const { return proxy.origin() + Office::kService; }

    Json ask(const std::string& method, const std::string& resource,
             http::NameValues parameters = {}) {
        parameters.emplace_back("f", "json");
        http::TransportRequest request;
        request.method = method;
        request.url = resource.rfind("http", 0) == 0 ? resource : url() + resource;
        if (method == "POST") {
            request.headers.set("Content-Type", "application/x-www-form-urlencoded");
            request.body = http::encode_form(parameters);
        } else {
            request.url += "?" + http::encode_form(parameters);
        }
        const auto result = transport.send(request, {});
        const auto* response = std::get_if<http::Response>(&result);
        REQUIRE(response != nullptr);
        CHECK(response->headers.get("Access-Control-Allow-Origin") == "*");
        return wire::parse_json(response->text(), resource);
    }

    void climb(sync::Ladder& ladder) {
        sync::climb(ladder, transport, {}, [](std::int64_t) {}, {1000, 0});
    }
};

}  // namespace

TEST_CASE("every resource answers over a real socket", "[sync][net]") {
    Street street;
    street.office.add("trees", {{"species", "oak"}}, point(1, 2));
    const std::string root = street.proxy.origin() + "/arcgis/rest";
    CHECK(at(street.ask("GET", root + "/info"), "authInfo", "isTokenBasedSecurity") == Json(false));
    CHECK(at(street.ask("GET", root + "/services"), "services", 0, "name") == Json("field"));
    CHECK(at(street.ask("GET", ""), "layers", 0, "name") == Json("trees"));
    CHECK(at(street.ask("POST", "/layers"), "tables", 0, "name") == Json("visits"));
    CHECK(at(street.ask("GET", "/0"), "objectIdField") == Json("OBJECTID"));
    CHECK(at(street.ask("GET", "/0/1"), "feature", "geometry", "y") == Json(2));
    CHECK(at(street.ask("POST", "/0/query", {{"where", "species='oak'"}}), "features")
              .array()
              ->size() == 1);

    const Json replica = street.ask("POST", "/createReplica", {{"layers", "0"}});
    const std::string id = at(replica, "replicaID").as_string("id");
    const Json file = street.ask("GET", at(replica, "resultUrl").as_string("url"));
    CHECK(at(file, "layers", 0, "features").array()->size() == 1);
    CHECK(street.ask("GET", "/replicas").array()->size() == 1);
    CHECK(at(street.ask("GET", "/replicas/" + id), "replicaID") == Json(id));
    const Json synchronized = street.ask("POST", "/synchronizeReplica",
                                         {{"replicaID", id}, {"syncDirection", "download"}});
    CHECK(at(synchronized, "responseType") == Json("esriReplicaResponseTypeNoEdits"));
    CHECK(at(street.ask("POST", "/unRegisterReplica", {{"replicaID", id}}), "success") ==
          Json(true));
    CHECK(at(street.ask("GET", "/nothing"), "error", "code") == Json(400));
}

TEST_CASE("a synchronization over a socket survives cuts in the middle of request and answer",
          "[sync][net][cut]") {
    int cuts = 0;
    for (const wire::SyncModel model : {wire::SyncModel::PerReplica, wire::SyncModel::PerLayer}) {
        Street street;
        const GlobalId oak = street.office.add("trees", {{"species", "oak"}}, point(1, 1));
        TestWorld world;
        world.random = SeededRandom(99);  // other GlobalIDs than the office makes
        Geodatabase device =
            Geodatabase::create(street.office.folder() / "device.gpkg", world.world());
        sync::CreateOptions options;
        options.service_url = street.url();
        options.model = model;
        street.climb(*sync::create_replica_ladder(device, options, nullptr));
        device.reload();

        const std::vector<Fault> faults{
            Fault::refuse(),
            Fault::cut_request_after(40),
            Fault::cut_request_after(600),
            Fault::cut_answer_after(0),
            Fault::cut_answer_after(30),
            Fault::cut_answer_after(300),
            Fault::swallow_answer(),
            Fault::replace_answer("HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\n<html"),
            Fault::replace_answer("HTTP/1.1 502 Bad Gateway\r\nContent-Length: 2\r\n\r\nno"),
            Fault::replace_answer("\x16\x03\x01 not http at all")};
        for (int n = 0; n < 4; ++n) {
            for (const Fault& fault : faults) {
                INFO(wire::name_of(model) << ", request " << n << ", fault "
                                          << static_cast<int>(fault.kind) << " at " << fault.bytes);
                const std::string note = "cut " + std::to_string(cuts);
                add_feature(device, "visits", {{"note", note}});
                update_feature(device, "trees", oak, {{"dbh", 1.0 + cuts}});
                street.office.add("visits", {{"note", "office " + note}});
                street.proxy.on_request(street.proxy.requests() + static_cast<std::size_t>(n),
                                        fault);
                street.climb(*sync::synchronize_ladder(device, {}, nullptr));
                street.proxy.heal();
                street.climb(*sync::synchronize_ladder(device, {}, nullptr));
                ++cuts;
            }
        }
        Geodatabase served = street.office.open_file();
        CHECK(content(served, "trees") == content(device, "trees"));
        CHECK(content(served, "visits") == content(device, "visits"));
        CHECK(served.database().int64_of("SELECT count(*) FROM visits") == 2 * 4 * 10);
        street.listener.stop();
    }
    std::cout << "cuts over a socket: " << cuts << "\n";
}
