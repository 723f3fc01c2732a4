// SPDX-License-Identifier: Apache-2.0
#include "rhumb/host_sync.h"

#include "platform/http/transport.hpp"
#include "runtime/capi/guard.hpp"
#include "runtime/capi/handles.hpp"
#include "runtime/capi/host_answer.hpp"
#include "runtime/capi/init.hpp"
#include "runtime/capi/transfer_arguments.hpp"

#include <mutex>
#include <utility>

using namespace rhumb::capi;
using rhumb::Error;
using rhumb::Status;
using rhumb::runtime::SharedLadder;
namespace http = rhumb::http;

/// Any thread; `mutex` guards the rest. Its parts go in turn: the ladder before the context.
struct rhumb_host_sync {
    explicit rhumb_host_sync(HostTransfer host)
        : cancel(host.transfer.cancel), ladder(std::move(host.transfer)) {}

    /// Climbs the ladder; a failure stops it for good.
    void climb(const std::function<void()>& step);
    void request_next();
    const http::TransportRequest& due() const;

    std::mutex mutex;
    rhumb::CancelToken cancel;
    SharedLadder ladder;
    std::optional<http::TransportRequest> request;
    std::vector<rhumb_header> headers;  // views of the request's
    std::optional<Error> stopped;
};

void rhumb_host_sync::climb(const std::function<void()>& step) {
    if (stopped) throw stopped->within("this transfer has stopped");
    try {
        step();
    } catch (const Error& error) {
        // Neither is the ladder's fault: it stands where it stood.
        const bool stands = error.status() == Status::Busy || error.status() == Status::Cancelled;
        if (!stands) stopped = error;
        throw;
    }
}

void rhumb_host_sync::request_next() {
    cancel.throw_if_cancelled();
    if (request) return;
    request = ladder.next_request();
    headers.clear();
    if (!request) return;
    for (const auto& [name, value] : request->headers) headers.push_back({view(name), view(value)});
}

const http::TransportRequest& rhumb_host_sync::due() const {
    if (request) return *request;
    throw Error(Status::InvalidArgument,
                "no request is due: rhumb_sync_next_request() says when one is");
}

namespace {

rhumb_http_request view_of(const rhumb_host_sync& sync) {
    rhumb_http_request out;
    rhumb_http_request_init(&out);
    out.method = view(sync.request->method);
    out.url = view(sync.request->url);
    out.headers = sync.headers.data();
    out.header_count = sync.headers.size();
    const std::string& body = sync.request->body;
    out.body = {reinterpret_cast<const std::uint8_t*>(body.data()), body.size()};
    if (sync.request->save_to) out.save_to = view(sync.request->save_to->native());
    out.save_offset = static_cast<std::int64_t>(sync.request->save_offset);
    out.wait_ms = sync.ladder.wait_ms();
    out.failures_in_a_row = sync.ladder.failures_in_a_row();
    return out;
}

void begin(HostTransfer host, rhumb_host_sync** out_sync) {
    const auto context = host.context;
    *out_sync = new rhumb_host_sync(std::move(host));
    context->own();
}

}  // namespace

void rhumb_http_request_init(rhumb_http_request* request) {
    init(request);
}
void rhumb_http_response_init(rhumb_http_response* response) {
    init(response);
}

rhumb_status rhumb_host_sync_begin(rhumb_replica* replica, const rhumb_sync_options* options,
                                   const rhumb_transfer_options* transfer,
                                   rhumb_host_sync** out_sync, rhumb_error* error) {
    return guard(error, [&] {
        require_output(out_sync, "out_sync");
        require(replica, "replica");
        begin(host_transfer(replica->open, transfer, synchronization(options)), out_sync);
    });
}

rhumb_status rhumb_host_sync_create(rhumb_geodatabase* geodatabase,
                                    const rhumb_create_options* options,
                                    const rhumb_transfer_options* transfer,
                                    rhumb_host_sync** out_sync, rhumb_error* error) {
    return guard(error, [&] {
        require_output(out_sync, "out_sync");
        require(geodatabase, "geodatabase");
        begin(host_transfer(geodatabase->open, transfer, creation(options)), out_sync);
    });
}

void rhumb_host_sync_release(rhumb_host_sync* sync) {
    delete sync;
}

rhumb_status rhumb_sync_next_request(rhumb_host_sync* sync, rhumb_http_request* out_request,
                                     int32_t* out_is_due, rhumb_error* error) {
    return guard(error, [&] {
        require(sync, "sync");
        require_sized(out_request, "out_request");
        require(out_is_due, "out_is_due");
        const std::lock_guard lock(sync->mutex);
        sync->climb([&] { sync->request_next(); });
        *out_is_due = sync->request ? 1 : 0;
        if (sync->request) *out_request = view_of(*sync);
    });
}

rhumb_status rhumb_sync_take_response(rhumb_host_sync* sync, const rhumb_http_response* response,
                                      rhumb_error* error) {
    return guard(error, [&] {
        require(sync, "sync");
        require_sized(response, "response");
        const std::lock_guard lock(sync->mutex);
        http::Response answer = answer_of(sync->due(), *response);
        sync->climb([&] { sync->ladder.take_result(std::move(answer)); });
        sync->request.reset();
    });
}

rhumb_status rhumb_sync_take_failure(rhumb_host_sync* sync, int32_t failure, rhumb_str message,
                                     rhumb_error* error) {
    return guard(error, [&] {
        require(sync, "sync");
        const std::lock_guard lock(sync->mutex);
        http::TransportFailure none = failure_of(sync->due(), failure, text_of(message, "message"));
        sync->climb([&] { sync->ladder.take_result(std::move(none)); });
        sync->request.reset();
    });
}

rhumb_status rhumb_host_sync_report(rhumb_host_sync* sync, rhumb_sync_report** out_report,
                                    rhumb_error* error) {
    return guard(error, [&] {
        require_output(out_report, "out_report");
        require(sync, "sync");
        const std::lock_guard lock(sync->mutex);
        *out_report = new rhumb_sync_report{sync->ladder.report()};
    });
}
