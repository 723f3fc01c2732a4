// SPDX-License-Identifier: Apache-2.0
//
// Makes room for a row of the service that a UNIQUE rule of the file keeps out.

#pragma once

#include "geodb/geodatabase.hpp"
#include "platform/error.hpp"
#include "sync/replica/set_aside.hpp"
#include "sync/wire/feature_json.hpp"

#include <functional>
#include <string>
#include <vector>

namespace rhumb::sync {

/// Whether a row could not be written because another one has its value.
bool is_taken(const Error& error);

class UniqueValues {
public:
    /// Whether the service's row of this feature still waits for its place: then it will get
    /// another value, and may lend this one.
    using Waits = std::function<bool(const geodb::GlobalId&)>;
    UniqueValues(geodb::Geodatabase& geodatabase, const geodb::Layer& layer)
        : geodatabase_(geodatabase), layer_(layer) {}

    /// `refusal` is what SQLite said about writing `feature`. Whoever has its value gives way: an
    /// edit of ours is set aside, a row that waits itself takes a value for the meantime.
    /// Throws `refusal` when neither is so.
    void make_room(const wire::FeatureJson& feature, const Error& refusal, const Waits& waits,
                   const OnSetAside& on_set_aside);

private:
    struct Holder {
        geodb::ObjectId oid;
        geodb::GlobalId feature;
    };
    std::vector<std::size_t> columns_of(const Error& refusal) const;
    std::vector<Holder> holders(const wire::FeatureJson& feature,
                                const std::vector<std::size_t>& columns);
    void lend(geodb::ObjectId holder, const std::vector<std::size_t>& columns);

    geodb::Geodatabase& geodatabase_;
    const geodb::Layer& layer_;
};

}  // namespace rhumb::sync
