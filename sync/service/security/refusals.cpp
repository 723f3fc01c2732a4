// SPDX-License-Identifier: Apache-2.0
#include "sync/service/security/refusals.hpp"

namespace rhumb::service {

Error token_invalid(const std::string& why) {
    return Error(Status::AuthRequired, why).with_code(498);
}

Error token_required(const std::string& why) {
    return Error(Status::AuthRequired, why).with_code(499);
}

Error not_permitted(const std::string& why) {
    return Error(Status::AuthRequired, why).with_code(403);
}

}  // namespace rhumb::service
