// SPDX-License-Identifier: Apache-2.0
//
// An office with an oak and an elm, and two devices, for stories about merging.

#pragma once

#include "sync/replica/replica_store.hpp"
#include "sync/replica/resolve_conflict.hpp"
#include "tests/support/catch.hpp"
#include "tests/support/loopback.hpp"

#include <string>

namespace rhumb::test {

struct MergeCrew {
    Office office;
    Device ana{office, "ana"};
    Device ben{office, "ben"};
    geodb::GlobalId oak = office.add("trees", {{"species", "oak"}, {"dbh", 3.0}}, point(1, 1));
    geodb::GlobalId elm = office.add("trees", {{"species", "elm"}, {"dbh", 5.0}}, point(2, 2));

    explicit MergeCrew(sync::MergePolicy policy = sync::MergePolicy::LastIn) {
        sync::CreateOptions options;
        options.policies[geodb::LayerId{0}] = policy;
        options.policies[geodb::LayerId{1}] = policy;
        ana.join(options);
        ben.join(options);
    }
    /// The office gets a rule that the devices do not know, and is started anew.
    void rule(const std::string& sql) {
        office.open_file().database().execute(sql);
        office.restart();
    }
    static std::string text(geodb::Geodatabase& file, const std::string& sql) {
        return file.database().text_of(sql).value_or("NULL");
    }
    std::string served(const std::string& sql) {
        geodb::Geodatabase file = office.open_file();
        return text(file, sql);
    }
    std::string on(Device& device, const std::string& sql) { return text(device.file(), sql); }
    static std::string of(const geodb::GlobalId& tree, const std::string& what) {
        return "SELECT " + what + " FROM trees WHERE global_id = '" + tree.value.braced() + "'";
    }
    std::vector<sync::Conflict> conflicts(Device& device) {
        return sync::ReplicaStore(device.file()).conflicts();
    }
    std::vector<sync::RejectedEdit> rejected(Device& device) {
        return sync::ReplicaStore(device.file()).rejected();
    }
    void check_equal(Device& device) {
        geodb::Geodatabase file = office.open_file();
        for (const char* layer : {"trees", "visits"}) {
            CHECK(content(device.file(), layer) == content(file, layer));
        }
        CHECK(device.pending() == 0);
    }
};

}  // namespace rhumb::test
