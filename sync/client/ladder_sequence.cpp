// SPDX-License-Identifier: Apache-2.0
#include "sync/client/ladder_sequence.hpp"

#include <iterator>
#include <utility>

namespace rhumb::sync {
namespace {

template <class Item>
void append(std::vector<Item>& into, const std::vector<Item>& more) {
    into.insert(into.end(), more.begin(), more.end());
}

void add(SyncReport& into, const SyncReport& more) {
    append(into.layers, more.layers);
    append(into.rejected, more.rejected);
    append(into.conflicts, more.conflicts);
    append(into.notes, more.notes);
    append(into.attachments.failures, more.attachments.failures);
    into.attachments.sent += more.attachments.sent;
    into.attachments.received += more.attachments.received;
    into.attachments.fetched += more.attachments.fetched;
    into.requests += more.requests;
    into.bytes_up += more.bytes_up;
    into.bytes_down += more.bytes_down;
    into.resumed = into.resumed || more.resumed;
}

const std::string kNoFailure;

}  // namespace

std::optional<http::TransportRequest> LadderSequence::next_request() {
    while (current_) {
        if (auto request = current_->next_request()) return request;
        add(ended_, current_->report());
        current_.reset();  // before the next is made: it holds the lock of the file
        while (!current_ && !later_.empty()) {
            const Next next = std::move(later_.front());
            later_.pop_front();
            current_ = next(ended_);
        }
    }
    return std::nullopt;
}

void LadderSequence::take_result(http::TransportResult result) {
    if (current_) current_->take_result(std::move(result));
}

const std::string& LadderSequence::last_failure() const {
    return current_ ? current_->last_failure() : kNoFailure;
}

Status LadderSequence::failure_status() const {
    return current_ ? current_->failure_status() : Status::Offline;
}

const SyncReport& LadderSequence::report() const {
    so_far_ = ended_;
    if (current_) add(so_far_, current_->report());
    return so_far_;
}

}  // namespace rhumb::sync
