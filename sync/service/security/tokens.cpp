// SPDX-License-Identifier: Apache-2.0
#include "sync/service/security/tokens.hpp"

#include "platform/base64.hpp"
#include "platform/error.hpp"
#include "platform/files.hpp"
#include "platform/hash.hpp"
#include "platform/mac.hpp"
#include "platform/number.hpp"
#include "platform/random.hpp"
#include "platform/text.hpp"

#include <algorithm>
#include <cctype>
#include <vector>

namespace rhumb::service {
namespace {

constexpr std::string_view kFormat = "r1";
constexpr std::size_t kKeyBytes = 32;
constexpr std::size_t kMacBytes = 32;
constexpr std::size_t kLines = 6;

std::string for_urls(std::string text) {
    std::replace(text.begin(), text.end(), '+', '-');
    std::replace(text.begin(), text.end(), '/', '_');
    std::erase(text, '=');
    return text;
}

std::optional<std::string> from_urls(std::string_view text) {
    std::string plain(text);
    const bool odd = std::any_of(plain.begin(), plain.end(), [](unsigned char c) {
        return !(std::isalnum(c) != 0 || c == '-' || c == '_');
    });
    if (odd) return std::nullopt;
    std::replace(plain.begin(), plain.end(), '-', '+');
    std::replace(plain.begin(), plain.end(), '_', '/');
    return base64_decode(plain);
}

std::string hex_of(std::string_view bytes) {
    Sha256 as_hash;
    std::copy_n(bytes.begin(), as_hash.bytes.size(), as_hash.bytes.begin());
    return as_hash.hex();
}

std::string make_key(Random& random) {
    std::string key(kKeyBytes, '\0');
    random.fill(key.data(), key.size());
    return hex_of(key) + "\n";
}

void check_private(const std::filesystem::path& file) {
    namespace fs = std::filesystem;
    const fs::perms others = fs::perms::group_all | fs::perms::others_all;
    if ((fs::status(file).permissions() & others) == fs::perms::none) return;
    throw Error(Status::InvalidArgument, "'" + file.string() +
                                             "' holds the key of all tokens, but others than its "
                                             "owner may use the file (chmod 600 mends that)");
}

/// Scheme and host with port, and what follows without a slash at its end; all in lower case.
std::string normal(std::string_view referer) {
    std::string text = lowered(trimmed(referer));
    text.resize(std::min(text.find_first_of("?#"), text.size()));
    while (text.ends_with('/')) text.pop_back();
    return text;
}

std::string origin_of(const std::string& referer) {
    const std::size_t host = referer.find("://");
    if (host == std::string::npos) return referer;
    return referer.substr(0, referer.find('/', host + 3));
}

}  // namespace

TokenKey::TokenKey(const std::filesystem::path& file, Random& random) {
    if (!std::filesystem::exists(file)) make_private_file_once(file, make_key(random));
    check_private(file);
    const auto key = Sha256::parse(trimmed(read_file(file)));
    if (!key) {
        throw Error(Status::InvalidArgument,
                    "'" + file.string() +
                        "' is no key of tokens: remove it, and a new one is made "
                        "(everybody signs in anew)");
    }
    key_.assign(key->bytes.begin(), key->bytes.end());
}

std::string TokenKey::write(const Token& token) const {
    std::string text(kFormat);
    text += "\n" + std::to_string(token.expires_ms) + "\n" + std::to_string(token.since_ms);
    text += "\n" + std::to_string(static_cast<int>(token.bound)) + "\n" + token.to + "\n";
    text += token.user;
    return for_urls(base64(text + hmac_sha256(key_, text)));
}

std::optional<Token> TokenKey::read(std::string_view text) const {
    if (text.size() > kMostTokenBytes) return std::nullopt;
    const auto bytes = from_urls(text);
    if (!bytes || bytes->size() <= kMacBytes) return std::nullopt;
    const std::string_view said = std::string_view(*bytes).substr(0, bytes->size() - kMacBytes);
    const std::string_view mac = std::string_view(*bytes).substr(said.size());
    if (!equal_in_constant_time(hmac_sha256(key_, said), mac)) return std::nullopt;
    const std::vector<std::string> lines = split(said, '\n');
    if (lines.size() != kLines || lines[0] != kFormat) return std::nullopt;
    const auto expires = parse_integer(lines[1]);
    const auto since = parse_integer(lines[2]);
    const auto bound = parse_integer(lines[3]);
    if (!expires || !since || !bound || *bound < 1 || *bound > 3) return std::nullopt;
    return Token{lines[5], *since, *expires, static_cast<Token::Bound>(*bound), lines[4]};
}

bool is_same_referer(std::string_view bound, std::string_view referer) {
    const std::string wanted = normal(bound);
    const std::string given = normal(referer);
    if (wanted.empty() || given.empty()) return false;
    if (given == wanted || given.starts_with(wanted + "/") || given == origin_of(wanted)) {
        return true;
    }
    // A host alone, as some clients say it.
    const bool host_alone = wanted.find("://") == std::string::npos;
    return host_alone && (given == "https://" + wanted || given == "http://" + wanted ||
                          given.starts_with("https://" + wanted + "/") ||
                          given.starts_with("http://" + wanted + "/"));
}

}  // namespace rhumb::service
