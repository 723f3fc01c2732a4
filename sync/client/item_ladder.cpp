// SPDX-License-Identifier: Apache-2.0
#include "sync/client/item_ladder.hpp"

#include "platform/error.hpp"
#include "platform/files.hpp"
#include "platform/hash.hpp"
#include "platform/http/multipart.hpp"
#include "platform/number.hpp"

#include <algorithm>
#include <fstream>
#include <utility>

namespace rhumb::sync {
namespace {

constexpr std::int64_t kLeastPartBytes = 1;

std::string read_range(const std::filesystem::path& file, std::int64_t offset, std::int64_t bytes) {
    std::ifstream in(file, std::ios::binary);
    std::string range(static_cast<std::size_t>(bytes), '\0');
    in.seekg(offset);
    in.read(range.data(), bytes);
    range.resize(static_cast<std::size_t>(std::max<std::streamsize>(in.gcount(), 0)));
    return range;
}

/// A list of numbers, of texts, or of {"partId":n}.
std::set<std::int64_t> read_parts(const wire::Json& answer) {
    std::set<std::int64_t> parts;
    const wire::Json* list = answer.find_any_case("parts");
    if (list == nullptr || list->array() == nullptr) return parts;
    for (const wire::Json& entry : *list->array()) {
        const auto number =
            wire::to_int64(entry.object() != nullptr ? entry.find_any_case("partId") : &entry);
        if (number) parts.insert(*number);
    }
    return parts;
}

}  // namespace

ItemLadder::ItemLadder(geodb::Geodatabase& geodatabase, OnProgress on_progress)
    : JobLadder(geodatabase, std::move(on_progress)) {
    const auto none = [] {};
    const auto phase = Progress::Phase::Upload;
    define("register",
           {[this] {
                return post("/uploads/register", {{"f", "json"}, {"itemName", item_name()}});
            },
            [this](const auto& response) { take_registered(response); }, none, phase});
    define("parts", {[this] { return get(item_path() + "/parts?f=json"); },
                     [this](const auto& response) { take_parts(response); }, none, phase});
    define("part",
           {[this] { return ask_part(); }, [this](const auto& response) { take_part(response); },
            [this] { cut_next_part_anew(); }, phase});
    define("commit", {[this] {
                          return post(item_path() + "/commit", {{"f", "json"},
                                                                {"parts", plan().ids()},
                                                                {"checksum", fact("item_hash")}});
                      },
                      [this](const auto& response) { take_commit(response); }, none, phase});
}

std::filesystem::path ItemLadder::item_file() const {
    std::filesystem::path file = geodatabase_.path();
    file += ".sync-edits";
    return file;
}

std::int64_t ItemLadder::number_fact(std::string_view name) const {
    return wire::to_int64(facts_.find(name)).value_or(0);
}

PartPlan ItemLadder::plan() const {
    const std::int64_t size = number_fact("item_bytes");
    const auto stored = PartPlan::parse(fact("item_plan"), size);
    return stored ? *stored : PartPlan(size, number_fact("item_part"));
}

std::optional<PartPlan::Part> ItemLadder::next_part(const PartPlan& plan) const {
    PartPlan::Part part = plan.part_at(0);
    while (there_.count(part.id) > 0) {
        if (part.end() >= plan.total()) return std::nullopt;
        part = plan.part_at(part.end());
    }
    return part;
}

void ItemLadder::send_item(std::int64_t part_bytes) {
    set_fact("item", "");
    set_fact("item_committed", "");
    set_fact("item_part", std::max(part_bytes, kLeastPartBytes));
    set_fact("item_plan", "");
    set_fact("item_bytes", static_cast<std::int64_t>(rhumb::file_size(item_file())));
    set_fact("item_hash", sha256_of_file(item_file()).hex());
    there_.clear();
    go_durably("register");
}

void ItemLadder::send_item_again() {
    count_repetition();
    send_item(number_fact("item_part"));
}

void ItemLadder::go_on_with_item(const std::string& stored_step) {
    const auto size = static_cast<std::int64_t>(rhumb::file_size(item_file()));
    // Other content than was begun with: nothing of it is of use.
    if (size != number_fact("item_bytes") ||
        sha256_of_file(item_file()).hex() != fact("item_hash")) {
        return send_item(number_fact("item_part"));
    }
    go(stored_step == "part" ? "parts" : stored_step);
}

std::optional<wire::Json> ItemLadder::item_answer(const http::Response& response,
                                                  const char* what) {
    constexpr std::int64_t kNotFound = 404;
    Answer answer = read_answer(response, std::string(what) + " at " + facts_url());
    if (answer.kind == Answer::Kind::Useless) {
        repeat(answer);
        return std::nullopt;
    }
    if (answer.kind == Answer::Kind::Good) {
        backoff_.succeeded();
        return std::move(answer.root);
    }
    // A gateway in between that lets no body of this length pass.
    if (answer.error.code == kTooLarge && step() == "part" && cut_next_part_anew()) {
        set_fact("item_part", next_part(plan()).value().bytes);
        return std::nullopt;
    }
    if (answer.error.code == kNotFound && step() != "register") {
        send_item_again();
    } else {
        item_refused(answer.error);
    }
    return std::nullopt;
}

void ItemLadder::take_registered(const http::Response& response) {
    const auto answer = item_answer(response, "register of an upload");
    if (!answer) return;
    const wire::Json* item = answer->find_any_case("item");
    const auto id =
        wire::text_or_empty((item != nullptr ? *item : *answer).find_any_case("itemID"));
    const bool plain = !id.empty() && id.find_first_of("/?#%\\ ") == std::string_view::npos;
    if (!plain) {
        throw Error(Status::Protocol, "register of an upload at " + facts_url() +
                                          ": the answer has no itemID that can be used");
    }
    set_fact("item", id);
    there_.clear();
    go_durably("part");
}

void ItemLadder::take_parts(const http::Response& response) {
    const auto answer = item_answer(response, "parts of an upload");
    if (!answer) return;
    there_ = read_parts(*answer);
    go_durably(next_part(plan()) ? "part" : "commit");
}

http::TransportRequest ItemLadder::ask_part() const {
    const PartPlan::Part part = next_part(plan()).value();
    const std::string bytes = read_range(item_file(), part.offset, part.bytes);
    const std::string text = std::to_string(part.id);
    auto body =
        http::encode_multipart({{"f", false, "", "", "json"},
                                {"partId", false, "", "", text},
                                {"file", true, item_name(), "application/octet-stream", bytes}});
    http::TransportRequest request;
    request.method = "POST";
    request.url = url(item_path() + "/uploadPart?f=json");
    request.headers.set("Content-Type", body.content_type);
    request.body = std::move(body.body);
    return request;
}

void ItemLadder::take_part(const http::Response& response) {
    PartPlan plan = this->plan();
    const PartPlan::Part part = next_part(plan).value();
    if (!item_answer(response, "uploadPart")) return;
    there_.insert(part.id);
    progress(Progress::Phase::Upload, "edits", part.end(), plan.total());
    if (!next_part(plan)) return go_durably("commit");
    if (!plan.got_through(part, number_fact("item_part"))) return;
    set_fact("item_plan", plan.text());
    go_durably("part");
}

/// Stored before any of the new parts goes: what the service says it has is of a known length.
bool ItemLadder::cut_next_part_anew() {
    PartPlan plan = this->plan();
    const auto part = next_part(plan);
    if (!part || !plan.broke(*part)) return false;
    set_fact("item_plan", plan.text());
    go_durably("part");
    return true;
}

void ItemLadder::take_commit(const http::Response& response) {
    if (!item_answer(response, "commit of an upload")) return;
    set_fact("item_committed", fact("item"));
    item_is_there();
}

}  // namespace rhumb::sync
