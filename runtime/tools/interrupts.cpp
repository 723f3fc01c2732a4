// SPDX-License-Identifier: Apache-2.0
#include "runtime/tools/interrupts.hpp"

#include <pthread.h>
#include <chrono>
#include <csignal>
#include <utility>

namespace rhumb::tool {
namespace {

constexpr int kEndOfThread = SIGUSR1;  // how the destructor tells the thread

sigset_t taken_signals(bool hangup) {
    sigset_t signals;
    sigemptyset(&signals);
    for (const int signal : {SIGINT, SIGTERM, kEndOfThread}) sigaddset(&signals, signal);
    if (hangup) sigaddset(&signals, SIGHUP);
    return signals;
}

}  // namespace

Interrupts::Interrupts(std::function<void()> on_hangup) : on_hangup_(std::move(on_hangup)) {
    const sigset_t signals = taken_signals(on_hangup_ != nullptr);
    pthread_sigmask(SIG_BLOCK, &signals, nullptr);
    thread_ = std::thread([this] { take_signals(); });
}

Interrupts::~Interrupts() {
    pthread_kill(thread_.native_handle(), kEndOfThread);
    thread_.join();
}

void Interrupts::take_signals() {
    const sigset_t signals = taken_signals(on_hangup_ != nullptr);
    int signal = 0;
    while (sigwait(&signals, &signal) == 0 && signal != kEndOfThread) {
        if (signal == SIGHUP) {
            on_hangup_();
            continue;
        }
        const std::lock_guard lock(mutex_);
        token_.cancel();
        came_.notify_all();
    }
}

void Interrupts::wait() {
    std::unique_lock lock(mutex_);
    came_.wait(lock, [this] { return token_.cancelled(); });
}

void Interrupts::wait_ms(std::int64_t ms) {
    std::unique_lock lock(mutex_);
    came_.wait_for(lock, std::chrono::milliseconds(ms), [this] { return token_.cancelled(); });
}

}  // namespace rhumb::tool
