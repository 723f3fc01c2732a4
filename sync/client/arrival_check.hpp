// SPDX-License-Identifier: Apache-2.0
//
// Whether inserts have arrived of which a service says that they are there already.
//
// A batch that is sent again meets its own rows. A service that knows nothing of batches refuses
// them in the words that it has for any value that must be unique, and a row that breaks such a
// rule is nowhere. So the service is asked which of the rows it has.

#pragma once

#include "geodb/layer.hpp"
#include "platform/http/form.hpp"
#include "sync/client/answer.hpp"
#include "sync/client/layer_query.hpp"

#include <map>
#include <set>
#include <utility>
#include <vector>

namespace rhumb::sync {

using LayerFeature = std::pair<geodb::LayerId, geodb::GlobalId>;

class ArrivalCheck {
public:
    explicit ArrivalCheck(const std::set<LayerFeature>& inserts);

    bool is_done() const { return waiting_.empty(); }
    /// The layer that is asked next. Not when done.
    geodb::LayerId layer() const { return waiting_.begin()->first; }
    /// The form of its query.
    http::NameValues question(const geodb::Layer& layer);
    /// Good or Refused.
    void take(const Answer& answer, const geodb::Layer& layer);

    /// Here too: those of layers of which the service answers no such question.
    bool may_be_there(const LayerFeature& insert) const { return absent_.count(insert) == 0; }
    std::size_t unanswered() const { return unanswered_; }
    /// The service has shown at least one of them.
    bool any_arrived() const { return any_arrived_; }

private:
    void next_dress(std::vector<geodb::GlobalId> left);
    std::vector<geodb::GlobalId> those_not_in(const wire::Json& answer,
                                              const geodb::Layer& layer) const;

    std::map<geodb::LayerId, std::vector<geodb::GlobalId>> waiting_;
    std::vector<geodb::GlobalId> asked_;
    std::vector<geodb::GlobalId> missing_;  ///< of the layer, in the dress that is asked in
    std::size_t dress_ = 0;
    bool answered_ = false;
    bool any_arrived_ = false;
    std::set<LayerFeature> absent_;
    std::size_t unanswered_ = 0;
};

}  // namespace rhumb::sync
