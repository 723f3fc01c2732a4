// SPDX-License-Identifier: Apache-2.0
#include "sync/service/security/sign_in_guard.hpp"

#include "platform/text.hpp"

#include <algorithm>
#include <array>

namespace rhumb::service {
namespace {

/// Of the pair, of the address, of the user.
std::array<std::string, 3> keys_of(std::string_view user, std::string_view address) {
    const std::string name = lowered(user);
    const std::string at(address);
    return {"p" + at + " " + name, "a" + at, "u" + name};
}

constexpr std::array<int, 3> kFree{SignInGuard::kFreeAtAddress, SignInGuard::kFreeOfAddress,
                                   SignInGuard::kFreeOfUser};

}  // namespace

std::int64_t SignInGuard::wait_ms(std::string_view user, std::string_view address) {
    const std::int64_t now = clock_.steady_ms();
    const std::lock_guard lock(mutex_);
    std::int64_t wait = 0;
    for (const std::string& key : keys_of(user, address)) {
        const auto found = failures_.find(key);
        if (found != failures_.end()) wait = std::max(wait, found->second.until_ms - now);
    }
    return wait;
}

void SignInGuard::count_failure(const std::string& key, int free) {
    const std::int64_t now = clock_.steady_ms();
    Failures& of = failures_[key];
    if (now - of.last_ms > kForgottenMs) of = {};
    of.last_ms = now;
    ++of.count;
    if (of.count < free) return;
    const int doublings = std::min(of.count - free, 20);
    of.until_ms = now + std::min(kLongestMs, kFirstMs << doublings);
}

void SignInGuard::failed(std::string_view user, std::string_view address) {
    const std::lock_guard lock(mutex_);
    if (failures_.size() >= kMostKept) forget_old();
    const auto keys = keys_of(user, address);
    for (std::size_t i = 0; i < keys.size(); ++i) count_failure(keys[i], kFree[i]);
}

void SignInGuard::succeeded(std::string_view user, std::string_view address) {
    const std::lock_guard lock(mutex_);
    failures_.erase(keys_of(user, address)[0]);
}

/// What is long past; when that is not enough, those that wait the shortest.
void SignInGuard::forget_old() {
    const std::int64_t now = clock_.steady_ms();
    std::erase_if(failures_,
                  [&](const auto& entry) { return now - entry.second.last_ms > kForgottenMs; });
    if (failures_.size() < kMostKept) return;
    std::erase_if(failures_, [&](const auto& entry) { return entry.second.until_ms <= now; });
    if (failures_.size() >= kMostKept) failures_.erase(failures_.begin());
}

}  // namespace rhumb::service
