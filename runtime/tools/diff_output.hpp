// SPDX-License-Identifier: Apache-2.0
//
// What a comparison of two files came to, for people and as JSON.

#pragma once

#include "geodb/compare/compare_layers.hpp"
#include "geodb/compare/compared_file.hpp"
#include "runtime/tools/commands.hpp"

#include <string>
#include <vector>

namespace rhumb::tool {

struct LayerPair {
    const geodb::ComparedFile::Item* a;
    const geodb::ComparedFile::Item* b;
};

/// What is compared with what, and what has no counterpart.
struct MatchedLayers {
    std::vector<LayerPair> pairs;
    std::vector<std::string> only_in_a;
    std::vector<std::string> only_in_b;
    std::vector<std::string> notes;

    bool equal() const { return only_in_a.empty() && only_in_b.empty(); }
};

struct ComparedLayer {
    LayerPair pair;
    geodb::LayerComparison result;
};

void report_diff(const DiffArguments& arguments, const MatchedLayers& matched,
                 const std::vector<ComparedLayer>& compared, bool equal);
void report_diff_json(const DiffArguments& arguments, const MatchedLayers& matched,
                      const std::vector<ComparedLayer>& compared, bool equal);

}  // namespace rhumb::tool
