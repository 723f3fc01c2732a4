// SPDX-License-Identifier: Apache-2.0
#include "platform/http/beast_transport.hpp"

#include "platform/error.hpp"
#include "platform/files.hpp"
#include "platform/http/channel.hpp"
#include "platform/http/exchange.hpp"
#include "platform/http/message_head.hpp"

#include <algorithm>
#include <chrono>
#include <map>
#include <mutex>
#include <utility>

namespace rhumb::http {
namespace {

bool carries_body(const TransportRequest& request) {
    return !request.body.empty() || (!is_safe_method(request.method) && request.method != "DELETE");
}

std::string head_of(const TransportRequest& request, const Url& url,
                    const std::string& user_agent) {
    Headers headers = request.headers;
    headers.set("Host", url.authority());
    headers.remove("Transfer-Encoding");
    headers.remove("Content-Length");
    if (carries_body(request)) headers.add("Content-Length", std::to_string(request.body.size()));
    if (!headers.has("User-Agent")) headers.add("User-Agent", user_agent);
    // Ranges are of the resource as it is, so that one can go on behind another.
    const bool whole = !headers.has("Range") && request.save_offset == 0;
    if (whole && !headers.has("Accept-Encoding")) headers.add("Accept-Encoding", "zstd, gzip");
    if (request.save_to && request.save_offset > 0 && !headers.has("Range")) {
        headers.add("Range", "bytes=" + std::to_string(request.save_offset) + "-");
    }
    return request_head(request.method, url.target(), headers);
}

/// Connections that wait for the next request, at most one for each origin.
class IdleChannels {
public:
    /// Null when there is none that is worth a try.
    std::unique_ptr<Channel> take(const std::string& origin) {
        const std::lock_guard lock(mutex_);
        const auto found = kept_.find(origin);
        if (found == kept_.end()) return nullptr;
        Kept kept = std::move(found->second);
        kept_.erase(found);
        const bool fresh = Clock::now() - kept.since < std::chrono::milliseconds(kIdleReuseMs);
        return fresh && kept.channel->is_quiet() ? std::move(kept.channel) : nullptr;
    }

    void keep(const std::string& origin, std::unique_ptr<Channel> channel) {
        const std::lock_guard lock(mutex_);
        kept_.insert_or_assign(origin, Kept{std::move(channel), Clock::now()});
        if (kept_.size() <= kMaxIdleConnections) return;
        kept_.erase(std::min_element(kept_.begin(), kept_.end(), [](const auto& a, const auto& b) {
            return a.second.since < b.second.since;
        }));
    }

private:
    using Clock = std::chrono::steady_clock;
    struct Kept {
        std::unique_ptr<Channel> channel;
        Clock::time_point since;
    };
    std::mutex mutex_;
    std::map<std::string, Kept> kept_;
};

/// A gap in the file would be filled with zeros and pass for content.
void check_save_offset(const TransportRequest& request) {
    if (!request.save_to || request.save_offset == 0) return;
    if (rhumb::file_size(*request.save_to) < request.save_offset) {
        throw Error(Status::InvalidArgument,
                    "'" + request.save_to->string() + "' holds fewer than the " +
                        std::to_string(request.save_offset) + " bytes to go on behind");
    }
}

}  // namespace

struct BeastTransport::Impl {
    explicit Impl(Options given)
        : options(std::move(given)), trust(options.extra_ca_file, options.verify_certificates) {}

    Options options;
    TlsTrust trust;
    IdleChannels idle;
};

BeastTransport::BeastTransport() : BeastTransport(Options{}) {}
BeastTransport::BeastTransport(Options options)
    : impl_(std::make_unique<Impl>(std::move(options))) {}
BeastTransport::~BeastTransport() = default;

TransportResult BeastTransport::send(const TransportRequest& request, const CancelToken& cancel) {
    const Url url = parse_url(request.url);
    const std::string head = head_of(request, url, impl_->options.user_agent);
    check_save_offset(request);

    std::unique_ptr<Channel> channel = impl_->idle.take(url.origin());
    const bool kept = channel != nullptr;
    for (bool first = true;; first = false) {
        if (!channel) {
            channel = std::make_unique<Channel>();
            const ChannelResult connected =
                channel->connect(url, impl_->trust, impl_->options.connect_ms, cancel);
            if (!connected.ok()) return connect_failure(url, connected);
        }
        Exchange exchange(impl_->options, url, request, cancel, *channel);
        TransportResult result = exchange.run(head);
        const auto* failure = std::get_if<TransportFailure>(&result);
        const bool stale = first && kept && failure != nullptr &&
                           failure->kind != TransportFailure::Kind::Cancelled &&
                           exchange.may_be_repeated();
        if (!stale) {
            if (exchange.reusable()) impl_->idle.keep(url.origin(), std::move(channel));
            return result;
        }
        channel.reset();  // the server had closed it while it was idle
    }
}

}  // namespace rhumb::http
