// SPDX-License-Identifier: Apache-2.0
//
// What came of texts that come again and again: a token in every request of a client, the answer
// to a question that all ask.

#pragma once

#include <cstddef>
#include <functional>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <utility>

namespace rhumb::service {

/// Any thread. It starts anew when it is full: what is asked often is soon there again.
template <class Value>
class Memo {
public:
    /// Texts longer than `longest` are not kept.
    Memo(std::size_t most, std::size_t longest) : most_(most), longest_(longest) {}

    std::optional<Value> find(std::string_view text) const {
        if (text.size() > longest_) return std::nullopt;
        const std::lock_guard lock(mutex_);
        const auto found = known_.find(text);
        return found != known_.end() ? std::optional(found->second) : std::nullopt;
    }
    void keep(std::string_view text, Value value) {
        if (text.size() > longest_) return;
        const std::lock_guard lock(mutex_);
        if (known_.size() >= most_) known_.clear();
        known_.insert_or_assign(std::string(text), std::move(value));
    }

private:
    struct Hash : std::hash<std::string_view> {
        using is_transparent = void;
    };

    std::size_t most_;
    std::size_t longest_;
    mutable std::mutex mutex_;  // guards the following
    std::unordered_map<std::string, Value, Hash, std::equal_to<>> known_;
};

}  // namespace rhumb::service
