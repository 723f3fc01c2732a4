// SPDX-License-Identifier: Apache-2.0
//
// Carries connections to a port and counts every byte of them, both ways: what a synchronization
// costs on the wire, heads of messages and all.

#pragma once

#include <atomic>
#include <cstdint>
#include <thread>
#include <vector>

namespace rhumb::bench {

class Relay {
public:
    explicit Relay(std::uint16_t target_port);
    Relay(const Relay&) = delete;
    Relay& operator=(const Relay&) = delete;
    ~Relay();

    std::uint16_t port() const { return port_; }
    std::int64_t up() const { return up_; }
    std::int64_t down() const { return down_; }

private:
    void accept_loop();
    void carry(int client);

    std::uint16_t target_port_;
    std::uint16_t port_ = 0;
    int listener_ = -1;
    std::atomic<std::int64_t> up_{0}, down_{0};
    std::atomic<bool> ends_{false};
    std::vector<std::thread> links_;
    std::thread accepting_;
};

}  // namespace rhumb::bench
