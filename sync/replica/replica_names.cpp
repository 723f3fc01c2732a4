// SPDX-License-Identifier: Apache-2.0
//
// The words for what may become of an edit, as people and programs read them.
#include "sync/replica/replica.hpp"

namespace rhumb::sync {

std::string_view name_of(geodb::NetEdit::Kind kind) {
    using Kind = geodb::NetEdit::Kind;
    return kind == Kind::Insert ? "insert" : kind == Kind::Update ? "update" : "delete";
}

std::string_view name_of(RejectedEdit::State state) {
    using State = RejectedEdit::State;
    switch (state) {
        case State::Parked:
            return "parked";
        case State::Pending:
            return "pending";
        case State::Accepted:
            return "accepted";
        case State::TookTheirs:
            return "took theirs";
        case State::Withdrawn:
            break;
    }
    return "withdrawn";
}

std::string_view name_of(Conflict::State state) {
    using State = Conflict::State;
    switch (state) {
        case State::Open:
            return "open";
        case State::ByPolicy:
            return "by policy";
        case State::TookMine:
            return "took mine";
        case State::TookTheirs:
            return "took theirs";
        case State::TookValue:
            break;
    }
    return "took a value";
}

std::string_view name_of(Winner winner) {
    return winner == Winner::Device ? "device" : "service";
}

}  // namespace rhumb::sync
