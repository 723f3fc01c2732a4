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

namespace rhumb::tool {

struct LadderRun {
    sync::SyncReport report;
    std::int64_t took_ms = 0;
};

/// `make` makes the ladder over the file. Throws Error that names the file.
LadderRun run_ladder(
    const std::filesystem::path& file, Session& session,
    const std::function<std::unique_ptr<sync::Ladder>(sync::OnProgress on_progress)>& make);

/// Whether trying again can help, so that what was reached so far is worth keeping.
bool can_go_on(const Error& error);

}  // namespace rhumb::tool
