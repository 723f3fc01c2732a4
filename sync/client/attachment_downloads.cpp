// SPDX-License-Identifier: Apache-2.0
#include "sync/client/attachment_downloads.hpp"

#include "geodb/sqlite/transaction.hpp"
#include "platform/error.hpp"
#include "platform/files.hpp"
#include "platform/http/url.hpp"
#include "platform/text.hpp"
#include "sync/client/part_plan.hpp"
#include "sync/wire/json_writer.hpp"

#include <algorithm>

namespace rhumb::sync {
namespace {

using geodb::sqlite::Transaction;

/// Contents asked for at once; the service fills an answer of some megabytes and we ask on.
constexpr int kAsked = 200;
constexpr std::int64_t kFirstPartBytes = 256 * 1024;
constexpr std::int64_t kSmallFirstPartBytes = 16 * 1024;  ///< of one that failed before
constexpr std::int64_t kLongestErrorBytes = 64 * 1024;

/// A validator that proves equal bytes; "" when the service gave none.
std::string strong_validator(const http::Response& response) {
    const std::string etag(response.headers.get("ETag"));
    return etag.substr(0, 2) == "W/" ? std::string() : etag;
}

/// A sign-in page of the network, or the excuse of a server in between.
bool is_page(const std::filesystem::path& file) {
    std::error_code none;
    if (!std::filesystem::exists(file, none)) return false;
    std::string first;
    read_pieces(file, [&](std::string_view piece) {
        first = lowered(piece.substr(0, 256));
        return false;
    });
    const std::size_t begin = first.find_first_not_of("\xEF\xBB\xBF \t\r\n");
    if (begin == std::string::npos) return false;
    const std::string_view text = std::string_view(first).substr(begin);
    return text.starts_with("<!doctype html") || text.starts_with("<html");
}

}  // namespace

bool HashDownloads::begin() {
    asked_.clear();
    std::set<Sha256> seen;
    std::int64_t after = 0;
    while (asked_.size() < kAsked) {
        const auto wanted = lane_.wanted(after, kAsked);
        if (wanted.empty()) break;
        for (const auto& one : wanted) {
            after = one.attachment.id;
            const auto& content = one.attachment.content;
            if (!content || given_up_.count(*content) > 0 || !seen.insert(*content).second)
                continue;
            const auto there = lane_.attachments().contents().find(*content);
            asked_.push_back({one.attachment, there ? there->have : 0});
        }
    }
    return !asked_.empty();
}

std::string HashDownloads::question() {
    progressed_.clear();
    std::string text;
    wire::JsonWriter writer(text);
    writer.begin_array();
    for (const Asked& asked : asked_) {
        writer.begin_object().key("sha256").string(asked.attachment.content->hex());
        writer.key("from").integer(asked.from).end_object();
    }
    writer.end_array();
    return text;
}

void HashDownloads::append(const wire::PackPiece& piece, std::int64_t offset,
                           std::string_view bytes) {
    if (spoiled_.count(piece.content) > 0) return;
    try {
        auto& contents = lane_.attachments().contents();
        const std::int64_t have =
            contents.append(piece.content, piece.size, offset, bytes, geodatabase_.now_ms());
        progressed_.insert(piece.content);
        if (have == piece.size) fetched_ += lane_.note_content(piece.content);
    } catch (const Error& error) {
        if (error.status() != Status::CorruptData) throw;
        spoiled_.insert(piece.content);
    }
}

void HashDownloads::take_pieces(const std::function<void(wire::PackReader&)>& feed) {
    Transaction transaction(geodatabase_.database());
    wire::PackReader pack([this](const wire::PackPiece& piece, std::int64_t offset,
                                 std::string_view bytes) { append(piece, offset, bytes); });
    feed(pack);
    transaction.commit();
}

void HashDownloads::take(const http::Response& response) {
    try {
        take_pieces([&](wire::PackReader& pack) {
            const http::FileBody* file = response.file();
            if (file == nullptr) return pack.add(response.text());
            read_pieces(file->path, [&](std::string_view piece) {
                pack.add(piece);
                return true;
            });
        });
    } catch (const Error& error) {
        if (error.status() != Status::CorruptData) throw;
        progressed_.clear();
    }
    remove_file();
    Transaction transaction(geodatabase_.database());
    for (const Asked& asked : asked_) {
        if (spoiled_.count(*asked.attachment.content) == 0) continue;
        if (given_up_.count(*asked.attachment.content) > 0) continue;
        fail(asked.attachment, "what came has another SHA-256 than the service had said");
    }
    // In the order asked: what the service passed over at the front it does not have.
    for (const Asked& asked : asked_) {
        const Sha256& content = *asked.attachment.content;
        if (progressed_.count(content) > 0 || given_up_.count(content) > 0) break;
        fail(asked.attachment, "the service does not have its content (yet)");
    }
    transaction.commit();
}

bool HashDownloads::take_leftover() {
    std::error_code none;
    if (!std::filesystem::exists(file_, none)) return false;
    try {
        take_pieces([&](wire::PackReader& pack) {
            read_pieces(file_, [&](std::string_view piece) {
                pack.add(piece);
                return true;
            });
        });
    } catch (const Error& error) {
        if (error.status() != Status::CorruptData) throw;  // some other answer: no pack
    }
    remove_file();
    return !progressed_.empty();
}

void HashDownloads::give_up(const std::string& reason) {
    Transaction transaction(geodatabase_.database());
    for (const Asked& asked : asked_) fail(asked.attachment, reason);
    transaction.commit();
}

void HashDownloads::fail(const geodb::Attachment& attachment, const std::string& reason) {
    given_up_.insert(*attachment.content);
    lane_.note_failure(attachment.id, reason);
    failures_[attachment.global_id] = reason;
}

void HashDownloads::remove_file() const {
    remove_quietly(file_);
}

AddressDownload::AddressDownload(AttachmentLane& lane, geodb::Geodatabase& geodatabase,
                                 std::filesystem::path file)
    : lane_(lane),
      geodatabase_(geodatabase),
      file_(std::move(file)),
      first_part_(kFirstPartBytes) {}

bool AddressDownload::begin() {
    current_.reset();
    // Those that failed in an earlier run come last, lest they keep the others from coming.
    if (find_next()) return true;
    if (std::exchange(failed_ones_, true)) return false;
    after_ = 0;
    return find_next();
}

bool AddressDownload::find_next() {
    for (auto wanted = lane_.wanted(after_, 1); !wanted.empty(); wanted = lane_.wanted(after_, 1)) {
        after_ = wanted[0].attachment.id;
        if (wanted[0].url.empty() || wanted[0].failed != failed_ones_) continue;
        if (failures_.count(wanted[0].attachment.global_id) > 0) continue;
        current_ = wanted[0];
        in_vain_ = 0;
        if (failed_ones_) first_part_ = kSmallFirstPartBytes;
        came_once_.reset();
        after_ = current_->attachment.id - 1;  // the same again until it is settled
        return true;
    }
    return false;
}

std::int64_t AddressDownload::file_bytes() const {
    std::error_code failure;
    const auto size = std::filesystem::file_size(file_, failure);
    return failure ? 0 : static_cast<std::int64_t>(size);
}

http::TransportRequest AddressDownload::request(const std::string& service_url) {
    http::TransportRequest request;
    const http::Url base = http::parse_url(service_url);
    request.url = http::format_url(http::resolve_url(base, current_->url));
    request.save_to = file_;
    const auto stored = lane_.fetch();
    const bool ours = stored && stored->attachment == current_->attachment.id;
    if (ours && !stored->validator.empty() && file_bytes() > 0) {
        behind_ = file_bytes();
        request.save_offset = static_cast<std::uint64_t>(*behind_);
        request.headers.set("Range", "bytes=" + std::to_string(file_bytes()) + "-");
        request.headers.set("If-Range", stored->validator);
        return request;
    }
    remove_quietly(file_);
    behind_.reset();
    // A long one by its first part, which tells the validator: without it nothing can be resumed.
    if (!plain_ && current_->attachment.size > first_part_) {
        request.headers.set("Range", "bytes=0-" + std::to_string(first_part_ - 1));
    }
    return request;
}

bool AddressDownload::broke() {
    if (!behind_) first_part_ = after_break(first_part_);
    return behind_ && file_bytes() > *behind_;
}

std::optional<Answer> AddressDownload::take(const http::Response& response) {
    const std::int64_t wanted = current_->attachment.size;
    if (response.status == 416) {  // what is in the file is of another version
        remove_quietly(file_);
        if (plain_) {
            fail("the service refuses every range of it");
            return std::nullopt;
        }
        plain_ = true;
        Answer again;
        again.why = "the service has no such range of '" + current_->attachment.name + "'";
        return again;
    }
    if (response.file() == nullptr && response.text().empty() && response.status == 200 &&
        wanted > 0) {
        Answer again;
        again.why = "the content of '" + current_->attachment.name + "' came empty";
        return again;
    }
    const bool arrived = response.status == 200 || response.status == 206;
    const bool whole = arrived && is_content();
    if (whole) {
        const bool length_was_told = wanted > 0 || response.headers.has("Content-Length") ||
                                     response.headers.has("Transfer-Encoding");
        if (keep(length_was_told)) return std::nullopt;
        Answer again;
        again.why = "nothing tells how long '" + current_->attachment.name +
                    "' is, and it came otherwise the time before";
        return again;
    }
    if (response.status == 206 && file_bytes() < wanted) {
        plain_ = strong_validator(response).empty();
        lane_.save_fetch({current_->attachment.id, strong_validator(response)});
        return std::nullopt;  // the rest is asked for next
    }
    // An error object, a page in between, or another file than was announced.
    const std::string what = "content of attachment '" + current_->attachment.name + "'";
    Answer answer = read_answer(response, what);
    const bool page = arrived && is_page(file_);
    remove_quietly(file_);
    if (answer.kind == Answer::Kind::Useless && (page || response.status != 200)) return answer;
    fail(answer.kind == Answer::Kind::Refused ? answer.error.sentence()
         : wanted > 0
             ? "what came is not the " + std::to_string(wanted) + " bytes that were announced"
             : answer.why);
    return std::nullopt;
}

/// Where neither length nor hash were announced, only what it looks like tells content from an
/// error or a page that came with HTTP 200.
bool AddressDownload::is_content() const {
    const geodb::Attachment& announced = current_->attachment;
    if (announced.size > 0) return file_bytes() == announced.size;
    if (announced.content) return true;
    const auto is_a = [&](const char* kind) {
        return lowered(announced.content_type).find(kind) != std::string::npos;
    };
    if (!is_a("html") && is_page(file_)) return false;
    if (is_a("json") || file_bytes() > kLongestErrorBytes) return true;
    http::Response whole;
    whole.status = 200;
    whole.body = http::FileBody{file_, 0, static_cast<std::uint64_t>(file_bytes()), false};
    return read_answer(whole, "content of an attachment").kind != Answer::Kind::Refused;
}

bool AddressDownload::is_given_up(const std::string& reason) {
    if (++in_vain_ < (failed_ones_ ? 1 : kMostInVain)) return false;
    fail(reason);
    return true;
}

/// False when a part may have passed for the whole, since the link was closed after it and nothing
/// says how long it is: what comes twice alike is whole.
bool AddressDownload::keep(bool length_was_told) {
    plain_ = false;
    bool mismatch = false;
    {
        Transaction transaction(geodatabase_.database());
        geodb::ContentStore::Writer writer(lane_.attachments().contents(), geodatabase_.now_ms());
        read_pieces(file_, [&](std::string_view piece) {
            writer.add(piece);
            return true;
        });
        const auto [hash, size] = writer.finish();
        const auto& said = current_->attachment.content;
        const bool proved = said || length_was_told || came_once_ == hash;
        if (!proved) {
            if (!came_once_) in_vain_ = -1;  // the first time was not in vain
            came_once_ = hash;
            remove_quietly(file_);
            return false;
        }
        if (said && *said != hash) {
            mismatch = true;  // leaving the scope takes all of it back
        } else {
            lane_.note_fetched(current_->attachment.id, hash, size);
            transaction.commit();
            ++fetched_;
        }
    }
    remove_quietly(file_);
    if (mismatch) fail("what came has another SHA-256 than the service had said");
    return true;
}

void AddressDownload::fail(const std::string& reason) {
    Transaction transaction(geodatabase_.database());
    lane_.note_failure(current_->attachment.id, reason);
    transaction.commit();
    failures_[current_->attachment.global_id] = reason;
}

}  // namespace rhumb::sync
