// SPDX-License-Identifier: Apache-2.0
//
// A bad network on the loopback: a TCP proxy that cuts, stalls and lies where a test tells it to.
//
// It knows no HTTP. A request begins with the first bytes of the client after the server's last
// ones, which holds for plain HTTP/1.1 without pipelining and without 100-continue.

#pragma once

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <map>
#include <mutex>
#include <optional>
#include <string>
#include <thread>
#include <vector>

namespace rhumb::test {

struct Fault {
    enum class Kind {
        CutRequest,     ///< after `bytes` bytes of the client
        CutAnswer,      ///< after `bytes` bytes of the server
        SwallowAnswer,  ///< the server acts on the request, the client sees only the end
        Refuse,         ///< closed at once; the server never hears of it
        Stall,          ///< nothing moves until FaultProxy::release()
        StallAnswer,    ///< the request arrives, its answer waits for FaultProxy::release()
        ReplaceAnswer,  ///< the server acts, the client gets `answer` in its place, then the end
    };
    Kind kind;
    std::uint64_t bytes = 0;
    std::string answer;

    static Fault cut_request_after(std::uint64_t bytes) { return {Kind::CutRequest, bytes, {}}; }
    static Fault cut_answer_after(std::uint64_t bytes) { return {Kind::CutAnswer, bytes, {}}; }
    static Fault swallow_answer() { return {Kind::SwallowAnswer, 0, {}}; }
    static Fault refuse() { return {Kind::Refuse, 0, {}}; }
    static Fault stall() { return {Kind::Stall, 0, {}}; }
    static Fault stall_answer() { return {Kind::StallAnswer, 0, {}}; }
    static Fault replace_answer(std::string answer) {
        return {Kind::ReplaceAnswer, 0, std::move(answer)};
    }
};

/// Any thread may change the script; a fault counts from when it is reached.
class FaultProxy {
public:
    explicit FaultProxy(std::uint16_t target_port);
    FaultProxy(const FaultProxy&) = delete;
    FaultProxy& operator=(const FaultProxy&) = delete;
    /// Ends all connections.
    ~FaultProxy();

    std::uint16_t port() const { return port_; }
    /// `http://127.0.0.1:<port>`.
    std::string origin() const;

    /// Connections and requests count from 0 over the proxy's life. A connection's fault counts
    /// bytes from its beginning, a request's from the request's.
    void on_connection(std::size_t number, Fault fault);
    void on_request(std::size_t number, Fault fault);
    /// For every request that has no fault of its own.
    void on_every_request(Fault fault);
    /// No more faults.
    void heal();
    /// Ends the present stalls, and lets the scripted ones pass without stopping.
    void release();

    /// No one listens any more, and all connections are cut: the device is offline.
    void go_down();
    /// Listens again, at the same port.
    void come_back();

    std::size_t connections() const { return connections_; }
    std::size_t requests() const { return requests_; }
    /// How many stalls are holding a connection right now.
    std::size_t stalled() const { return stalled_; }

private:
    class Link;
    void listen();
    void accept_loop();
    void run_link(int client);
    std::optional<Fault> connection_fault(std::size_t number);
    std::optional<Fault> request_fault(std::size_t number);

    const std::uint16_t target_port_;
    std::uint16_t port_ = 0;
    int listener_ = -1;
    std::thread accepting_;
    std::vector<std::thread> links_;  // touched by the accepting thread, and when it has ended
    std::atomic<bool> down_{false};
    std::atomic<bool> released_{false};
    std::atomic<std::size_t> connections_{0};
    std::atomic<std::size_t> requests_{0};
    std::atomic<std::size_t> stalled_{0};

    std::mutex mutex_;  // guards the script
    std::map<std::size_t, Fault> connection_faults_;
    std::map<std::size_t, Fault> request_faults_;
    std::optional<Fault> every_request_;
};

}  // namespace rhumb::test
