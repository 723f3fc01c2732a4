// SPDX-License-Identifier: Apache-2.0
#include "tests/capi/device.hpp"

#include <fstream>

using namespace rhumb::test;

namespace {

constexpr const char* kHost = "http://office.test";

/// What a host does with its own HTTP: takes requests to the service, without a socket.
class Carrier {
public:
    Carrier(FieldService& service, bool saves) : service_(service), saves_(saves) {}

    /// Carries requests until none is due; returns how many there were.
    int carry_all(rhumb_host_sync* sync) {
        int carried = 0;
        while (carry_one(sync)) ++carried;
        return carried;
    }

    /// False at the end.
    bool carry_one(rhumb_host_sync* sync) {
        rhumb_error error;
        rhumb_http_request request;
        rhumb_http_request_init(&request);
        std::int32_t is_due = 0;
        ok(rhumb_sync_next_request(sync, &request, &is_due, &error), error);
        if (is_due == 0) return false;
        answer(sync, request);
        return true;
    }

    void answer(rhumb_host_sync* sync, const rhumb_http_request& request) {
        rhumb_error error;
        REQUIRE(text(request.url).rfind(kHost, 0) == 0);
        std::string content_type;
        for (std::size_t i = 0; i < request.header_count; ++i) {
            if (text(request.headers[i].name) == "Content-Type") {
                content_type = text(request.headers[i].value);
            }
        }
        const std::string body(reinterpret_cast<const char*>(request.body.data), request.body.size);
        const auto got = service_.handle(text(request.method),
                                         text(request.url).substr(std::string(kHost).size()),
                                         content_type, body);
        const rhumb_header headers[] = {{str("Content-Type"), str(got.content_type)}};
        rhumb_http_response response;
        rhumb_http_response_init(&response);
        response.http_status = got.status;
        response.headers = headers;
        response.header_count = 1;
        if (saves_ && request.save_to.size > 0 && got.status == 200) {
            std::ofstream(text(request.save_to), std::ios::binary) << got.body;
            response.body_saved = 1;
            response.saved_bytes = static_cast<std::int64_t>(got.body.size());
        } else {
            response.body = {reinterpret_cast<const std::uint8_t*>(got.body.data()),
                             got.body.size()};
        }
        ok(rhumb_sync_take_response(sync, &response, &error), error);
    }

private:
    FieldService& service_;
    bool saves_;
};

std::string url_of(const FieldService& service) {
    return kHost + service.url().substr(service.url().find("/arcgis"));
}

HostSyncHandle begin_create(const Device& device, const std::string& url) {
    rhumb_error error;
    rhumb_host_sync* sync = nullptr;
    const rhumb_create_options options = Device::options(url);
    ok(rhumb_host_sync_create(device.geodatabase(), &options, nullptr, &sync, &error), error);
    return HostSyncHandle(sync);
}

HostSyncHandle begin_sync(const Device& device) {
    rhumb_error error;
    rhumb_host_sync* sync = nullptr;
    ok(rhumb_host_sync_begin(device.replica().get(), nullptr, nullptr, &sync, &error), error);
    return HostSyncHandle(sync);
}

/// Here whole, that is.
bool is_replica(const Device& device) {
    rhumb_replica* opened = nullptr;
    if (rhumb_replica_open(device.geodatabase(), &opened, nullptr) != RHUMB_OK) return false;
    const ReplicaHandle replica(opened);
    StatusHandle status;
    return facts_of(opened, status).state == RHUMB_REPLICA_READY;
}

}  // namespace

TEST_CASE("a host carries the requests of a whole field day", "[capi][host]") {
    for (const bool saves : {false, true}) {
        const FieldFile folder;
        FieldService service;
        service.add_tree("oak", 1, 1);
        Carrier carrier(service, saves);
        Device device(folder);
        CHECK(carrier.carry_all(begin_create(device, url_of(service)).get()) > 0);
        CHECK(species(device.geodatabase()) == "oak");
        add_tree(device.geodatabase(), "elm");
        service.add_tree("ash", 1, 1);

        const HostSyncHandle sync = begin_sync(device);
        carrier.carry_all(sync.get());
        rhumb_error error;
        rhumb_sync_report* report = nullptr;
        ok(rhumb_host_sync_report(sync.get(), &report, &error), error);
        CHECK(layer_of(ReportHandle(report), 0).sent_inserts == 1);
        CHECK(service.species() == "ash elm oak");
        CHECK(species(device.geodatabase()) == "oak elm ash");
    }
}

