// SPDX-License-Identifier: Apache-2.0
#include "platform/http/saved_body.hpp"

#include "platform/error.hpp"
#include "platform/http/transport.hpp"
#include "platform/number.hpp"
#include "platform/text.hpp"

#include <system_error>

namespace rhumb::http {
namespace {

const std::filesystem::path& cut_to(const std::filesystem::path& path, std::uint64_t size) {
    std::error_code failure;
    if (size > 0) std::filesystem::resize_file(path, size, failure);
    if (failure) throw_file_error("cannot cut", path, failure.value());
    return path;
}

bool is_text(std::string_view type) {
    const std::string kind = lowered(type);
    return kind.empty() || kind.rfind("text/", 0) == 0 || kind.rfind("application/json", 0) == 0;
}

}  // namespace

bool is_saved(const TransportRequest& request, int status, const Headers& headers,
              std::optional<std::uint64_t> length) {
    if (!request.save_to || request.method == "HEAD") return false;
    if (status == 206 || (status == 200 && request.save_offset == 0)) return true;
    const bool is_short = length && *length <= kShortAnswerBytes;
    return status == 200 && !(is_short && is_text(headers.get("Content-Type")));
}

std::optional<ContentRange> parse_content_range(std::string_view text) {
    if (!equal_ignoring_case(text.substr(0, 6), "bytes ")) return std::nullopt;
    text.remove_prefix(6);
    text = text.substr(0, text.find('/'));
    const std::size_t dash = text.find('-');
    if (dash == std::string_view::npos) return std::nullopt;
    const auto first = parse_integer(text.substr(0, dash));
    const auto last = parse_integer(text.substr(dash + 1));
    if (!first || !last || *first < 0 || *last < *first) return std::nullopt;
    return ContentRange{static_cast<std::uint64_t>(*first),
                        static_cast<std::uint64_t>(*last - *first) + 1};
}

SavedBody::SavedBody(const std::filesystem::path& path, std::uint64_t offset)
    : offset_(offset),
      writer_(cut_to(path, offset),
              offset == 0 ? FileWriter::Mode::Replace : FileWriter::Mode::Append) {}

void SavedBody::give_up() const {
    remove_quietly(writer_.path());
}

void SavedBody::write(std::string_view bytes) {
    try {
        writer_.write(bytes);
    } catch (const Error&) {
        give_up();
        throw;
    }
}

FileBody SavedBody::finish() {
    const std::uint64_t length = writer_.size() - offset_;
    try {
        writer_.close_durably();
    } catch (const Error&) {
        give_up();
        throw;
    }
    return FileBody{writer_.path(), offset_, length, false};
}

}  // namespace rhumb::http
