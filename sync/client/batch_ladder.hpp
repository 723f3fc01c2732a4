// SPDX-License-Identifier: Apache-2.0
//
// How the edits of a sealed batch get to the service: within the call, as an upload item ahead of
// it (a delta for a service of ours, else JSON), or in slices. Which one is found out by size, by
// what the service offers, and by its refusal of what is too large.

#pragma once

#include "sync/client/batch_slices.hpp"
#include "sync/client/item_ladder.hpp"
#include "sync/client/upload_writer.hpp"

#include <cstdint>
#include <optional>
#include <set>
#include <string>

namespace rhumb::sync {

class BatchLadder : public ItemLadder {
protected:
    using ItemLadder::ItemLadder;

    /// A fact that is true or false.
    bool is(const char* name) const { return wire::to_bool(facts_.find(name)).value_or(false); }
    /// The layers whose edits the batch holds.
    virtual std::set<geodb::LayerId> sent_layers() const = 0;
    void write_edits(Spool& edits);
    /// Makes item_file(), the same every time.
    void write_item();
    /// A large batch goes up ahead of the call, if the service takes it so; a small one within it.
    void prepare_submission();
    /// The call with the edits broke on its way. A link that drops after so many bytes would let
    /// the same never through: then they go up in parts, or in slices.
    void call_broke();
    /// The edits were not looked at, and there is another way for them to go up: then true.
    bool go_another_way(const wire::ServiceError& error);
    BatchSlices slices() const { return BatchSlices(facts_.find("slices")); }
    /// A slice that is not the last one was taken, with these failures: the next is due.
    bool take_slice(const wire::Json& failures);

    std::string item_name() const override {
        const char* ending = !is("item_is_delta")  ? ".json"
                             : is("packed_deltas") ? ".delta"
                                                   : ".sqlite";
        return "edits-" + batch_->id.plain() + ending;
    }
    void item_is_there() override { go_durably("submit"); }
    void item_refused(const wire::ServiceError& error) override;

    SyncOptions options_;
    Replica replica_;
    std::optional<ReplicaStore::Batch> batch_;
    std::string edits_;         ///< of the batch, when they go up within the call
    bool just_sealed_ = false;  ///< the rung counts its first sending already

private:
    void put_up_delta();
    bool halve_slice();
    void go_to_slice(BatchSlices slices);
};

}  // namespace rhumb::sync
