// SPDX-License-Identifier: Apache-2.0
//
// Every way to synchronize, cut at every request and at the writes of either side, and finished:
// nothing lost, nothing twice, no file damaged. RHUMB_ALL_CUTS=1 cuts at every write.
#include "geodb/sqlite/transaction.hpp"
#include "platform/error.hpp"
#include "sync/client/signed_transport.hpp"
#include "sync/replica/replica_store.hpp"
#include "sync/service/store/history.hpp"
#include "tests/support/catch.hpp"
#include "tests/support/cut_world.hpp"
#include "tests/support/photos.hpp"
#include "tests/support/token_gate.hpp"

#include <memory>

using namespace rhumb;
using namespace rhumb::geodb;
using namespace rhumb::test;
using wire::SyncDirection;
using wire::SyncModel;

namespace {

sync::CreateOptions under(SyncModel model) {
    sync::CreateOptions options;
    options.model = model;
    options.async = false;
    return options;
}

/// Takes up a creation that was cut, or begins it.
std::function<void(CutWorld&)> create(const sync::CreateOptions& options) {
    return [options](CutWorld& world) {
        sync::ReplicaStore store(world.ana.file());
        if (!store.rung()) {
            if (store.exists()) return;
            return world.ana.join(options);
        }
        const auto ladder = sync::resume_create_ladder(world.ana.file(), nullptr);
        sync::climb(*ladder, world.ana.link(), {}, [](std::int64_t) {});
        world.ana.file().reload();
    };
}

std::function<void(CutWorld&)> synchronize(const sync::SyncOptions& options = {}) {
    return [options](CutWorld& world) { world.ana.sync(options); };
}

sync::SyncOptions by(SyncDirection direction) {
    sync::SyncOptions options;
    options.direction = direction;
    return options;
}

/// A day of Ana's: some of each kind of edit.
void ana_works(CutWorld& world) {
    Device& ana = world.ana;
    ana.add("trees", {{"global_id", identity(20)}, {"species", "ana's"}}, point(20, 7));
    ana.add("visits", {{"global_id", identity(21)}, {"note", "seen"}});
    ana.update("trees", world.trees[0], {{"species", "ana 0"}});
    ana.update("trees", world.trees[1], {{"dbh", 1.5}});
    ana.update("trees", world.trees[6], {{"geom", point(60.5, 7)}});
    ana.erase("trees", world.trees[2]);
}

/// The same day in the office; some of it is about the same trees.
void office_works(CutWorld& world) {
    Office& office = world.office;
    office.update("trees", world.trees[0], {{"species", "office 0"}});
    office.update("trees", world.trees[1], {{"species", "office 1"}});
    office.update("trees", world.trees[2], {{"species", "office 2"}});
    office.update("trees", world.trees[3], {{"dbh", 0.1}, {"geom", point(30, 30)}});
    office.erase("trees", world.trees[4]);
    office.add("trees", {{"global_id", identity(30)}, {"species", "office's"}}, point(9, 9));
}

std::function<void(CutWorld&)> both_work(SyncModel model,
                                         sync::MergePolicy policy = sync::MergePolicy::LastIn) {
    return [=](CutWorld& world) {
        sync::CreateOptions options = under(model);
        options.policies[LayerId{0}] = policy;
        world.ana.join(options);
        ana_works(world);
        office_works(world);
    };
}

constexpr const char* kNoPalms =
    "CREATE TRIGGER no_palms BEFORE INSERT ON trees WHEN NEW.species = 'palm' "
    "BEGIN SELECT RAISE(ABORT, 'palms are not planted here'); END";

void plant_a_palm(CutWorld& world) {
    both_work(SyncModel::PerReplica)(world);
    world.ana.add("trees", {{"global_id", identity(22)}, {"species", "palm"}}, point(3, 3));
    world.rule(kNoPalms);
}

/// Every third request finds that the token is over.
class ShortTokens final : public http::Transport {
public:
    explicit ShortTokens(TokenGate& gate) : gate_(gate) {}
    http::TransportResult send(const http::TransportRequest& request,
                               const CancelToken& cancel) override {
        if (gate_.guarded() % 3 == 1) gate_.expire_before(0);
        return gate_.send(request, cancel);
    }

private:
    TokenGate& gate_;
};

/// Many trees in one transaction.
void plant(Geodatabase& file, int from, int to) {
    const Layer& layer = file.layer("trees");
    sqlite::Transaction transaction(file.database());
    FeatureWriter writer(file, layer, FeatureWriter::Tracking::Logged);
    for (int i = from; i < to; ++i) {
        std::vector<Value> row(layer.column_count());
        row[layer.global_id_index()] = identity(i);
        row[*layer.find_field("species")] = "tree " + std::to_string(i);
        row[layer.geometry_index()] = i % 7 == 0 ? Value{Null{}} : point(i * 0.001, i * 0.002);
        writer.insert(row);
    }
    transaction.commit();
}

}  // namespace

