// SPDX-License-Identifier: Apache-2.0
//
// What every command stands on: the machine's clock and randomness, and how it is to speak.

#pragma once

#include "geodb/world.hpp"
#include "platform/clock.hpp"
#include "platform/random.hpp"
#include "sync/client/credentials.hpp"

#include <memory>
#include <utility>

namespace rhumb::tool {

class Session {
public:
    explicit Session(bool json) : json_(json) {}

    geodb::World world() { return {clock_, random_}; }
    Clock& clock() { return clock_; }
    Random& random() { return random_; }
    /// Facts go to stdout as one JSON value.
    bool json() const { return json_; }

    /// Who signs in at a service; null for nobody.
    const std::shared_ptr<sync::Credentials>& credentials() const { return credentials_; }
    void sign_in_as(std::shared_ptr<sync::Credentials> who) { credentials_ = std::move(who); }

private:
    SystemClock clock_;
    SystemRandom random_;
    bool json_;
    std::shared_ptr<sync::Credentials> credentials_;
};

}  // namespace rhumb::tool
