// SPDX-License-Identifier: Apache-2.0
//
// Why an edit is not on the server: every stage that the edits of a feature have passed, in their
// order, with times where they are known, and what is missing for the next one.

#pragma once

#include "geodb/geodatabase.hpp"

#include <cstdint>
#include <string>
#include <vector>

namespace rhumb::sync {

struct Explanation {
    struct Stage {
        std::string name;
        std::string what;
        std::int64_t at_ms = 0;  ///< 0: not known
    };
    std::string why;  ///< the first obstacle, or that there is none
    std::vector<Stage> stages;
};

/// Reads alone. Throws NotFound naming the feature when nothing is known of one.
Explanation explain(geodb::Geodatabase& file, const geodb::Layer& layer,
                    const geodb::GlobalId& feature);

}  // namespace rhumb::sync
