// SPDX-License-Identifier: Apache-2.0
#include "runtime/tools/sign_in.hpp"

#include "runtime/tools/options.hpp"

#include <termios.h>
#include <unistd.h>

#include <cstdlib>
#include <iostream>
#include <optional>

namespace rhumb::tool {
namespace {

std::string from_environment(const char* name) {
    const char* value = std::getenv(name);
    return value == nullptr ? std::string() : std::string(value);
}

/// What is typed is not shown while this lives.
class NoEcho {
public:
    NoEcho() {
        if (tcgetattr(STDIN_FILENO, &before_) != 0) return;
        termios silent = before_;
        silent.c_lflag &= ~static_cast<tcflag_t>(ECHO);
        changed_ = tcsetattr(STDIN_FILENO, TCSAFLUSH, &silent) == 0;
    }
    NoEcho(const NoEcho&) = delete;
    NoEcho& operator=(const NoEcho&) = delete;
    ~NoEcho() {
        if (changed_) tcsetattr(STDIN_FILENO, TCSAFLUSH, &before_);
    }
    bool works() const { return changed_; }

private:
    termios before_{};
    bool changed_ = false;
};

std::string line_asked_for(const std::string& question) {
    std::cerr << question << ": " << std::flush;
    std::string line;
    std::getline(std::cin, line);
    std::cerr << '\n';
    return line;
}

std::string asked_password(const std::string& user) {
    const NoEcho silence;
    if (!silence.works()) {
        throw UsageError("--user wants a password: set RHUMB_PASSWORD, or run it at a terminal");
    }
    return line_asked_for("password of " + user);
}

}  // namespace

std::string new_password(const std::string& user) {
    const NoEcho silence;
    std::string password;
    if (silence.works()) {
        password = line_asked_for("new password of " + user);
        if (line_asked_for("the same again") != password) {
            throw UsageError("the two passwords differ; nothing was changed");
        }
    } else {
        std::getline(std::cin, password);
    }
    if (password.empty()) throw UsageError("a password is wanted, at a terminal or on stdin");
    return password;
}

std::shared_ptr<sync::Credentials> credentials_of(const SignIn& sign_in) {
    if (!sign_in.user.empty()) {
        if (!sign_in.token.empty()) throw UsageError("--user or --token: one of them is wanted");
        std::string password = from_environment("RHUMB_PASSWORD");
        if (password.empty()) password = asked_password(sign_in.user);
        return std::make_shared<sync::PasswordSignIn>(sign_in.user, std::move(password));
    }
    const std::string token =
        sign_in.token.empty() ? from_environment("RHUMB_TOKEN") : sign_in.token;
    if (token.empty()) return nullptr;
    return std::make_shared<sync::GivenToken>(sync::Token{token, std::nullopt, {}});
}

}  // namespace rhumb::tool
