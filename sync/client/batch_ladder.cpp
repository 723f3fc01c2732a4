// SPDX-License-Identifier: Apache-2.0
#include "sync/client/batch_ladder.hpp"

#include "platform/files.hpp"
#include "sync/client/upload_delta.hpp"

#include <optional>
#include <utility>

namespace rhumb::sync {
namespace {

/// A call with more edits than that goes up in pieces when it broke so often on its way.
constexpr std::size_t kShortCall = 64 * 1024;
constexpr int kMostBrokenCalls = 2;

}  // namespace

void BatchLadder::write_edits(Spool& edits) {
    write_upload_edits(geodatabase_, replica_, sent_layers(), batch_->generation, slices(),
                       read_only_fields_of(facts_.find("read_only")), item_file(), edits);
}

void BatchLadder::write_item() {
    if (is("item_is_delta")) {
        write_upload_delta(geodatabase_, replica_, sent_layers(), *batch_,
                           wire::to_int64(facts_.find("sealed_ms")).value_or(0), item_file(),
                           is("packed_deltas") ? delta::Form::Packed : delta::Form::Sqlite);
        return;
    }
    Spool edits(item_file());
    write_edits(edits);
    edits.take_file();
}

void BatchLadder::put_up_delta() {
    set_fact("item_is_delta", true);
    write_item();
    send_item(options_.part_bytes);
}

void BatchLadder::prepare_submission() {
    const bool as_delta = is("deltas") && is("takes_items");
    if (as_delta && (is("many") || is("too_large"))) return put_up_delta();
    set_fact("item_is_delta", false);
    std::optional<Spool> edits(std::in_place, item_file());
    write_edits(*edits);
    const bool large =
        is("too_large") || edits->size() > static_cast<std::uint64_t>(options_.most_inline_bytes);
    if (large && as_delta) {
        edits.reset();
        return put_up_delta();
    }
    if (large && is("takes_items")) {
        edits->take_file();
        return send_item(options_.part_bytes);
    }
    if (auto small = edits->take_memory()) {
        edits_ = std::move(*small);
        return;
    }
    edits_ = read_file(edits->take_file());
    remove_quietly(item_file());
}

void BatchLadder::item_refused(const wire::ServiceError&) {
    set_fact("takes_items", false);
    set_fact("item_committed", "");
    go_durably("submit");
    prepare_submission();
}

bool BatchLadder::take_slice(const wire::Json& failures) {
    BatchSlices slices = this->slices();
    if (slices.is_last()) return false;
    slices.next(failures, batch_->id);
    remove_part_file();
    go_to_slice(slices);
    return true;
}

void BatchLadder::go_to_slice(BatchSlices slices) {
    // Each slice is sent for the first time, unless one of them was sent again.
    just_sealed_ = wire::to_int64(facts_.find("sends")).value_or(1) == 1;
    for (;; slices.skip()) {
        set_fact("slices", slices.fact());
        go_durably("submit");
        prepare_submission();
        if (edits_ != "[]" || slices.is_last()) return;
    }
}

/// Slices succeed one by one, which is not what a caller of all or nothing wants.
bool BatchLadder::halve_slice() {
    BatchSlices slices = this->slices();
    const bool may_slice = !is("wants_all") && item().empty() && slices.can_halve() &&
                           edits_.find_first_not_of("[]") != std::string::npos;
    if (!may_slice) return false;
    slices.halve();
    go_to_slice(slices);
    return true;
}

void BatchLadder::call_broke() {
    const bool is_long = item().empty() && edits_.size() > kShortCall;
    if (!is_long || backoff_.failures() < kMostBrokenCalls) return;
    if (!is("takes_items")) {
        halve_slice();
        return;
    }
    set_fact("too_large", true);
    prepare_submission();
}

bool BatchLadder::go_another_way(const wire::ServiceError& error) {
    if (!is("takes_items")) {
        if (error.code != kTooLarge || !halve_slice()) return false;
        backoff_.succeeded();
        return true;
    }
    // A delta that the service finds fault with says so; the edits then go up as JSON.
    const bool no_delta = !item().empty() && is("item_is_delta") &&
                          error.sentence().find("upload item '") != std::string::npos;
    if (no_delta) {
        report_.notes.push_back("the service refused the delta: " + error.sentence());
        set_fact("deltas", false);
    }
    const bool item_is_gone =
        !item().empty() && error.sentence().find("'editsUploadId'") != std::string::npos;
    if (!no_delta && !item_is_gone && (error.code != kTooLarge || !item().empty())) return false;
    backoff_.succeeded();
    count_repetition();
    set_fact("too_large", true);
    set_fact("item_committed", "");
    prepare_submission();
    return true;
}

}  // namespace rhumb::sync
