// SPDX-License-Identifier: Apache-2.0
#include "runtime/worker/worker.hpp"

#include "platform/error.hpp"

#include <condition_variable>
#include <deque>
#include <mutex>
#include <system_error>
#include <thread>
#include <utility>

namespace rhumb::runtime {

struct Worker::Queue {
    std::mutex mutex;  // guards all below
    std::condition_variable changed;
    std::deque<std::function<void()>> jobs;
    std::thread thread;
    bool closed = false;

    /// The next job; none when the queue is closed and empty.
    std::function<void()> take() {
        std::unique_lock lock(mutex);
        changed.wait(lock, [this] { return closed || !jobs.empty(); });
        if (jobs.empty()) return {};
        std::function<void()> job = std::move(jobs.front());
        jobs.pop_front();
        return job;
    }
};

Worker::Worker() : queue_(std::make_shared<Queue>()) {}

Worker::~Worker() {
    std::thread thread;
    {
        const std::lock_guard lock(queue_->mutex);
        queue_->closed = true;
        thread = std::move(queue_->thread);
    }
    queue_->changed.notify_all();
    if (!thread.joinable()) return;
    if (thread.get_id() == std::this_thread::get_id()) {
        thread.detach();
    } else {
        thread.join();
    }
}

void Worker::post(std::function<void()> job) {
    const std::lock_guard lock(queue_->mutex);
    if (!queue_->thread.joinable()) {
        try {
            queue_->thread = std::thread([queue = queue_] {
                while (auto next = queue->take()) next();
            });
        } catch (const std::system_error& error) {
            throw Error(Status::Internal, std::string("cannot start a thread: ") + error.what());
        }
    }
    queue_->jobs.push_back(std::move(job));
    queue_->changed.notify_one();
}

}  // namespace rhumb::runtime
