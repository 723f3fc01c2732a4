// SPDX-License-Identifier: Apache-2.0
//
// Random days of a crew against a small model: two to five devices and the office edit the same
// few trees, the link fails now and then, and in the end all agree. Every value that somebody gave
// a tree is in the service, or was overwritten by somebody who saw it, or is in a list of conflicts
// or refused edits. A seed that fails is cut down to the fewest steps that still fail.
//
// RHUMB_MODEL_SEEDS runs more seeds, RHUMB_MODEL_FIRST begins elsewhere.
#include "geodb/sqlite/statement.hpp"
#include "platform/error.hpp"
#include "platform/number.hpp"
#include "sync/replica/replica_store.hpp"
#include "tests/support/catch.hpp"
#include "tests/support/cut_world.hpp"
#include "tests/support/photos.hpp"

#include <array>
#include <cstdlib>
#include <iostream>
#include <map>
#include <optional>
#include <set>

using namespace rhumb;
using namespace rhumb::geodb;
using namespace rhumb::test;

namespace {

constexpr int kTreesAtFirst = 5;
constexpr int kStepsOfADay = 60;

struct Step {
    enum class Kind { Insert, Update, Delete, Sync, RestartOffice, Attach, Replace, Detach };
    Kind kind = Kind::Sync;
    int actor = 0;  ///< 0: the office; else a device
    int tree = 0;   ///< of those that the actor has, modulo their number
    int column = 0;
    int value = 0;  ///< a number that no other step has
    bool null = false;
    int fault_at = 0;
    LinkFault fault = LinkFault::None;
    bool by_item = false, by_job = false;
    /// Of the trees; none: they stay out, where a layer may.
    std::optional<wire::SyncDirection> way = wire::SyncDirection::Bidirectional;
};

struct Plan {
    std::uint64_t seed = 0;
    int devices = 2;
    wire::SyncModel model = wire::SyncModel::PerReplica;
    sync::MergePolicy policy = sync::MergePolicy::LastIn;
    std::vector<Step> steps;
};

constexpr const char* kColumns[] = {"species", "dbh", "site_order", "geom"};

Step random_step(SeededRandom& random, int devices, int number) {
    Step step;
    const auto below = [&](int bound) {
        return static_cast<int>(random.below(static_cast<std::uint64_t>(bound)));
    };
    step.actor = below(devices + 1);
    step.tree = below(1000);
    step.column = below(4);
    step.value = number;
    step.null = below(8) == 0;
    const int kind = below(25);
    step.kind = kind < 2    ? Step::Kind::Insert
                : kind < 12 ? Step::Kind::Update
                : kind < 13 ? Step::Kind::Delete
                : kind < 19 ? Step::Kind::Sync
                : kind < 20 ? Step::Kind::RestartOffice
                : kind < 23 ? Step::Kind::Attach
                : kind < 24 ? Step::Kind::Replace
                            : Step::Kind::Detach;
    if (step.kind == Step::Kind::Sync) {
        step.actor = 1 + below(devices);
        if (below(3) == 0) step.fault = kLinkFaults[random.below(kLinkFaults.size())];
        step.fault_at = below(9);
        step.by_item = below(5) == 0;
        step.by_job = below(5) == 0;
        const int way = below(10);
        if (way == 0) step.way.reset();
        if (way > 0 && way < 4) step.way = static_cast<wire::SyncDirection>(way);
        if (way == 4) step.way = wire::SyncDirection::Snapshot;
    }
    return step;
}

Plan plan_of(std::uint64_t seed) {
    SeededRandom random(seed);
    Plan plan;
    plan.seed = seed;
    plan.devices = 2 + static_cast<int>(random.below(4));
    plan.model = random.below(2) == 0 ? wire::SyncModel::PerReplica : wire::SyncModel::PerLayer;
    plan.policy = static_cast<sync::MergePolicy>(1 + random.below(4));
    for (int i = 0; i < kStepsOfADay; ++i) {
        plan.steps.push_back(random_step(random, plan.devices, i + 1));
    }
    return plan;
}

std::string text_of(double value) {
    std::string text;
    append_double(text, value);
    return text;
}

double number_of(const Step& step) {
    return step.column == 1 ? step.value + 0.1 : (step.value + 0.5) / 7;
}

/// What a step says of a column, as words_of() and the lists of conflicts write it.
std::string word(const Step& step) {
    if (step.column == 0) return "word" + std::to_string(step.value);
    if (step.column == 2) return std::to_string(7'000'000 + step.value);
    return text_of(number_of(step));
}

Value value_of(const Step& step) {
    if (step.null) return Null{};
    switch (step.column) {
        case 0:
            return word(step);
        case 1:
            return number_of(step);
        case 2:
            return std::int64_t{7'000'000 + step.value};
        default:
            return point(number_of(step), 1);
    }
}

std::string told(const Step& step) {
    const std::string who = step.actor == 0 ? "office" : "device " + std::to_string(step.actor);
    const std::string which = " tree " + std::to_string(step.tree);
    const std::string what =
        std::string(" ") + kColumns[step.column] + " = " + (step.null ? "NULL" : word(step));
    switch (step.kind) {
        case Step::Kind::Insert:
            return who + " inserts" + what;
        case Step::Kind::Update:
            return who + " updates" + which + what;
        case Step::Kind::Delete:
            return who + " deletes" + which;
        case Step::Kind::RestartOffice:
            return "the office restarts";
        case Step::Kind::Attach:
            return who + " attaches photo " + std::to_string(step.value) + " to" + which;
        case Step::Kind::Replace:
            return who + " replaces a photo by " + std::to_string(step.value);
        case Step::Kind::Detach:
            return who + " deletes a photo";
        case Step::Kind::Sync:
            break;
    }
    std::string how = who + " synchronizes";
    if (step.by_item) how += " by item";
    if (step.by_job) how += " by job";
    how += step.way ? " (" + std::string(wire::name_of(*step.way)) + ")" : " (without trees)";
    if (step.fault == LinkFault::None) return how;
    return how + ", request " + std::to_string(step.fault_at) + ": " +
           std::string(name_of(step.fault));
}

std::vector<GlobalId> trees_in(Geodatabase& file) {
    std::vector<GlobalId> trees;
    sqlite::Statement rows(file.database(), "SELECT global_id FROM trees ORDER BY global_id");
    while (rows.step()) trees.push_back({*Uuid::parse(std::string(rows.column_text(0)))});
    return trees;
}

/// A tree as words, "" for NULL; of a point its x.
std::array<std::string, 4> words_of(Geodatabase& file, const GlobalId& tree) {
    sqlite::Statement row(file.database(),
                          "SELECT species, dbh, site_order, ST_MinX(geom) "
                          "FROM trees WHERE global_id = ?1");
    std::array<std::string, 4> words;
    if (!row.bind(1, tree.value.braced()).step()) return words;
    for (int i = 0; i < 4; ++i) {
        if (row.is_null(i)) continue;
        const bool real = i == 1 || i == 3;
        words[static_cast<std::size_t>(i)] =
            real ? text_of(row.column_double(i)) : std::string(row.column_text(i));
    }
    return words;
}

bool is_of_photos(const Step& step) {
    return step.kind == Step::Kind::Attach || step.kind == Step::Kind::Replace ||
           step.kind == Step::Kind::Detach;
}

/// Content of a photo: no two steps have the same, but for some that all have.
std::string photo_of(const Step& step) {
    return step.null ? "the same photo for all" : "photo " + std::to_string(step.value);
}

struct Photo {
    GlobalId tree;
    std::string bytes;
    bool pending = false;  ///< not sent yet, or the service would not have it
    bool kept = false;     ///< its tree was deleted elsewhere
};

std::map<GlobalId, Photo> photos_in(Geodatabase& file) {
    std::map<GlobalId, Photo> photos;
    sync::AttachmentLane lane(file);
    lane.attachments().each(file.layer("trees").id, [&](const Attachment& each) {
        const AttachmentState state = lane.state(each);
        photos[each.global_id] = {each.parent, "", state.pending, state.kept};
    });
    for (auto& [id, photo] : photos) photo.bytes = bytes_of(file, id);
    return photos;
}

/// One crew's day, and what must be true of it at its end.
class Day {
public:
    explicit Day(const Plan& plan);
    Day(const Day&) = delete;
    Day& operator=(const Day&) = delete;
    void take(const Step& step);
    /// What is wrong in the end; "" when nothing is.
    std::string verdict();

private:
    struct Given {
        std::string word;
        GlobalId tree;
        int column;
    };
    Device& device(int actor) { return *devices_[static_cast<std::size_t>(actor - 1)]; }
    void note_overwritten(Geodatabase& file, const GlobalId& tree, int column);
    void edit(const Step& step, Geodatabase& file);
    void edit_tree(const Step& step, Geodatabase& file, const GlobalId& tree);
    void edit_photo(const Step& step, Geodatabase& file);
    void synchronize(const Step& step);
    void converge();
    void read_lists();
    std::string unequal();
    std::string unequal_photos();
    std::string lost();