TEST_CASE("a first replica survives every cut", "[sync][cut][slow]") {
    const SyncModel model = GENERATE(SyncModel::PerReplica, SyncModel::PerLayer);
    cut_everywhere({"a first replica, " + std::string(wire::name_of(model)),
                    [](CutWorld&) {},
                    create(under(model)),
                    {}});
}

TEST_CASE("a first replica by a job survives every cut", "[sync][cut][slow]") {
    cut_everywhere({"a first replica by a job", [](CutWorld&) {}, create({}), {}});
}

TEST_CASE("an upload survives every cut", "[sync][cut][slow]") {
    cut_everywhere({"upload only",
                    both_work(SyncModel::PerLayer),
                    synchronize(by(SyncDirection::Upload)),
                    {}});
}

TEST_CASE("a synchronization with conflicts survives every cut", "[sync][cut][slow]") {
    SECTION("perReplica, the last wins") {
        cut_everywhere(
            {"conflicts, perReplica", both_work(SyncModel::PerReplica), synchronize(), {}});
    }
    SECTION("perLayer, asking") {
        CutStory story{"conflicts, perLayer, asking",
                       both_work(SyncModel::PerLayer, sync::MergePolicy::Ask),
                       synchronize(),
                       {}};
        cut_everywhere(story);
    }
    SECTION("perLayer, the service wins") {
        cut_everywhere({"conflicts, perLayer, the service wins",
                        both_work(SyncModel::PerLayer, sync::MergePolicy::Service),
                        synchronize(),
                        {}});
    }
}

TEST_CASE("layers that go different ways survive every cut", "[sync][cut][slow]") {
    sync::SyncOptions options;
    options.layer_directions[LayerId{1}] = SyncDirection::Download;
    CutStory story{"one layer both ways, one down",
                   both_work(SyncModel::PerLayer),
                   [options](CutWorld& world) {
                       world.ana.sync(options);
                       world.ana.sync();
                   },
                   {}};
    cut_everywhere(story);
}

TEST_CASE("a rollback survives every cut", "[sync][cut][slow]") {
    sync::SyncOptions options;
    options.rollback_on_failure = true;
    CutStory story{"rollbackOnFailure=true, refused",
                   plant_a_palm,
                   [options](CutWorld& world) {
                       const auto refused = [](const std::string& words) {
                           return words.find("palms are not planted") != std::string::npos;
                       };
                       try {
                           world.ana.sync(options);
                       } catch (const Error& error) {
                           if (!refused(error.message())) throw;
                       }
                   },
                   {}};
    story.ends_agree = false;
    cut_everywhere(story);
}

TEST_CASE("a skipped edit survives every cut", "[sync][cut][slow]") {
    CutStory story{"rollbackOnFailure=false, one refused", plant_a_palm, synchronize(), {}};
    story.ends_agree = false;
    cut_everywhere(story);
}

