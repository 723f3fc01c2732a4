// SPDX-License-Identifier: Apache-2.0
//
// A ladder climbed at a terminal: over real sockets, with a progress bar, ended cleanly by Ctrl-C.

#pragma once

#include "runtime/tools/session.hpp"
#include "sync/client/ladder.hpp"

#include <cstdint>
#include <filesystem>
#include <functional>
#include <memory>
#include <string>
#include <vector>

namespace rhumb::tool {

struct LadderRun {
    sync::SyncReport report;
    std::int64_t took_ms = 0;
};

/// A service that a ladder speaks with, and who signs in there.
struct ServiceLogin {
    std::string url;
    std::shared_ptr<sync::Credentials> credentials;
};

/// `make` makes the ladder over the file. `logins` is for one that speaks with several services;
/// any other has the session's. Throws Error that names the file.
LadderRun run_ladder(
    const std::filesystem::path& file, Session& session,
    const std::function<std::unique_ptr<sync::Ladder>(sync::OnProgress on_progress)>& make,
    const std::vector<ServiceLogin>& logins = {});

/// Whether trying again can help, so that what was reached so far is worth keeping.
bool can_go_on(const Error& error);

}  // namespace rhumb::tool