TEST_CASE("a transfer given up after any request goes on where it was", "[capi][host]") {
    for (int cut = 0; cut < 6; ++cut) {
        const FieldFile folder;
        FieldService service;
        service.add_tree("oak", 1, 1);
        Carrier carrier(service, false);
        Device device(folder);
        {
            const HostSyncHandle sync = begin_create(device, url_of(service));
            for (int i = 0; i < cut && carrier.carry_one(sync.get()); ++i) {
            }
        }
        device.restart();
        if (!is_replica(device)) {
            carrier.carry_all(begin_create(device, url_of(service)).get());
        }
        add_tree(device.geodatabase(), "elm");
        {
            const HostSyncHandle sync = begin_sync(device);
            for (int i = 0; i < cut && carrier.carry_one(sync.get()); ++i) {
            }
        }
        device.restart();
        carrier.carry_all(begin_sync(device).get());
        INFO("cut after " << cut);
        CHECK(service.species() == "elm oak");
        CHECK(device.pending() == 0);
    }
}

TEST_CASE("a request that failed is due again, later", "[capi][host]") {
    const FieldFile folder;
    FieldService service;
    Carrier carrier(service, false);
    Device device(folder);
    const HostSyncHandle sync = begin_create(device, url_of(service));
    rhumb_error error;
    rhumb_http_request request;
    rhumb_http_request_init(&request);
    std::int32_t is_due = 0;
    fails(rhumb_sync_take_failure(sync.get(), RHUMB_HTTP_INTERRUPTED, {}, &error), error,
          RHUMB_INVALID_ARGUMENT, "no request is due");
    ok(rhumb_sync_next_request(sync.get(), &request, &is_due, &error), error);
    REQUIRE(is_due == 1);
    CHECK(request.wait_ms == 0);
    CHECK(text(request.method) == "GET");
    const std::string url = text(request.url);
    fails(rhumb_sync_take_failure(sync.get(), 77, {}, &error), error, RHUMB_INVALID_ARGUMENT,
          "'failure' is 77");
    ok(rhumb_sync_take_failure(sync.get(), RHUMB_HTTP_UNREACHABLE, str("no bars"), &error), error);
    ok(rhumb_sync_next_request(sync.get(), &request, &is_due, &error), error);
    CHECK(text(request.url) == url);
    CHECK(request.wait_ms > 0);
    CHECK(request.failures_in_a_row == 1);

    rhumb_http_response html;
    rhumb_http_response_init(&html);
    html.http_status = 200;
    const std::string page = "<html>sign in to this fine hotel</html>";
    html.body = {reinterpret_cast<const std::uint8_t*>(page.data()), page.size()};
    ok(rhumb_sync_take_response(sync.get(), &html, &error), error);
    ok(rhumb_sync_next_request(sync.get(), &request, &is_due, &error), error);
    CHECK(text(request.url) == url);
    CHECK(request.failures_in_a_row == 2);
    carrier.answer(sync.get(), request);
    carrier.carry_all(sync.get());
    CHECK(rhumb_replica_open(device.geodatabase(), nullptr, nullptr) == RHUMB_INVALID_ARGUMENT);
    CHECK(device.pending() == 0);
}

TEST_CASE("a refusal stops the transfer for good", "[capi][host]") {
    const FieldFile folder;
    FieldService service;
    Device device(folder);
    const HostSyncHandle sync = begin_create(device, url_of(service));
    rhumb_error error;
    rhumb_http_request request;
    rhumb_http_request_init(&request);
    std::int32_t is_due = 0;
    ok(rhumb_sync_next_request(sync.get(), &request, &is_due, &error), error);
    rhumb_http_response response;
    rhumb_http_response_init(&response);
    fails(rhumb_sync_take_response(sync.get(), &response, &error), error, RHUMB_INVALID_ARGUMENT,
          "http_status");
    response.http_status = 200;
    const std::string body = R"({"error":{"code":400,"message":"no such thing","details":[]}})";
    response.body = {reinterpret_cast<const std::uint8_t*>(body.data()), body.size()};
    response.body_saved = 1;
    fails(rhumb_sync_take_response(sync.get(), &response, &error), error, RHUMB_INVALID_ARGUMENT,
          "body_saved");
    response.body_saved = 0;
    fails(rhumb_sync_take_response(sync.get(), &response, &error), error, RHUMB_SERVICE_REFUSED,
          "no such thing");
    fails(rhumb_sync_next_request(sync.get(), &request, &is_due, &error), error,
          RHUMB_SERVICE_REFUSED, "has stopped");
    CHECK(error.detail_code == 400);
}

TEST_CASE("one transfer at a time on a geodatabase", "[capi][host]") {
    const FieldFile folder;
    FieldService service;
    Device device(folder);
    HostSyncHandle sync = begin_create(device, url_of(service));
    rhumb_error error;
    rhumb_host_sync* second = nullptr;
    const std::string url = url_of(service);
    const rhumb_create_options options = Device::options(url);
    fails(rhumb_host_sync_create(device.geodatabase(), &options, nullptr, &second, &error), error,
          RHUMB_BUSY, "synchronized already");
    sync.reset();
    CHECK(begin_create(device, url_of(service)) != nullptr);
}
