// SPDX-License-Identifier: Apache-2.0
//
// Names of replicas: what the caller wished, made unique.
//
// The name stands in the answer, which is written before the replica is: until then nobody else may
// get it.

#pragma once

#include "sync/service/call.hpp"

#include <mutex>
#include <set>
#include <string>
#include <utility>

namespace rhumb::service {

/// Names of replicas that are being made. Any thread.
class NamesInMaking {
private:
    friend class NewName;
    std::mutex mutex_;  // guards names_
    std::set<std::pair<const Store*, std::string>> names_;
};

/// ArcGIS REST: on a clash the service makes the wished name unique. The name is the replica's
/// while this lives; by then it is stored.
class NewName {
public:
    NewName(const Call& call, const Uuid& replica);
    NewName(const NewName&) = delete;
    NewName& operator=(const NewName&) = delete;
    ~NewName();

    const std::string& text() const { return key_.second; }

private:
    NamesInMaking& all_;
    std::pair<const Store*, std::string> key_;
};

}  // namespace rhumb::service
