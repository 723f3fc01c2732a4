// SPDX-License-Identifier: Apache-2.0
#include "sync/service/settings/settings_reader.hpp"

#include "platform/error.hpp"
#include "platform/files.hpp"
#include "platform/text.hpp"

#include <algorithm>
#include <utility>

namespace rhumb::service {
namespace {

using wire::Json;

constexpr std::uint64_t kMostFileBytes = 1024 * 1024;
constexpr std::size_t kShownBytes = 60;

std::string shown(const Json& value) {
    return excerpt(wire::to_text(value), kShownBytes);
}

bool is_plain_text(std::string_view text) {
    const auto odd = [](unsigned char c) {
        return (c < 0x20 && c != '\n' && c != '\t') || c == 0x7f;
    };
    return is_utf8(text) && std::none_of(text.begin(), text.end(), odd);
}

}  // namespace

SettingsReader::SettingsReader(const Json& json, std::string file, std::string prefix)
    : json_(&json), file_(std::move(file)), prefix_(std::move(prefix)) {
    if (json.object() != nullptr) return;
    const std::string where =
        prefix_.empty() ? "the file" : "'" + prefix_.substr(0, prefix_.size() - 1) + "'";
    throw Error(Status::InvalidArgument,
                "'" + file_ + "': " + where + " is " + std::string(kind_name(json)) +
                    ", not an object");
}

void SettingsReader::refuse(std::string_view key, const std::string& why) const {
    throw Error(Status::InvalidArgument,
                "'" + file_ + "': '" + prefix_ + std::string(key) + "' " + why);
}

const Json* SettingsReader::value(std::string_view key) {
    asked_.emplace(key);
    return json_->find(key);
}

std::optional<bool> SettingsReader::flag(std::string_view key) {
    const Json* found = value(key);
    if (found == nullptr) return std::nullopt;
    if (found->boolean() == nullptr) refuse(key, "is " + shown(*found) + ", not true or false");
    return *found->boolean();
}

std::optional<std::int64_t> SettingsReader::number(std::string_view key, std::int64_t least,
                                                   std::int64_t most) {
    const Json* found = value(key);
    if (found == nullptr) return std::nullopt;
    const std::int64_t* number = found->integer();
    if (number == nullptr || *number < least || *number > most) {
        refuse(key, "is " + shown(*found) + ", not a whole number from " + std::to_string(least) +
                        " to " + std::to_string(most));
    }
    return *number;
}

std::optional<std::string> SettingsReader::text(std::string_view key, std::size_t most_bytes) {
    const Json* found = value(key);
    if (found == nullptr) return std::nullopt;
    const std::string* text = found->text();
    if (text == nullptr || text->size() > most_bytes || !is_plain_text(*text)) {
        refuse(key, "is " + shown(*found) + ", not a text of up to " + std::to_string(most_bytes) +
                        " bytes");
    }
    return *text;
}

std::optional<std::vector<std::string>> SettingsReader::texts(std::string_view key,
                                                              std::size_t most_bytes) {
    const Json* found = value(key);
    if (found == nullptr) return std::nullopt;
    if (found->array() == nullptr) refuse(key, "is " + shown(*found) + ", not a list of texts");
    std::vector<std::string> texts;
    for (const Json& element : *found->array()) {
        const std::string* text = element.text();
        if (text == nullptr || text->empty() || text->size() > most_bytes ||
            !is_plain_text(*text)) {
            refuse(key, "holds " + shown(element) + ", not only texts of 1 to " +
                            std::to_string(most_bytes) + " bytes");
        }
        texts.push_back(*text);
    }
    return texts;
}

std::optional<SettingsReader> SettingsReader::object(std::string_view key) {
    const Json* found = value(key);
    if (found == nullptr) return std::nullopt;
    return SettingsReader(*found, file_, prefix_ + std::string(key) + ".");
}

void SettingsReader::read(std::string_view key, bool& into) {
    into = flag(key).value_or(into);
}

void SettingsReader::read(std::string_view key, std::int64_t& into, std::int64_t least,
                          std::int64_t most) {
    into = number(key, least, most).value_or(into);
}

void SettingsReader::read(std::string_view key, std::string& into, std::size_t most_bytes) {
    if (auto text = this->text(key, most_bytes)) into = std::move(*text);
}

void SettingsReader::finish() const {
    std::set<std::string_view> seen;
    for (const Json::Member& member : *json_->object()) {
        const std::string key = excerpt(member.name, kShownBytes);
        if (asked_.count(member.name) == 0) refuse(key, "is no setting that is known here");
        if (!seen.insert(member.name).second) refuse(key, "comes twice");
    }
}

Json read_settings_file(const std::filesystem::path& path) {
    if (rhumb::file_size(path) > kMostFileBytes) {
        throw Error(Status::InvalidArgument, "'" + path.string() + "' is larger than " +
                                                 std::to_string(kMostFileBytes) + " bytes");
    }
    return wire::parse_json(read_file(path), "'" + path.string() + "'");
}

}  // namespace rhumb::service