    const bool own_ways_;  ///< layers may go different ways
    Office office_;
    std::vector<std::unique_ptr<Device>> devices_;
    std::vector<Given> given_;
    std::vector<GlobalId> deleted_;
    std::set<std::string> photos_given_;
    std::set<GlobalId> photos_deleted_, photos_made_;
    std::set<std::string> overwritten_;
    std::set<std::string> listed_;  ///< words of the lists of conflicts and refused edits
    std::string twice_;
};

Day::Day(const Plan& plan) : own_ways_(plan.model == wire::SyncModel::PerLayer) {
    for (int i = 0; i < kTreesAtFirst; ++i) {
        office_.add("trees", {{"global_id", identity(900 + i)}, {"species", "first"}},
                    point(i, 50));
    }
    sync::CreateOptions options;
    options.model = plan.model;
    options.async = false;
    options.policies[LayerId{0}] = plan.policy;
    options.attachments = sync::AttachmentPolicy::All;
    for (int i = 1; i <= plan.devices; ++i) {
        devices_.push_back(std::make_unique<Device>(office_, "device" + std::to_string(i)));
        devices_.back()->join(options);
    }
}

/// Somebody sees what is in the row, and does away with it; column -1: with all of it.
void Day::note_overwritten(Geodatabase& file, const GlobalId& tree, int column) {
    const auto words = words_of(file, tree);
    for (const Given& given : given_) {
        const bool meant = given.tree == tree && (column < 0 || given.column == column);
        if (meant && words[static_cast<std::size_t>(given.column)] == given.word) {
            overwritten_.insert(given.word);
        }
    }
}

void Day::edit_photo(const Step& step, Geodatabase& file) {
    const auto nth = static_cast<std::size_t>(step.tree);
    if (step.kind == Step::Kind::Attach) {
        const auto trees = trees_in(file);
        if (trees.empty()) return;
        photos_given_.insert(photo_of(step));
        photos_made_.insert(
            attach(file, "trees", trees[nth % trees.size()], "a.jpg", photo_of(step)));
        return;
    }
    const auto photos = photos_in(file);
    if (photos.empty()) return;
    const GlobalId id =
        std::next(photos.begin(), static_cast<std::ptrdiff_t>(nth % photos.size()))->first;
    if (step.kind == Step::Kind::Detach) {
        remove_photo(file, id);
        photos_deleted_.insert(id);
        return;
    }
    photos_given_.insert(photo_of(step));
    replace_photo(file, id, photo_of(step));
}

void Day::edit(const Step& step, Geodatabase& file) {
    if (is_of_photos(step)) return edit_photo(step, file);
    if (step.kind == Step::Kind::Insert) {
        const GlobalId tree{*Uuid::parse(identity(step.value))};
        const bool shape = step.column == 3;
        Attributes attributes{{"global_id", identity(step.value)}};
        if (!shape) attributes.emplace_back(kColumns[step.column], value_of(step));
        add_feature(file, "trees", attributes, shape ? value_of(step) : point(1, 1));
        if (!step.null) given_.push_back({word(step), tree, step.column});
        return;
    }
    const auto trees = trees_in(file);
    if (!trees.empty()) {
        edit_tree(step, file, trees[static_cast<std::size_t>(step.tree) % trees.size()]);
    }
}

void Day::edit_tree(const Step& step, Geodatabase& file, const GlobalId& tree) {
    if (step.kind == Step::Kind::Delete) {
        note_overwritten(file, tree, -1);
        erase_feature(file, "trees", tree);
        deleted_.push_back(tree);
        return;
    }
    note_overwritten(file, tree, step.column);
    update_feature(file, "trees", tree, {{kColumns[step.column], value_of(step)}});
    if (!step.null) given_.push_back({word(step), tree, step.column});
}

void Day::synchronize(const Step& step) {
    Device& one = device(step.actor);
    sync::SyncOptions options;
    if (step.by_item) options.most_inline_bytes = 100;
    if (step.by_job) options.async = true;
    if (own_ways_) {
        options.layer_directions[LayerId{0}] = step.way;
    } else {
        options.direction = step.way.value_or(wire::SyncDirection::Bidirectional);
    }
    if (step.fault != LinkFault::None) one.link().fail_at(step.fault_at, step.fault);
    try {
        one.sync(options);
    } catch (const DeviceKilled&) {
        one.restart();
    }
    one.link().heal();
}

void Day::take(const Step& step) {
    office_.world().clock.now += 1000;
    if (step.kind == Step::Kind::Sync) return synchronize(step);
    if (step.kind == Step::Kind::RestartOffice) return office_.restart();
    if (step.actor > 0) return edit(step, device(step.actor).file());
    Geodatabase file = office_.open_file();
    edit(step, file);
}

/// The first round brings all edits to the office, the second brings them to everybody. A photo
/// whose tree came back only then goes up in the second, and is everywhere after the third.
void Day::converge() {
    constexpr int kRounds = 3;
    for (int round = 0; round < kRounds; ++round) {
        for (const auto& one : devices_) one->sync();
    }
}

void Day::read_lists() {
    const auto add_words = [this](const std::string& text) {
        std::string one;
        for (const char c : text + " ") {
            const bool of_word = std::isalnum(static_cast<unsigned char>(c)) != 0;
            if (of_word || c == '.' || c == '-') {
                one += c;
            } else if (!one.empty()) {
                listed_.insert(std::exchange(one, {}));
            }
        }
    };
    for (const auto& one : devices_) {
        sync::ReplicaStore store(one->file());
        std::set<std::string> seen;
        for (const sync::Conflict& conflict : store.conflicts()) {
            const std::string id = conflict.feature.value.braced();
            const std::string text = conflict.base + " " + conflict.mine + " " + conflict.theirs;
            add_words(text);
            listed_.insert(id);
            if (!seen.insert(id + conflict.column + text).second) twice_ += text + "\n";
        }
        for (const sync::RejectedEdit& edit : store.rejected(true)) {
            add_words(edit.values);
            listed_.insert(edit.feature.value.braced());
        }
    }
}

std::string Day::unequal() {
    Geodatabase served = office_.open_file();
    const std::string expected = content(served, "trees");
    std::string wrong;
    for (std::size_t i = 0; i < devices_.size(); ++i) {
        const std::string here = content(devices_[i]->file(), "trees");
        const std::string name = "device " + std::to_string(i + 1);
        if (here != expected) {
            wrong += name + " differs; it has\n" + here + "the office has\n" + expected;
        }
        if (devices_[i]->pending() != 0) wrong += name + " has pending edits\n";
        const auto health = devices_[i]->file().database().text_of("PRAGMA integrity_check");
        if (health != "ok") wrong += name + ": " + health.value_or("?") + "\n";
    }
    return wrong;
}

/// All have the photos of the office, but for those that it could not take.
std::string Day::unequal_photos() {
    Geodatabase served = office_.open_file();
    const auto at_office = photos_in(served);
    const auto trees = trees_in(served);
    const auto stands = [&](const GlobalId& tree) {
        return std::find(trees.begin(), trees.end(), tree) != trees.end();
    };
    std::string wrong;
    std::set<GlobalId> somewhere;
    for (const auto& [id, photo] : at_office) {
        somewhere.insert(id);
        if (!photos_given_.contains(photo.bytes)) wrong += "nobody took " + photo.bytes + "\n";
        if (!stands(photo.tree)) wrong += "a photo of no tree: " + photo.bytes + "\n";
    }
    for (std::size_t i = 0; i < devices_.size(); ++i) {
        const std::string name = "device " + std::to_string(i + 1) + ": ";
        const auto here = photos_in(devices_[i]->file());
        for (const auto& [id, photo] : at_office) {
            const auto found = here.find(id);
            const bool same = found != here.end() &&
                              (found->second.pending || found->second.bytes == photo.bytes);
            if (same) continue;
            const bool there = found != here.end();
            wrong += name + (there ? "has '" + found->second.bytes + "' instead of " : "lacks ") +
                     photo.bytes + "\n";
        }
        for (const auto& [id, photo] : here) {
            somewhere.insert(id);
            const bool taken = at_office.contains(id);
            if (photo.pending || photo.kept) {
                if (taken && stands(photo.tree)) wrong += name + "pending " + photo.bytes + "\n";
            } else if (!taken) {
                wrong += name + "alone has " + photo.bytes + "\n";
            }
        }
        for (const std::string& problem : check_attachments(devices_[i]->file())) {
            if (problem.find("is not there") == std::string::npos) wrong += name + problem + "\n";
        }
    }
    for (const GlobalId& id : photos_made_) {
        // A photo goes when somebody deletes it, or its tree with it.
        const bool may_go = photos_deleted_.contains(id) || !deleted_.empty();
        if (!may_go && !somewhere.contains(id)) wrong += "lost photo " + id.value.braced() + "\n";
    }
    for (const std::string& problem : check_attachments(served)) {
        // Content of a photo whose tree was gone: the service does away with it in a day.
        const bool passes = problem.find("belongs to no attachment") != std::string::npos;
        if (!passes) wrong += problem + "\n";
    }
    return wrong;
}

std::string Day::lost() {
    Geodatabase served = office_.open_file();
    std::string wrong;
    for (const Given& given : given_) {
        const auto words = words_of(served, given.tree);
        const bool there = words[static_cast<std::size_t>(given.column)] == given.word;
        if (!there && !overwritten_.contains(given.word) && !listed_.contains(given.word)) {
            wrong += "lost: " + std::string(kColumns[given.column]) + " = " + given.word + " of " +
                     given.tree.value.braced() + "\n";
        }
    }
    const auto trees = trees_in(served);
    for (const GlobalId& tree : deleted_) {
        const bool there = std::find(trees.begin(), trees.end(), tree) != trees.end();
        if (there && !listed_.contains(tree.value.braced())) {
            wrong += "deleted in vain: " + tree.value.braced() + "\n";
        }
    }
    return wrong;
}

std::string Day::verdict() {
    converge();
    read_lists();
    std::string wrong = unequal() + unequal_photos() + lost();
    if (!twice_.empty()) wrong += "told twice: " + twice_;
    return wrong;
}

/// What goes wrong with these steps; "" when nothing does.
std::string failure_of(const Plan& plan) {
    try {
        Day day(plan);
        for (const Step& step : plan.steps) day.take(step);
        return day.verdict();
    } catch (const Error& error) {
        return std::string("Error: ") + error.what() + "\n";
    }
}

/// Leaves out steps, in ever smaller pieces, as long as it still fails.
Plan shrink(Plan plan) {
    for (std::size_t piece = plan.steps.size() / 2; piece > 0; piece /= 2) {
        for (std::size_t at = 0; at < plan.steps.size();) {
            Plan shorter = plan;
            const auto first = shorter.steps.begin() + static_cast<std::ptrdiff_t>(at);
            const std::size_t count = std::min(piece, plan.steps.size() - at);
            shorter.steps.erase(first, first + static_cast<std::ptrdiff_t>(count));
            if (failure_of(shorter).empty()) {
                at += count;
            } else {
                plan = std::move(shorter);
            }
        }
    }
    return plan;
}

std::string history(const Plan& plan) {
    std::string text = "seed " + std::to_string(plan.seed) + ", " + std::to_string(plan.devices) +
                       " devices, " + std::string(wire::name_of(plan.model)) + ", policy " +
                       std::string(sync::name_of(plan.policy)) + "\n";
    for (const Step& step : plan.steps) text += "  " + told(step) + "\n";
    return text + failure_of(plan);
}

std::uint64_t number_from(const char* variable, std::uint64_t otherwise) {
    const char* text = std::getenv(variable);
    return text == nullptr ? otherwise : std::strtoull(text, nullptr, 10);
}

void run_seed(std::uint64_t seed) {
    const Plan plan = plan_of(seed);
    if (!failure_of(plan).empty()) FAIL_CHECK(history(shrink(plan)));
}

/// Every fourth seed from `quarter`, so that the runner may take four at a time.
void run_seeds(std::uint64_t quarter) {
    FaultVfs::instance().revive();  // no seed waits for the disk of the machine
    const std::uint64_t first = number_from("RHUMB_MODEL_FIRST", 1);
    const std::uint64_t last = first + number_from("RHUMB_MODEL_SEEDS", 100);
    std::cout << "seeds " << first << " to " << last - 1 << ", quarter " << quarter << std::endl;
    for (std::uint64_t seed = first + quarter; seed < last; seed += 4) run_seed(seed);
}

}  // namespace

TEST_CASE("random days of a crew converge, with nothing lost and nothing twice: first quarter",
          "[sync][model][slow]") {
    run_seeds(0);
}
TEST_CASE("random days of a crew converge, with nothing lost and nothing twice: second quarter",
          "[sync][model][slow]") {
    run_seeds(1);
}
TEST_CASE("random days of a crew converge, with nothing lost and nothing twice: third quarter",
          "[sync][model][slow]") {
    run_seeds(2);
}
TEST_CASE("random days of a crew converge, with nothing lost and nothing twice: last quarter",
          "[sync][model][slow]") {
    run_seeds(3);
}
TEST_CASE("a photo comes back with its feature as the service has it, or not at all",
          "[sync][model][attachments]") {
    FaultVfs::instance().revive();
    // Its feature was deleted here, in vain, while the office replaced the photo, or deleted it.
    run_seed(7390);
    run_seed(7299);
}
