// SPDX-License-Identifier: Apache-2.0
#include "sync/client/arrival_check.hpp"

#include "sync/client/answer_facts.hpp"

#include <algorithm>
#include <iterator>

namespace rhumb::sync {
namespace {

using geodb::GlobalId;
using geodb::Layer;

constexpr std::size_t kRowsAtOnce = 200;

}  // namespace

ArrivalCheck::ArrivalCheck(const std::set<LayerFeature>& inserts) {
    for (const auto& [layer, feature] : inserts) waiting_[layer].push_back(feature);
}

http::NameValues ArrivalCheck::question(const Layer& layer) {
    const std::vector<GlobalId>& all = waiting_.begin()->second;
    const std::size_t some = std::min(kRowsAtOnce, all.size());
    asked_.assign(all.end() - static_cast<std::ptrdiff_t>(some), all.end());
    return {{"f", "json"},
            {"where", any_of(layer.global_id_column, asked_, kGuidDresses[dress_])},
            {"outFields", layer.global_id_column},
            {"returnGeometry", "false"}};
}

std::vector<GlobalId> ArrivalCheck::those_not_in(const wire::Json& answer,
                                                 const Layer& layer) const {
    std::set<GlobalId> left(asked_.begin(), asked_.end());
    const wire::Json* features = answer.find_any_case("features");
    if (features == nullptr || features->array() == nullptr) return asked_;
    for (const wire::Json& feature : *features->array()) {
        const wire::Json* attributes = feature.find_any_case("attributes");
        if (attributes == nullptr || attributes->object() == nullptr) continue;
        const auto id =
            Uuid::parse(wire::text_or_empty(attributes->find_any_case(layer.global_id_column)));
        if (id) left.erase({*id});
    }
    return {left.begin(), left.end()};
}

void ArrivalCheck::take(const Answer& answer, const Layer& layer) {
    std::vector<GlobalId>& waiting = waiting_.begin()->second;
    if (answer.kind == Answer::Kind::Good) {
        answered_ = true;
        waiting.resize(waiting.size() - asked_.size());
        // An answer may hold fewer rows than there are: what it lacks is asked for until none
        // comes.
        const std::vector<GlobalId> left = those_not_in(answer.root, layer);
        any_arrived_ = any_arrived_ || left.size() < asked_.size();
        auto& onto = left.size() < asked_.size() ? waiting : missing_;
        onto.insert(onto.end(), left.begin(), left.end());
    } else {
        std::move(waiting.begin(), waiting.end(), std::back_inserter(missing_));
        waiting.clear();
    }
    if (waiting.empty()) next_dress(std::exchange(missing_, {}));
}

/// Some services compare GlobalIDs as text: what did not come is asked for in other writing.
void ArrivalCheck::next_dress(std::vector<GlobalId> left) {
    if (!left.empty() && ++dress_ < kGuidDresses.size()) {
        waiting_.begin()->second = std::move(left);
        return;
    }
    if (answered_) {
        for (const GlobalId& feature : left) absent_.insert({layer(), feature});
    } else {
        unanswered_ += left.size();
    }
    waiting_.erase(waiting_.begin());
    dress_ = 0;
    answered_ = false;
}

}  // namespace rhumb::sync
