// SPDX-License-Identifier: Apache-2.0
//
// One thread that runs jobs one after another. It starts with the first job.

#pragma once

#include <functional>
#include <memory>

namespace rhumb::runtime {

/// Any thread may post.
class Worker {
public:
    Worker();
    Worker(const Worker&) = delete;
    Worker& operator=(const Worker&) = delete;
    /// Waits for the jobs that were posted. A job that holds the last reference to the worker's
    /// owner destroys it on the worker's own thread, which then ends by itself after that job.
    ~Worker();

    /// The job must not throw. Throws Error(Internal) when the system gives no thread.
    void post(std::function<void()> job);

private:
    struct Queue;
    std::shared_ptr<Queue> queue_;  // shared with the thread, which may outlive this
};

}  // namespace rhumb::runtime