TEST_CASE("attachments on their way up survive every cut", "[sync][cut][slow]") {
    cut_everywhere({"attachments up",
                    [](CutWorld& world) {
                        world.ana.join(under(SyncModel::PerLayer));
                        Geodatabase& file = world.ana.file();
                        const GlobalId old = attach(file, "trees", world.trees[0], "a", photo(999));
                        const GlobalId gone = attach(file, "trees", world.trees[1], "b", photo(9));
                        world.ana.sync();
                        attach(file, "trees", world.trees[2], "small.jpg", photo(50'000, 3));
                        attach(file, "trees", world.trees[3], "film.mp4", photo(2'200'000, 4));
                        attach(file, "trees", world.trees[4], "empty.txt", "");
                        replace_photo(file, old, photo(3500, 5));
                        remove_photo(file, gone);
                    },
                    synchronize(),
                    {}});
}

TEST_CASE("attachments on their way down survive every cut", "[sync][cut][slow]") {
    cut_everywhere({"attachments down",
                    [](CutWorld& world) {
                        world.ana.join(under(SyncModel::PerReplica));
                        world.ben.join(under(SyncModel::PerReplica));
                        Geodatabase& file = world.ben.file();
                        const GlobalId old = attach(file, "trees", world.trees[0], "a", photo(999));
                        world.ben.sync();
                        world.ana.sync();
                        attach(file, "trees", world.trees[2], "small.jpg", photo(50'000, 3));
                        attach(file, "trees", world.trees[3], "film.mp4", photo(3'000'000, 4));
                        replace_photo(file, old, photo(3500, 5));
                        world.ben.sync();
                    },
                    synchronize(),
                    {}});
}

TEST_CASE("a synchronization by a job survives every cut", "[sync][cut][slow]") {
    sync::SyncOptions options;
    options.async = true;
    cut_everywhere({"by a job", both_work(SyncModel::PerReplica), synchronize(options), {}});
}

TEST_CASE("a large batch survives every cut", "[sync][cut][slow]") {
    SECTION("by an upload item of JSON") {
        sync::SyncOptions options;
        options.most_inline_bytes = 100;
        options.part_bytes = 1024;
        cut_everywhere(
            {"by an upload item", both_work(SyncModel::PerReplica), synchronize(options), {}});
    }
    SECTION("by an upload item with a delta") {
        sync::SyncOptions options;
        options.part_bytes = 128 * 1024;
        CutStory story{"by a delta",
                       [](CutWorld& world) {
                           both_work(SyncModel::PerLayer)(world);
                           plant(world.ana.file(), 1000, 3100);
                       },
                       synchronize(options),
                       {}};
        story.most_disk_cuts = 4;
        cut_everywhere(story);
    }
}

TEST_CASE("changes that come as a delta survive every cut", "[sync][cut][slow]") {
    CutStory story{"a delta down",
                   [](CutWorld& world) {
                       both_work(SyncModel::PerLayer)(world);
                       Geodatabase served = world.office.open_file();
                       plant(served, 100, 300);
                   },
                   synchronize(),
                   {}};
    cut_everywhere(story);
}

TEST_CASE("closing a replica survives every cut", "[sync][cut][slow]") {
    sync::SyncOptions options;
    options.close_replica = true;
    CutStory story{"closeReplica", both_work(SyncModel::PerLayer),
                   [options](CutWorld& world) {
                       const auto state = sync::ReplicaStore(world.ana.file()).load().state;
                       if (state != sync::Replica::State::Closed) world.ana.sync(options);
                   },
                   [](CutWorld&) {}};
    cut_everywhere(story);
}

TEST_CASE("a snapshot survives every cut", "[sync][cut][slow]") {
    cut_everywhere({"snapshot",
                    both_work(SyncModel::PerReplica),
                    synchronize(by(SyncDirection::Snapshot)),
                    {}});
}

TEST_CASE("a field that is added in the office survives every cut", "[sync][cut][slow]") {
    cut_everywhere({"a field is added",
                    [](CutWorld& world) {
                        both_work(SyncModel::PerLayer)(world);
                        {
                            Geodatabase file = world.office.open_file();
                            sqlite::Transaction transaction(file.database());
                            file.add_field(file.layer("trees").id,
                                           field("health", FieldType::String, 20));
                            transaction.commit();
                        }
                        world.office.restart();
                        world.office.update("trees", world.trees[5], {{"health", "good"}});
                    },
                    synchronize(),
                    {}});
}

TEST_CASE("a service that starts anew after each request survives every cut", "[sync][cut][slow]") {
    const auto restarting = [](const sync::SyncOptions& options) {
        return [options](CutWorld& world) {
            auto& died = world.ana.link().service_died;
            const auto before = died;
            died = [&world, before] {
                if (before && before()) return true;
                try {
                    if (!FaultVfs::instance().dead()) world.office.restart();
                } catch (const Error&) {  // the disk died as the service started
                    if (!before || !before()) throw;
                    return true;
                }
                return before && before();
            };
            try {
                world.ana.sync(options);
            } catch (...) {
                died = before;
                throw;
            }
            died = before;
        };
    };
    sync::SyncOptions options;
    options.most_inline_bytes = 100;
    options.part_bytes = 4096;
    options.async = true;
    cut_everywhere({"service restarts", both_work(SyncModel::PerLayer), restarting(options), {}});
}

TEST_CASE("a token that ends over and over survives every cut", "[sync][cut][slow]") {
    sync::SyncOptions options;
    options.most_inline_bytes = 100;
    options.part_bytes = 2048;
    cut_everywhere({"expired token",
                    both_work(SyncModel::PerLayer),
                    [options](CutWorld& world) {
                        TokenGate gate(world.ana.link());
                        gate.host = "office.test";
                        ShortTokens guarded(gate);
                        sync::SignedTransport link(
                            guarded, std::make_shared<sync::PasswordSignIn>("ana", "secret+1"),
                            Office::kUrl, world.office.world().clock);
                        const auto ladder =
                            sync::synchronize_ladder(world.ana.file(), options, nullptr);
                        sync::climb(*ladder, link, {}, [](std::int64_t) {});
                        CHECK(gate.sign_ins() > 0);
                    },
                    {}});
}

TEST_CASE("a replica that expired survives every cut", "[sync][cut][slow]") {
    CutStory story{"expired replica",
                   [](CutWorld& world) {
                       both_work(SyncModel::PerReplica)(world);
                       world.office.world().clock.now += 181 * service::kDayMs;
                       world.office.services().housekeep();
                   },
                   synchronize(),
                   {}};
    cut_everywhere(story);
}

TEST_CASE("registering a copy survives every cut", "[sync][cut][slow]") {
    cut_everywhere({"a copy is registered",
                    [](CutWorld& world) {
                        world.ben.join(under(SyncModel::PerLayer));
                        world.ana.copy_from(world.ben);
                        office_works(world);
                    },
                    [](CutWorld& world) {
                        const auto others = [&] {
                            const auto rung = sync::ReplicaStore(world.ana.file()).rung();
                            return rung && rung->step.starts_with("register_");
                        };
                        const auto id = [](Device& device) {
                            return sync::ReplicaStore(device.file()).load().id;
                        };
                        if (others() || id(world.ana) == id(world.ben)) world.ana.register_copy();
                    },
                    {}});
}
