// SPDX-License-Identifier: Apache-2.0
#include "sync/wire/service_error.hpp"

#include "sync/wire/json_writer.hpp"

namespace rhumb::wire {

std::string ServiceError::sentence() const {
    std::string text = message.empty() ? "no reason given" : message;
    for (const std::string& detail : details) text += " " + detail;
    return text + " (code " + std::to_string(code) + ")";
}

std::string to_text(const ServiceError& error) {
    std::string text;
    JsonWriter writer(text);
    writer.begin_object().key("error").begin_object();
    writer.key("code").integer(error.code);
    if (error.extended_code != 0) writer.key("extendedCode").integer(error.extended_code);
    if (!error.message_code.empty()) writer.key("messageCode").string(error.message_code);
    writer.key("message").string(error.message);
    writer.key("details").begin_array();
    for (const std::string& detail : error.details) writer.string(detail);
    writer.end_array().end_object().end_object();
    return text;
}

std::optional<ServiceError> read_service_error(const Json& answer) {
    const Json* found = answer.find("error");
    if (found == nullptr || found->is_null()) return std::nullopt;
    ServiceError error;
    error.code = to_int64(found->find("code")).value_or(500);
    error.extended_code = to_int64(found->find("extendedCode")).value_or(0);
    error.message = text_or_empty(found->find("message"));
    if (error.message.empty()) error.message = text_or_empty(found->find("description"));
    if (error.message.empty()) error.message = text_or_empty(found);
    const Json* details = found->find("details");
    if (details == nullptr) return error;
    if (details->text() != nullptr) error.details.push_back(*details->text());
    if (details->array() == nullptr) return error;
    for (const Json& detail : *details->array()) {
        if (detail.text() != nullptr && !detail.text()->empty()) {
            error.details.push_back(*detail.text());
        }
    }
    return error;
}

}  // namespace rhumb::wire
