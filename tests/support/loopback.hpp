// SPDX-License-Identifier: Apache-2.0
//
// Both ends back to back: devices and an office in one process, no socket, a link that fails when
// it is told to.

#pragma once

#include "platform/http/transport.hpp"
#include "sync/client/ladder.hpp"
#include "tests/support/office.hpp"

#include <array>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace rhumb::test {

/// What happens to one request on the link.
enum class LinkFault {
    None,
    RequestLost,    ///< the service never hears of it
    AnswerLost,     ///< the service acts, the answer does not arrive
    AnswerCut,      ///< the answer arrives in half
    Garbage,        ///< bytes that are no JSON, status 200; the service has acted
    Html,           ///< a sign-in page in between, status 200; the service has not acted
    BadGateway,     ///< HTTP 502 with HTML; the service has not acted
    Killed,         ///< the device dies after the service has acted
    ServiceKilled,  ///< the service dies after it has acted, and starts again
};
std::string_view name_of(LinkFault fault);
/// All but None.
inline constexpr std::array kLinkFaults{
    LinkFault::RequestLost, LinkFault::AnswerLost, LinkFault::AnswerCut, LinkFault::Garbage,
    LinkFault::Html,        LinkFault::BadGateway, LinkFault::Killed,    LinkFault::ServiceKilled};

/// Thrown through the ladder when the device dies.
struct DeviceKilled {};

/// Carries requests straight into the office's service.
class LoopbackTransport final : public http::Transport {
public:
    explicit LoopbackTransport(Office& office) : office_(office) {}

    http::TransportResult send(const http::TransportRequest& request,
                               const CancelToken& cancel) override;

    /// Requests to this host go to another office.
    void reach(const std::string& host, Office& office) { others_[host] = &office; }
    /// The n-th request from now (from 0) meets this fault; others pass.
    void fail_at(int n, LinkFault fault) {
        fault_at_ = requests_ + n;
        fault_ = fault;
    }
    void heal() { fault_at_ = -1; }
    /// Asked after each request whether the service has died over it, and been started again.
    std::function<bool()> service_died;
    int requests() const { return requests_; }
    const std::vector<std::string>& log() const { return log_; }

private:
    http::Response ask(const http::TransportRequest& request);
    std::optional<http::Response> ask_mortal(const http::TransportRequest& request);
    http::TransportResult deliver(const http::TransportRequest& request, http::Response response,
                                  bool half);

    Office& office_of(const std::string& url);

    Office& office_;
    std::map<std::string, Office*> others_;
    int requests_ = 0;
    int fault_at_ = -1;
    LinkFault fault_ = LinkFault::None;
    std::vector<std::string> log_;
};

/// A device with a replica of the office's service.
class Device {
public:
    Device(Office& office, const std::string& name);
    /// The same device in a copy of its office, when both were closed.
    Device(Office& office, const Device& frozen);

    void join(sync::CreateOptions options = {});
    sync::SyncReport sync(sync::SyncOptions options = {});
    /// Climbs until the end, over kills too: after each the file is opened anew.
    sync::SyncReport sync_stubbornly(sync::SyncOptions options = {});

    geodb::Geodatabase& file() { return *file_; }
    const std::filesystem::path& path() const { return path_; }
    LoopbackTransport& link() { return link_; }
    std::int64_t pending();
    /// As if the app had died: the file is opened anew; `while_dead` is called in between.
    void restart(const std::function<void()>& while_dead = {});
    /// As if the app had ended.
    void close() { file_.reset(); }
    /// The file becomes a copy of another device's.
    void copy_from(Device& other);
    /// The copy becomes a replica of its own.
    void register_copy();

    geodb::GlobalId add(std::string_view layer, const Attributes& attributes,
                        geodb::Value shape = geodb::Null{}) {
        return add_feature(*file_, layer, attributes, std::move(shape));
    }
    void update(std::string_view layer, const geodb::GlobalId& feature,
                const Attributes& attributes) {
        update_feature(*file_, layer, feature, attributes);
    }
    void erase(std::string_view layer, const geodb::GlobalId& feature) {
        erase_feature(*file_, layer, feature);
    }

private:
    Office& office_;
    TestWorld world_;
    std::filesystem::path path_;
    std::unique_ptr<geodb::Geodatabase> file_;
    LoopbackTransport link_;
};

/// All rows of a layer by GlobalID, one line each, object ids left out: equal lines, equal content.
std::string content(geodb::Geodatabase& file, std::string_view layer);

}  // namespace rhumb::test
