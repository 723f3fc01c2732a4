// SPDX-License-Identifier: Apache-2.0
//
// From service to service: source, target, taken, given, pull, have, get, put, register to commit,
// hand over.
//
// ArcGIS REST, targetType server: the source writes its changes since the last known generation
// into a file; the file goes to the target as an upload item, behind the content of its
// attachments; the target takes it in under the source's new generation and stores that in the same
// transaction. So the target always knows where to go on, and a transfer that is repeated changes
// nothing.
//
// The steps are told in two files: relay_ladder.cpp (both ends, and the source's changes) and
// relay_import.cpp (all that goes to the target).

#pragma once

#include "sync/client/item_ladder.hpp"
#include "sync/client/pack_slices.hpp"
#include "sync/client/relay_contents.hpp"
#include "sync/client/relay_ladder.hpp"
#include "sync/client/relay_terms.hpp"

#include <cstddef>
#include <string>

namespace rhumb::sync {

class RelayLadder final : public ItemLadder {
public:
    RelayLadder(geodb::Geodatabase& state, const RelayOptions& options, OnProgress on_progress);

private:
    void define_steps();
    void begin();
    bool go_on();
    void ask_at(const std::string& service, const std::string& step);

    void take_source(const http::Response& response);
    void take_target(const http::Response& response);
    void take_end(const http::Response& response, bool target);
    void check_ends();

    http::TransportRequest ask_changes() const;
    void take_changes(const http::Response& response);
    void put_up();
    /// The next contents that the delta tells of; behind the last the delta itself.
    void carry_contents(std::size_t passed);
    void take_have(const http::Response& response);
    void take_contents(const http::Response& response);
    void take_leftover();
    http::TransportRequest ask_put();
    void take_put(const http::Response& response);
    /// To the target with the next slice of what came; behind the last it is asked what it has.
    void put_next_slice();
    http::TransportRequest ask_import();
    void take_import(const http::Response& response);
    void note_counts();
    void keep_refused();
    void end();

    std::string operation() const override { return "synchronizeReplica of " + facts_url(); }
    void take_outcome(const http::Response& response) override {
        is("handing") ? take_import(response) : take_changes(response);
    }
    void take_refusal(const wire::ServiceError& error) override;
    void repeat_operation() override { go_durably(is("handing") ? "relay_hand" : "relay_pull"); }
    bool may_ask_often() const override { return is("handing") ? is("target_ours") : is("ours"); }

    std::string item_name() const override {
        return "edits-" + id_.plain() + (is("target_ours") ? ".sqlite" : ".geodatabase");
    }
    void item_is_there() override { go_durably("relay_hand"); }
    void item_refused(const wire::ServiceError& error) override {
        throw_refused("the upload to " + facts_url(), error);
    }

    bool is(const char* name) const { return wire::to_bool(facts_.find(name)).value_or(false); }
    wire::SyncModel model() const {
        return wire::sync_model_of(fact("model")).value_or(wire::SyncModel::PerReplica);
    }
    RelayGenerations generations(const char* name) const {
        return relay_generations_in(facts_.find(name));
    }
    /// As both products take it in a path.
    std::string info_path() const {
        return "/replicas/" + id_.braced().substr(1, id_.braced().size() - 2) + "?f=json";
    }

    RelayOptions options_;
    Uuid id_;
    RelayEnd source_, target_;
    RelayContents contents_;
    PackSlices slices_;  ///< of what came from the source
    std::string slice_;
};

}  // namespace rhumb::sync
