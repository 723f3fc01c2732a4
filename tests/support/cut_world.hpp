// SPDX-License-Identifier: Apache-2.0
//
// One story, cut everywhere: at every request in every way a link fails, and at every write of
// either side's file. After each cut the dead come back, the story is finished, and both ends must
// be what they are when nothing disturbs them.
//
// The story is prepared once; each cut runs in a copy of the folder.

#pragma once

#include "tests/support/fault_vfs.hpp"
#include "tests/support/loopback.hpp"

#include <functional>
#include <memory>
#include <string>
#include <vector>

namespace rhumb::test {

/// An office and the device whose synchronization is cut; others may be there.
struct CutWorld {
    CutWorld();
    CutWorld(const CutWorld& frozen);
    CutWorld& operator=(const CutWorld&) = delete;

    Office office;
    Device ana;
    Device ben;
    std::vector<geodb::GlobalId> trees;

    /// All files closed, so that they can be copied.
    void freeze();
    /// SQL in the office, and the service is started anew, so that it sees new rules.
    void rule(const std::string& sql);
    /// What both ends hold: rows, photos, lists, replicas, generations, health of the files.
    std::string summary();
};

/// "{00000000-0000-4000-8000-0000000000nn}": the same in every run.
std::string identity(int n);

struct CutStory {
    std::string name;
    /// Ten trees are there and nothing else. What `act` meets is made here.
    std::function<void(CutWorld&)> prepare;
    /// What is cut. Called again after a death, so it takes up what is there.
    std::function<void(CutWorld&)> act;
    /// Brings the ends together afterwards; default: one more synchronization.
    std::function<void(CutWorld&)> finish;
    /// Calls on the disk are sampled to about so many a side and fault, unless RHUMB_ALL_CUTS is
    /// set.
    int most_disk_cuts = 10;
    bool ends_agree = true;  ///< the device holds what the office holds in the end
};

/// Cuts the story everywhere, checks, and prints how many cuts were run.
void cut_everywhere(const CutStory& story);

}  // namespace rhumb::test
