// SPDX-License-Identifier: Apache-2.0
//
// What happens to every request around its answer: it gets an id, the services are asked, the
// answer is packed, and a line and some figures are kept of it. /healthz and /metrics live here.

#pragma once

#include "platform/clock.hpp"
#include "platform/http/message.hpp"
#include "platform/random.hpp"
#include "runtime/server/metrics.hpp"
#include "runtime/server/request_log.hpp"
#include "runtime/server/server_settings.hpp"
#include "sync/service/feature_service.hpp"

#include <atomic>
#include <cstdint>
#include <functional>
#include <optional>
#include <string>

namespace rhumb::runtime {

/// Any thread. What is passed in outlives it.
class FrontDesk {
public:
    /// `log`: null for none. `connections`: how many there are now.
    FrontDesk(service::FeatureServices& services, const FrontSettings& settings, RequestLog* log,
              Clock& clock, Random& random, std::function<std::size_t()> connections);

    http::Response answer(const http::Request& request);
    /// The same for what needs neither disk nor long computing; none for all else.
    std::optional<http::Response> answer_at_once(const http::Request& request);
    /// An answer that was given without asking: it is logged and counted all the same.
    void refused(const http::Request& request, const http::Response& response);

private:
    http::Response answer(const http::Request& request, bool at_once);
    http::Response respond(const http::Request& request, service::RequestFacts& facts);
    bool may_monitor(const http::Request& request) const;
    http::Response health();
    std::string id_of(const http::Request& request);
    void keep(LoggedRequest& line, const http::Response& response, std::int64_t began_ms);

    service::FeatureServices& services_;
    const FrontSettings& settings_;
    RequestLog* log_;
    Clock& clock_;
    std::function<std::size_t()> connections_;
    Metrics metrics_;
    std::string id_prefix_;
    std::atomic<std::uint64_t> next_id_{1};
};

/// What proxies in front of us say about who asked and how, taken over when the peer is one of
/// those that are trusted; else dropped.
void take_forwarded(http::Request& request, const std::set<std::string>& trusted);

}  // namespace rhumb::runtime
