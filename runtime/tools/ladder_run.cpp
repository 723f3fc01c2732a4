// SPDX-License-Identifier: Apache-2.0
#include "runtime/tools/ladder_run.hpp"

#include "platform/error.hpp"
#include "platform/http/beast_transport.hpp"
#include "runtime/tools/interrupts.hpp"
#include "runtime/tools/output.hpp"
#include "runtime/tools/progress_bar.hpp"
#include "sync/client/signed_transport.hpp"

#include <deque>

namespace rhumb::tool {
namespace {

using Phase = sync::Progress::Phase;

std::string phase_text(const sync::Progress& progress) {
    switch (progress.phase) {
        case Phase::Connect:
            return "connecting";
        case Phase::Create:
            return "waiting for the service";
        case Phase::Upload:
            return "sending";
        case Phase::Download:
            return "receiving";
        case Phase::Apply:
            break;
    }
    return "storing " + progress.what;
}

void show(ProgressBar& bar, const sync::Progress& progress) {
    const bool features = progress.phase == Phase::Apply;
    bar.show(phase_text(progress), progress.done, progress.total,
             features ? ProgressBar::Unit::Features : ProgressBar::Unit::Bytes);
}

http::Transport& as_transport(sync::SignedTransport& transport) {
    return transport;
}

/// Why it stopped; how to go on is said by the command, which knows whether that is possible.
Error reason(const Error& error, const sync::Ladder* ladder) {
    if (error.status() == Status::Cancelled) return {Status::Cancelled, "interrupted"};
    const bool gave_up = ladder != nullptr && ladder->failures_in_a_row() > 0 &&
                         error.status() == ladder->failure_status();
    return gave_up ? Error(error.status(), ladder->last_failure()) : error;
}

}  // namespace

bool can_go_on(const Error& error) {
    switch (error.status()) {
        case Status::Busy:
        case Status::Io:
        case Status::DiskFull:
        case Status::Offline:
        case Status::AuthRequired:
        case Status::Cancelled:
            return true;
        default:
            return false;
    }
}

LadderRun run_ladder(
    const std::filesystem::path& file, Session& session,
    const std::function<std::unique_ptr<sync::Ladder>(sync::OnProgress on_progress)>& make,
    const std::vector<ServiceLogin>& logins) {
    Interrupts interrupts;
    ProgressBar bar(session.clock());
    http::BeastTransport sockets;
    const std::int64_t began_ms = session.clock().steady_ms();
    std::unique_ptr<sync::Ladder> ladder;
    try {
        ladder = make([&](const sync::Progress& progress) { show(bar, progress); });
        std::deque<sync::SignedTransport> chain;  // each passes on what is not for its host
        for (const ServiceLogin& login : logins) {
            http::Transport& carrier = chain.empty() ? sockets : as_transport(chain.back());
            chain.emplace_back(carrier, login.credentials, login.url, session.clock());
        }
        if (chain.empty()) {
            chain.emplace_back(sockets, session.credentials(), ladder->service_url(),
                               session.clock());
        }
        LadderRun run;
        run.report = sync::climb(*ladder, chain.back(), interrupts.token(),
                                 [&](std::int64_t ms) { interrupts.wait_ms(ms); });
        run.took_ms = session.clock().steady_ms() - began_ms;
        return run;
    } catch (const Error& error) {
        throw naming(reason(error, ladder.get()), file);
    }
}

}  // namespace rhumb::tool
