// SPDX-License-Identifier: Apache-2.0
#include "sync/client/attachment_uploads.hpp"

#include "platform/error.hpp"
#include "sync/client/attachment_request.hpp"
#include "sync/wire/json_writer.hpp"

#include <algorithm>

namespace rhumb::sync {
namespace {

using geodb::AttachmentEdit;

/// A service that keeps finding another hash has a bad link or a bad disk.
constexpr int kMostSpoiled = 3;

std::string read_bytes(AttachmentLane& lane, const Sha256& content, std::int64_t from,
                       std::int64_t length) {
    std::string bytes;
    bytes.reserve(static_cast<std::size_t>(length));
    lane.attachments().contents().read(content, from, length, [&](std::string_view piece) {
        bytes.append(piece);
        return true;
    });
    return bytes;
}

}  // namespace

bool HashUploads::begin(const AttachmentLane::Batch& batch) {
    asked_ = true;
    left_.clear();
    lane_.each_edit(batch, [&](const AttachmentEdit& edit) {
        if (!brings_content(edit)) return;
        if (!lane_.attachments().contents().has_whole(*edit.after->content)) return;
        left_[*edit.after->content] = {edit.after->size, 0, 0};
    });
    total_ = 0;
    for (const auto& [hash, left] : left_) total_ += left.size;
    return !left_.empty();
}

std::int64_t HashUploads::sent() const {
    std::int64_t sent = total_;
    for (const auto& [hash, left] : left_) sent -= left.size - left.have;
    return sent;
}

std::string HashUploads::question() const {
    std::string text;
    wire::JsonWriter writer(text);
    writer.begin_array();
    for (const auto& [hash, left] : left_) {
        writer.begin_object().key("sha256").string(hash.hex()).end_object();
    }
    writer.end_array();
    return text;
}

void HashUploads::take(const wire::Json& answer) {
    const wire::Json* list = answer.find("contents");
    if (list == nullptr || list->array() == nullptr) {
        throw Error(Status::Protocol, "rhumbContents: the answer has no 'contents'");
    }
    if (packed_ >= room_) room_ = after_success(room_, kUploadBytes);
    packed_ = 0;
    for (const wire::Json& json : *list->array()) {
        const auto hash = Sha256::parse(wire::text_or_empty(json.find("sha256")));
        const auto have = wire::to_int64(json.find("have"));
        const auto found = hash ? left_.find(*hash) : left_.end();
        if (found == left_.end() || !have) continue;
        Left& left = found->second;
        // An empty content is there only when the service says 0, not -1.
        if (*have == left.size) {
            left_.erase(found);
            continue;
        }
        if (*have < left.have && ++left.spoiled >= kMostSpoiled) {
            throw Error(Status::Protocol, "content " + hash->hex() +
                                              " arrives damaged at the service, again and again");
        }
        left.have = std::clamp(*have, std::int64_t{0}, left.size);
    }
}

std::string HashUploads::pack() {
    std::string pack(wire::kPackMagic);
    for (auto& [hash, left] : left_) {
        const std::int64_t room = room_ - static_cast<std::int64_t>(pack.size());
        if (room <= 0) break;
        const std::int64_t length = std::min(left.size - left.have, room);
        pack += wire::pack_head({hash, left.size, left.have, length});
        pack += read_bytes(lane_, hash, left.have, length);
    }
    packed_ = static_cast<std::int64_t>(pack.size());
    return pack;
}

bool HashUploads::broke() {
    const std::int64_t broken = std::min(room_, packed_);
    room_ = after_break(broken);
    return room_ < broken;
}

bool ItemUploads::has_content(const AttachmentLane::Batch& batch) const {
    bool has = false;
    lane_.each_edit(batch, [&](const AttachmentEdit& edit) { has = has || brings_content(edit); });
    return has;
}

bool ItemUploads::begin(const AttachmentLane::Batch& batch,
                        const std::map<geodb::GlobalId, std::string>& left_out) {
    const std::int64_t before = current_.id;
    bool found = false;
    // Those that failed in an earlier run come last, lest they keep the others from going.
    for (const bool failed : {false, true}) {
        lane_.each_edit(batch, [&](const AttachmentEdit& edit) {
            if (found || !brings_content(edit) || left_out.count(edit.known.global_id) > 0) return;
            const auto item = lane_.items().find(edit.after->id, *edit.after->content);
            if ((item && item->committed) || lane_.has_failed(edit.after->id) != failed) return;
            found = true;
            failed_before_ = failed;
            current_ = *edit.after;
            item_ = item.value_or(AttachmentItems::Item{});
        });
    }
    if (current_.id != before) in_vain_ = 0;
    return found;
}

bool ItemUploads::is_given_up(const std::string& reason) {
    if (++in_vain_ < (failed_before_ ? 1 : kMostInVain)) return false;
    in_vain_ = 0;
    lane_.note_failure(current_.id, reason);
    return true;
}

ItemUploads::Request ItemUploads::request() {
    if (item_.id.empty()) {
        return {"/uploads/register", {{"f", "json"}, {"itemName", current_.name}}, {}};
    }
    if (is_sending()) {
        const PartPlan::Part part = plan().part_at(item_.sent);
        const std::string bytes = read_bytes(lane_, *current_.content, part.offset, part.bytes);
        const std::string number = std::to_string(part.id);
        const std::vector<http::Part> parts{
            {"f", false, "", "", "json"},
            {"partId", false, "", "", number},
            {"file", true, current_.name, "application/octet-stream", bytes}};
        return {"/uploads/" + item_.id + "/uploadPart", {}, http::encode_multipart(parts)};
    }
    return {"/uploads/" + item_.id + "/commit", {{"f", "json"}, {"parts", plan().ids()}}, {}};
}

PartPlan ItemUploads::plan() const {
    const auto stored = PartPlan::parse(item_.plan, current_.size);
    return stored ? *stored : PartPlan(current_.size, kUploadBytes);
}

bool ItemUploads::broke() {
    if (!is_sending()) return false;
    PartPlan plan = this->plan();
    if (!plan.broke(plan.part_at(item_.sent))) return false;
    item_.plan = plan.text();
    lane_.items().save(current_.id, *current_.content, item_);
    return true;
}

std::optional<std::pair<geodb::GlobalId, std::string>> ItemUploads::take(const Answer& answer) {
    in_vain_ = 0;
    if (answer.kind == Answer::Kind::Refused) {
        lane_.items().forget(current_.id);
        if (!item_.id.empty() && lost_items_++ < 1) return std::nullopt;
        lost_items_ = 0;
        return std::pair{current_.global_id, answer.error.sentence()};
    }
    if (item_.id.empty()) {
        const wire::Json* item = answer.root.find_any_case("item");
        const wire::Json* id = item != nullptr ? item->find_any_case("itemID") : nullptr;
        item_.id = wire::text_or_empty(id);
        if (item_.id.empty()) {
            return std::pair{current_.global_id,
                             std::string("the service registered an upload item without an id")};
        }
    } else if (!is_sent()) {
        PartPlan plan = this->plan();
        const PartPlan::Part part = plan.part_at(item_.sent);
        ++item_.parts;
        item_.sent = part.end();
        if (plan.got_through(part, kUploadBytes)) item_.plan = plan.text();
    } else {
        item_.committed = true;
        lost_items_ = 0;
    }
    lane_.items().save(current_.id, *current_.content, item_);
    return std::nullopt;
}

}  // namespace rhumb::sync
