// SPDX-License-Identifier: Apache-2.0
//
// Unregisters a replica, so that the service need not keep history for it any more.
#include "sync/client/unregister_ladder.hpp"

#include "geodb/sqlite/transaction.hpp"
#include "platform/error.hpp"
#include "sync/client/step_ladder.hpp"

namespace rhumb::sync {
namespace {

constexpr const char* kClose = "close";

class UnregisterLadder final : public StepLadder {
public:
    explicit UnregisterLadder(geodb::Geodatabase& geodatabase) : StepLadder(geodatabase, {}) {
        replica_ = store_.load();
        set_fact("url", replica_.service_url);
        define(kClose, {[this] { return ask(); },
                        [this](const http::Response& response) { take(response); }});
        if (!replica_.id) {
            throw Error(Status::InvalidArgument, "the replica in '" + geodatabase.path().string() +
                                                     "' is not here whole yet");
        }
        // Durable, so that a replica that is gone afterwards is known to be gone by our wish.
        // The rung of a batch that is on its way stays: it says more.
        if (replica_.state != Replica::State::Ready) return;
        if (store_.rung()) {
            go(kClose);
        } else {
            go_durably(kClose);
        }
    }

private:
    http::TransportRequest ask() const {
        return post("/unRegisterReplica", {{"f", "json"}, {"replicaID", *replica_.id}});
    }

    void take(const http::Response& response) {
        const std::string what = "unRegisterReplica of " + facts_url();
        const Answer answer = read_answer(response, what);
        if (answer.kind == Answer::Kind::Useless) return repeat(answer);
        // A replica that the service does not know is as good as unregistered.
        if (answer.kind == Answer::Kind::Refused && !is_unknown_replica(answer.error)) {
            throw_refused(what, answer.error);
        }
        replica_.state = Replica::State::Closed;
        geodb::sqlite::Transaction transaction(geodatabase_.database());
        store_.save(replica_);
        store_.clear_rung();
        transaction.commit();
        finish();
    }

    Replica replica_;
};

}  // namespace

bool is_closing(geodb::Geodatabase& geodatabase) {
    const ReplicaStore store(geodatabase);
    if (!store.exists()) return false;
    const auto rung = store.rung();
    return rung && rung->step == kClose;
}

std::unique_ptr<Ladder> unregister_ladder(geodb::Geodatabase& geodatabase) {
    return std::make_unique<UnregisterLadder>(geodatabase);
}

}  // namespace rhumb::sync
