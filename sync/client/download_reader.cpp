// SPDX-License-Identifier: Apache-2.0
#include "sync/client/download_reader.hpp"

#include "platform/error.hpp"
#include "sync/wire/json_parameter.hpp"

#include <array>
#include <map>
#include <optional>
#include <set>
#include <utility>

namespace rhumb::sync {
namespace {

using geodb::LayerId;
using geodb::NetEdit;
using wire::Json;
using wire::JsonPath;

// "deletes" is another name of "deleteIds".
const std::vector<std::string> kPaths{"edits.*.features.adds.*",
                                      "edits.*.features.updates.*",
                                      "layers.*.features.*",
                                      "edits.*.features.deleteIds.*",
                                      "edits.*.features.deletes.*",
                                      "edits.*.features.addResults.*",
                                      "edits.*.features.updateResults.*",
                                      "edits.*.features.deleteResults.*",
                                      "edits.*.attachments.adds.*",
                                      "edits.*.attachments.updates.*",
                                      "layers.*.attachments.*",
                                      "edits.*.attachments.deleteIds.*",
                                      "edits.*.attachments.deletes.*"};
constexpr std::size_t kWholeLayer = 2;
constexpr std::size_t kFirstDeletion = 3;
constexpr std::size_t kFirstResult = 5;
constexpr std::size_t kFirstAttachment = 8;
constexpr std::size_t kAttachmentUpdate = 9;
constexpr std::size_t kWholeAttachments = 10;
constexpr std::size_t kFirstAttachmentDeletion = 11;

class Reader {
public:
    explicit Reader(const DownloadTaker& taker) : taker_(taker) {}

    void take(const JsonPath& path, Json&& element) {
        const std::size_t pattern = path.pattern();
        const bool whole = pattern == kWholeLayer || pattern == kWholeAttachments;
        const Key key{whole, path.index(0)};
        if (second_pass_) {
            const auto found = missed_.find(key);
            if (found != missed_.end()) hand_over(*found->second, pattern, std::move(element));
            return;
        }
        // "id" stands in the layer's object: around "features", but for whole layers next to it.
        const auto id = wire::to_int64(path.sibling("id", whole ? 0 : 1));
        if (id && missed_.count(key) == 0) {
            hand_over(layer_id(*id), pattern, std::move(element));
        } else {
            missed_.emplace(key, std::nullopt);
        }
    }

    /// Layers whose number came after their features are found by their place. True when there
    /// are any.
    bool needs_second_pass(const Json& root) {
        for (auto& [key, layer] : missed_) {
            const Json* list = root.find(key.first ? "layers" : "edits");
            const bool there =
                list != nullptr && list->array() != nullptr && key.second < list->array()->size();
            const auto id =
                there ? wire::to_int64((*list->array())[key.second].find("id")) : std::nullopt;
            if (!id) throw Error(Status::Protocol, "the answer holds edits of a layer without id");
            layer = layer_id(*id);
        }
        second_pass_ = true;
        return !missed_.empty();
    }

private:
    using Key = std::pair<bool, std::size_t>;  // whole layer?, index

    /// No other layer may be taken for one whose number we cannot keep.
    static LayerId layer_id(std::int64_t id) { return wire::kept_layer_id(id, ""); }

    void hand_over(LayerId layer, std::size_t pattern, Json&& element) {
        if (pattern >= kFirstAttachmentDeletion) {
            if (taker_.attachment_deletion) taker_.attachment_deletion(layer, element);
        } else if (pattern >= kFirstAttachment) {
            using Arrival = AttachmentLane::Arrival;
            const auto arrival = pattern == kAttachmentUpdate ? Arrival::Update : Arrival::Add;
            if (taker_.attachment) taker_.attachment(layer, arrival, std::move(element));
        } else if (pattern >= kFirstResult) {
            const auto kind = static_cast<NetEdit::Kind>(pattern - kFirstResult + 1);
            if (taker_.result) taker_.result(layer, kind, element);
        } else if (pattern >= kFirstDeletion) {
            if (taker_.deletion) taker_.deletion(layer, element);
        } else if (pattern == kWholeLayer && taker_.whole_row) {
            taker_.whole_row(layer, std::move(element));
        } else if (taker_.feature) {
            taker_.feature(layer, std::move(element));
        }
    }

    const DownloadTaker& taker_;
    std::map<Key, std::optional<LayerId>> missed_;
    bool second_pass_ = false;
};

}  // namespace

Answer read_download(const http::Response& response, std::string_view what,
                     const DownloadTaker& taker) {
    Reader reader(taker);
    const Streamed streamed{kPaths, [&](const JsonPath& path, Json&& element) {
                                reader.take(path, std::move(element));
                            }};
    Answer answer = read_answer(response, what, streamed);
    if (answer.kind == Answer::Kind::Good && reader.needs_second_pass(answer.root)) {
        read_answer(response, what, streamed);
    }
    return answer;
}

}  // namespace rhumb::sync
