// SPDX-License-Identifier: Apache-2.0
#include "tests/support/loopback.hpp"

#include "geodb/sqlite/statement.hpp"
#include "platform/error.hpp"
#include "platform/files.hpp"
#include "platform/http/url.hpp"
#include "sync/replica/replica_store.hpp"
#include "tests/support/catch.hpp"

namespace rhumb::test {

using namespace geodb;
using http::Response;
using http::TransportFailure;
using http::TransportRequest;
using http::TransportResult;

std::string_view name_of(LinkFault fault) {
    switch (fault) {
        case LinkFault::None:
            return "none";
        case LinkFault::RequestLost:
            return "request lost";
        case LinkFault::AnswerLost:
            return "answer lost";
        case LinkFault::AnswerCut:
            return "answer cut";
        case LinkFault::Garbage:
            return "garbage answer";
        case LinkFault::Html:
            return "HTML answer";
        case LinkFault::BadGateway:
            return "502 with HTML";
        case LinkFault::Killed:
            return "device killed";
        case LinkFault::ServiceKilled:
            return "service killed";
    }
    return "?";
}

Office& LoopbackTransport::office_of(const std::string& url) {
    const auto found = others_.find(http::parse_url(url).authority());
    return found != others_.end() ? *found->second : office_;
}

Response LoopbackTransport::ask(const TransportRequest& request) {
    const http::Url url = http::parse_url(request.url);
    http::Request carried;
    carried.method = request.method;
    carried.target = url.target();
    carried.headers = request.headers;
    carried.headers.set("Host", url.authority());
    carried.body = request.body;
    carried.scheme = url.scheme;
    if (request.save_to && request.save_offset > 0) {
        carried.headers.set("Range", "bytes=" + std::to_string(request.save_offset) + "-");
    }
    return office_of(request.url).handle(carried);
}

/// No answer comes when the service has died over the request.
std::optional<Response> LoopbackTransport::ask_mortal(const TransportRequest& request) {
    if (!service_died) return ask(request);
    std::optional<Response> response;
    try {
        response = ask(request);
    } catch (const Error&) {
        if (!service_died()) throw;
        return std::nullopt;
    }
    if (service_died()) return std::nullopt;
    return response;
}

TransportResult LoopbackTransport::deliver(const TransportRequest& request, Response response,
                                           bool half) {
    std::string body(response.text());
    if (const auto* file = response.file()) {
        body = read_file(file->path).substr(file->offset, file->length);
        if (file->delete_after) remove_quietly(file->path);
    }
    if (half) body.resize(body.size() / 2);
    const bool saved = request.save_to && (response.status == 200 || response.status == 206);
    if (saved) {
        const bool append = response.status == 206 && request.save_offset > 0;
        if (append) std::filesystem::resize_file(*request.save_to, request.save_offset);
        FileWriter writer(*request.save_to,
                          append ? FileWriter::Mode::Append : FileWriter::Mode::Replace);
        writer.write(body);
        writer.close_durably();
        response.body = http::FileBody{*request.save_to, request.save_offset, body.size(), false};
    } else {
        response.body = body;
    }
    if (half) return TransportFailure{TransportFailure::Kind::Interrupted, "cut in the middle"};
    return response;
}

TransportResult LoopbackTransport::send(const TransportRequest& request, const CancelToken&) {
    log_.push_back(request.method + " " + http::parse_url(request.url).path);
    const bool faulty = requests_++ == fault_at_;
    const LinkFault fault = faulty ? fault_ : LinkFault::None;
    const auto html = [](int status) {
        return http::text_response("<html><body>Sign in</body></html>", "text/html", status);
    };
    switch (fault) {
        case LinkFault::RequestLost:
            return TransportFailure{TransportFailure::Kind::Unreachable, "no route"};
        case LinkFault::Html:
            return html(200);
        case LinkFault::BadGateway:
            return html(502);
        default:
            break;
    }
    std::optional<Response> answer = ask_mortal(request);
    if (!answer) return TransportFailure{TransportFailure::Kind::Interrupted, "connection reset"};
    Response& response = *answer;
    switch (fault) {
        case LinkFault::AnswerLost:
            return TransportFailure{TransportFailure::Kind::Interrupted, "connection lost"};
        case LinkFault::Garbage:
            return http::text_response("\x01\x02{\"replicaID", "application/json");
        case LinkFault::Killed:
            throw DeviceKilled{};
        case LinkFault::ServiceKilled:
            if (const auto* file = response.file(); file != nullptr && file->delete_after) {
                remove_quietly(file->path);
            }
            office_of(request.url).restart();
            return TransportFailure{TransportFailure::Kind::Interrupted, "connection reset"};
        default:
            return deliver(request, std::move(response), fault == LinkFault::AnswerCut);
    }
}

Device::Device(Office& office, const std::string& name)
    : office_(office), path_(office.folder() / (name + ".gpkg")), link_(office) {
    world_.random = SeededRandom(std::hash<std::string>{}(name));
    file_ = std::make_unique<Geodatabase>(Geodatabase::create(path_, world_.world()));
}

Device::Device(Office& office, const Device& frozen)
    : office_(office),
      world_(frozen.world_),
      path_(office.folder() / frozen.path_.filename().string()),
      link_(office) {
    restart();
}

void Device::restart(const std::function<void()>& while_dead) {
    file_.reset();
    if (while_dead) while_dead();
    file_ = std::make_unique<Geodatabase>(Geodatabase::open(path_, world_.world()));
}

void Device::copy_from(Device& other) {
    file_.reset();
    other.file_.reset();
    std::filesystem::copy_file(other.path_, path_,
                               std::filesystem::copy_options::overwrite_existing);
    other.restart();
    restart();
}

void Device::register_copy() {
    const auto ladder = sync::register_ladder(*file_);
    sync::climb(*ladder, link_, {}, [](std::int64_t) {});
}

void Device::join(sync::CreateOptions options) {
    options.service_url = Office::kUrl;
    const auto ladder = sync::create_replica_ladder(*file_, options, nullptr);
    sync::climb(*ladder, link_, {}, [](std::int64_t) {});
    file_->reload();
}

sync::SyncReport Device::sync(sync::SyncOptions options) {
    const auto ladder = sync::synchronize_ladder(*file_, options, nullptr);
    return sync::climb(*ladder, link_, {}, [](std::int64_t) {});
}

sync::SyncReport Device::sync_stubbornly(sync::SyncOptions options) {
    constexpr int kMostLives = 5;
    for (int life = 0; life < kMostLives; ++life) {
        try {
            return sync(options);
        } catch (const DeviceKilled&) {
            restart();
        }
    }
    FAIL("the synchronization did not end");
    return {};
}

std::int64_t Device::pending() {
    std::int64_t total = 0;
    for (const sync::PendingCount& count : sync::ReplicaStore(*file_).pending()) {
        total += count.total();
    }
    return total;
}

std::string content(Geodatabase& file, std::string_view layer_name) {
    const Layer& layer = file.layer(layer_name);
    std::string columns;
    for (std::size_t i = 0; i < layer.column_count(); ++i) {
        columns += (i == 0 ? "quote(" : " || ', ' || quote(") +
                   sqlite::quoted_name(layer.column_name(i)) + ")";
    }
    sqlite::Statement rows(file.database(), "SELECT " + columns + " FROM " +
                                                sqlite::quoted_name(layer.table) + " ORDER BY " +
                                                sqlite::quoted_name(layer.global_id_column));
    std::string text;
    while (rows.step()) text += std::string(rows.column_text(0)) + "\n";
    return text;
}

}  // namespace rhumb::test
