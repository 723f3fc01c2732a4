// SPDX-License-Identifier: Apache-2.0
//
// What there is to tell about a request when it is over: for logs and figures. Never a secret.

#pragma once

#include <cstdint>
#include <string>

namespace rhumb::service {

struct RequestFacts {
    std::string user;        ///< "" without sign-in
    std::string service;     ///< "" outside of one
    std::string operation;   ///< that was asked for, as the tables spell it, or the resource's kind
    std::int64_t rows = -1;  ///< features in the answer; -1: not of that kind
    bool at_once = false;    ///< on the thread of the sockets: no file may be looked at
    std::int64_t error = 0;  ///< code of the protocol's error object; 0: none
};

}  // namespace rhumb::service
