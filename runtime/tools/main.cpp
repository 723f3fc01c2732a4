// SPDX-License-Identifier: Apache-2.0
//
// The program rhumb: reads the command line, runs the command, and is the edge where errors become
// one line and an exit code.

#include "platform/allocator.hpp"
#include "platform/error.hpp"
#include "runtime/tools/command_line.hpp"
#include "runtime/tools/options.hpp"
#include "runtime/tools/output.hpp"
#include "runtime/tools/session.hpp"

#include <csignal>
#include <exception>

namespace {

using namespace rhumb;

int run(int argc, const char* const* argv) {
    const auto line = tool::read_command_line(argc, argv);
    if (!line) return tool::kDone;
    tool::Session session(line->json);
    session.sign_in_as(tool::credentials_of(line->sign_in));
    const int code = std::visit(
        [&](const auto& arguments) { return tool::run(arguments, session); }, line->command);
    tool::check_output();
    return code;
}

}  // namespace

int main(int argc, char** argv) {
    rhumb::give_memory_back();
    std::signal(SIGXFSZ, SIG_IGN);  // a file that may not grow is an error like a full disk
    try {
        return run(argc, argv);
    } catch (const tool::UsageError& error) {
        tool::complain(std::string(error.what()) + " (rhumb --help tells more)");
        return tool::kUsage;
    } catch (const Error& error) {
        tool::complain(error.message());
    } catch (const std::bad_alloc&) {
        tool::complain("there is not enough memory");
    } catch (const std::exception& error) {
        tool::complain(error.what());
    }
    return tool::kFailed;
}
