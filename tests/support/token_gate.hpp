// SPDX-License-Identifier: Apache-2.0
//
// Stands before a service and lets nobody in without a token that is good; makes tokens at
// /generateToken, and takes one back at a request of the test's choice.

#pragma once

#include "platform/http/transport.hpp"

#include <functional>
#include <string>
#include <vector>

namespace rhumb::test {

class TokenGate final : public http::Transport {
public:
    /// How it says no.
    enum class No { Body498, Body499, Http401, Http498 };

    explicit TokenGate(http::Transport& behind) : behind_(behind) {}

    http::TransportResult send(const http::TransportRequest& request,
                               const CancelToken& cancel) override;

    /// The token is over just before the n-th request from now (from 0) that needs one.
    void expire_before(int n, No no = No::Body498) {
        expire_at_ = guarded_ + n;
        no_ = no;
    }
    /// A token that somebody got elsewhere.
    void accept(const std::string& token) { token_ = token; }
    void refuse_sign_ins(bool refuse) { refuses_ = refuse; }

    std::string host = "maps.test";
    std::int64_t expires_ms = 0;  ///< of the tokens it makes; 0: it does not say
    bool echoes_token = false;    ///< into the words of a refusal

    int guarded() const { return guarded_; }  ///< requests that needed a token
    int sign_ins() const { return sign_ins_; }
    const std::string& token() const { return token_; }
    /// Every address that was asked, and what stood in its token headers.
    struct Asked {
        std::string url, authorization, referer, body;
    };
    const std::vector<Asked>& asked() const { return asked_; }

private:
    http::TransportResult sign_in(const http::TransportRequest& request);
    http::TransportResult refusal(const http::TransportRequest& request) const;

    http::Transport& behind_;
    std::string token_ = "no-token-yet";
    int guarded_ = 0, sign_ins_ = 0, expire_at_ = -1;
    bool refuses_ = false;
    No no_ = No::Body498;
    std::vector<Asked> asked_;
};

}  // namespace rhumb::test
