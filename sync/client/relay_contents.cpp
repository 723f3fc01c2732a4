// SPDX-License-Identifier: Apache-2.0
#include "sync/client/relay_contents.hpp"

#include "platform/error.hpp"
#include "sync/delta/delta_attachments.hpp"
#include "sync/wire/json_writer.hpp"

#include <algorithm>

namespace rhumb::sync {
namespace {

constexpr std::size_t kGroup = 500;
constexpr int kMostSpoiled = 3;

/// Contents in the order of the delta; one that is told twice is asked for twice.
template <class OnContent>
void each_content(const std::filesystem::path& file, const OnContent& on_content) {
    delta::DeltaReader reader(file, "the edits to carry");
    for (const delta::LayerHead& head : reader.header().layers) {
        const auto owner = delta::layer_of_attachments(head.terms.layer);
        if (!owner) continue;
        const geodb::Layer rows = delta::attachment_layer(*owner);
        for (const delta::Kind kind : {delta::Kind::Add, delta::Kind::Update}) {
            reader.each(kind, rows, [&](const delta::Row& row) {
                const auto attachment = delta::read_attachment_row(row).attachment;
                if (attachment.content) on_content(*attachment.content, attachment.size);
            });
        }
    }
}

std::string list_of(const std::map<Sha256, std::int64_t>& contents, bool with_from) {
    std::string text;
    wire::JsonWriter writer(text);
    writer.begin_array();
    for (const auto& [hash, from] : contents) {
        writer.begin_object().key("sha256").string(hash.hex());
        if (with_from) writer.key("from").integer(from);
        writer.end_object();
    }
    writer.end_array();
    return text;
}

}  // namespace

bool RelayContents::begin(const std::filesystem::path& file, std::size_t passed) {
    group_.clear();
    missing_.clear();
    std::size_t seen = 0;
    each_content(file, [&](const Sha256& content, std::int64_t size) {
        if (seen++ >= passed && seen <= passed + kGroup) group_[content] = size;
    });
    had_ = -1;
    spoiled_ = 0;
    passed_ = std::min(seen, passed + kGroup);
    return !group_.empty();
}

std::string RelayContents::question() const {
    return list_of(group_, false);
}

void RelayContents::take_have(const wire::Json& answer) {
    missing_.clear();
    const wire::Json* list = answer.find("contents");
    if (list == nullptr || list->array() == nullptr) {
        throw Error(Status::Protocol, "rhumbContents: the answer has no 'contents'");
    }
    std::int64_t has = 0;
    for (const wire::Json& json : *list->array()) {
        const auto hash = Sha256::parse(wire::text_or_empty(json.find("sha256")));
        const auto have = wire::to_int64(json.find("have"));
        const auto wanted = hash ? group_.find(*hash) : group_.end();
        if (wanted == group_.end() || !have) continue;
        has += *have + 1;  // an empty content is there only when the service says 0, not -1
        if (*have == wanted->second || lacking_.count(*hash) > 0) continue;
        missing_[*hash] = std::max<std::int64_t>(*have, 0);
    }
    if (!missing_.empty() && has <= had_ && ++spoiled_ >= kMostSpoiled) {
        throw Error(Status::Protocol, "content " + missing_.begin()->first.hex() +
                                          " arrives damaged at the service, again and again");
    }
    had_ = has;
}

std::string RelayContents::wish() const {
    return list_of(missing_, true);
}

void RelayContents::none_came() {
    for (const auto& [hash, have] : missing_) lacking_.insert(hash);
}

}  // namespace rhumb::sync
