// SPDX-License-Identifier: Apache-2.0
#include "runtime/capi/host_credentials.hpp"

#include "runtime/capi/guard.hpp"

#include <algorithm>
#include <utility>

struct rhumb_token_answer {
    std::optional<rhumb::sync::Token> token;
};

namespace rhumb::capi {
namespace {

/// What stands in a header field: no blanks at its ends and no line ends anywhere.
std::string header_text(rhumb_str text, const char* argument) {
    std::string out = text_of(text, argument);
    const bool fits =
        std::all_of(out.begin(), out.end(), [](char c) { return c > ' ' && c < 127; });
    if (fits) return out;
    throw Error(Status::InvalidArgument,
                std::string("argument '") + argument + "' holds what no header may");
}

class HostSignIn final : public sync::Credentials {
public:
    HostSignIn(rhumb_token_callback callback, std::shared_ptr<HostContext> context)
        : callback_(callback), context_(std::move(context)) {}

    std::optional<sync::Token> token(const sync::TokenWish& wish, http::Transport&,
                                     const CancelToken&) override {
        rhumb_token_answer answer;
        rhumb_token_request request{};
        request.size = sizeof request;
        request.service_url = view(wish.service_url);
        request.refused = wish.refused.empty() ? 0 : 1;
        request.answer = &answer;
        callback_(context_->get(), &request);
        return answer.token;
    }

private:
    rhumb_token_callback callback_;
    std::shared_ptr<HostContext> context_;
};

}  // namespace

std::shared_ptr<sync::Credentials> credentials_of(const rhumb_transfer_options& options,
                                                  const std::shared_ptr<HostContext>& context) {
    const int ways = (options.token.size > 0 ? 1 : 0) + (options.user.size > 0 ? 1 : 0) +
                     (options.on_token != nullptr ? 1 : 0);
    if (ways > 1) {
        throw Error(Status::InvalidArgument,
                    "arguments 'transfer->token', 'transfer->user' and 'transfer->on_token': one "
                    "of them is wanted");
    }
    if (options.on_token != nullptr) return std::make_shared<HostSignIn>(options.on_token, context);
    if (options.user.size > 0) {
        return std::make_shared<sync::PasswordSignIn>(
            name_of(options.user, "transfer->user"),
            text_of(options.password, "transfer->password"));
    }
    if (options.token.size == 0) return nullptr;
    return std::make_shared<sync::GivenToken>(
        sync::Token{header_text(options.token, "transfer->token"), std::nullopt, {}});
}

}  // namespace rhumb::capi

rhumb_status rhumb_token_give(rhumb_token_answer* answer, rhumb_str token, int64_t expires_ms,
                              rhumb_str referer, rhumb_error* error) {
    using namespace rhumb::capi;
    return guard(error, [&] {
        require(answer, "answer");
        rhumb::sync::Token given;
        given.value = header_text(token, "token");
        given.referer = header_text(referer, "referer");
        if (given.value.empty()) {
            throw rhumb::Error(rhumb::Status::InvalidArgument, "argument 'token' is empty");
        }
        if (expires_ms > 0) given.expires_ms = expires_ms;
        answer->token = std::move(given);
    });
}
