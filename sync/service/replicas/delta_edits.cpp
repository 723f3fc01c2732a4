// SPDX-License-Identifier: Apache-2.0
#include "sync/service/replicas/delta_edits.hpp"

#include "platform/error.hpp"
#include "platform/text.hpp"
#include "sync/delta/delta_attachments.hpp"
#include "sync/delta/delta_reader.hpp"
#include "sync/service/replicas/attachment_rows.hpp"
#include "sync/service/replicas/sibling_generations.hpp"
#include "sync/wire/layer_json.hpp"

#include <algorithm>
#include <utility>

namespace rhumb::service {
namespace {

using delta::DeltaReader;
using wire::Json;

/// What is wrong with the file is the caller's fault, not ours.
template <class Read>
auto blaming_caller(const Read& read) {
    try {
        return read();
    } catch (const Error& error) {
        if (error.status() != Status::CorruptData && error.status() != Status::SchemaChanged) throw;
        throw Error(Status::InvalidArgument, error.message());
    }
}

class DeltaEdits final : public EditsSource {
public:
    DeltaEdits(const Call& call, const UploadedFile& file)
        : call_(call),
          store_(call.store),
          name_("upload item '" + excerpt(file.name, 60) + "'"),
          batch_(Uuid::parse(call.parameters.get("rhumbBatchId"))),
          reader_(blaming_caller([&] { return DeltaReader(file.path, name_); })) {
        Json::Array layers;
        for (const delta::LayerHead& head : reader_.header().layers) {
            if (head.counts.total() == 0) continue;
            if (const auto owner = delta::layer_of_attachments(head.terms.layer)) {
                kinds_.attachments = true;
                layers.push_back(Json::Object{{"id", owner->value}});
                continue;
            }
            kinds_.adds = kinds_.adds || head.counts.adds > 0;
            kinds_.updates = kinds_.updates || head.counts.updates > 0;
            kinds_.deletes = kinds_.deletes || head.counts.deletes > 0;
            layers.push_back(Json::Object{{"id", head.terms.layer.value}});
        }
        outline_ = Json(std::move(layers));
    }

    EditKinds kinds() const override { return kinds_; }
    const Json& outline() const override { return outline_; }
    void each_piece(const OnEdits&) const override {}
    bool has_rows() const override { return true; }

    void each_row(const ReplicaRecord& replica, const std::vector<LayerId>& wanted,
                  RowTaker& taker) const override {
        const std::vector<const Layer*> layers = checked_layers(replica, wanted);
        blaming_caller([&] {
            each(delta::Kind::Add, layers,
                 [&](LayerId layer, delta::Row& row) { taker.add(layer, feature_of(row)); });
            each(delta::Kind::Update, layers,
                 [&](LayerId layer, delta::Row& row) { taker.update(layer, feature_of(row)); });
            // Children go before their parents.
            each(delta::Kind::Delete, {layers.rbegin(), layers.rend()},
                 [&](LayerId layer, delta::Row& row) { taker.erase(layer, row.feature); });
            for (const Layer* layer : layers) {
                each_attachment_list(reader_, layer->id, [&](const Json& lists) {
                    taker.attachments(layer->id, lists);
                });
            }
            return true;
        });
    }

private:
    using OnLayerRow = std::function<void(LayerId, delta::Row&)>;

    [[noreturn]] void refuse(const std::string& why) const {
        throw Error(Status::InvalidArgument, name_ + " " + why);
    }

    /// What another service gave away for this replica, carried here as it came. It must begin
    /// where its edits ended that are in, lest some are missed.
    void check_of_sibling(const ReplicaRecord& replica) const {
        if (replica.terms.target != wire::TargetType::Server) {
            refuse("is a download, not edits of a replica");
        }
        const ReplicaRecord after = read_siblings(call_, replica).with(replica);
        const delta::Header& header = reader_.header();
        for (const delta::LayerHead& head : header.layers) {
            const delta::LayerTerms& terms = head.terms;
            if (terms.whole || !terms.base) refuse("holds whole layers, not edits");
            const LayerId layer = delta::layer_of_attachments(terms.layer).value_or(terms.layer);
            const auto stored = sibling_of(replica, layer);
            if (stored && *terms.base > stored->value) {
                refuse("begins after generation " + std::to_string(*terms.base) +
                       " of the other service, whose edits are in up to " +
                       std::to_string(stored->value) + " only");
            }
            const auto reached = terms.result ? terms.result : header.result;
            const auto said = sibling_of(after, layer);
            if (!said || reached != said->value) {
                refuse("does not reach to the sibling generation that the call states");
            }
        }
    }

    /// They follow their layer; what is checked of it holds for them.
    void check_attachments(const delta::Header& header, const delta::LayerHead& head,
                           LayerId owner) const {
        if (reader_.layer(owner) == nullptr) {
            refuse("has attachments of layer " + std::to_string(owner.value) +
                   ", of which it tells nothing else");
        }
        if (header.direction != delta::Direction::Download) {
            refuse("has attachments, which go up behind the edits");
        }
        if (head.terms.fingerprint != delta::kAttachmentsFingerprint) {
            refuse("tells attachments in a form of its own");
        }
    }

    std::vector<const Layer*> checked_layers(const ReplicaRecord& replica,
                                             const std::vector<LayerId>& wanted) const {
        const delta::Header& header = reader_.header();
        if (header.replica != replica.id) {
            refuse("holds edits of replica " + header.replica.braced() + ", not of " +
                   replica.id.braced());
        }
        if (header.direction == delta::Direction::Download) {
            check_of_sibling(replica);
        } else if (batch_ && header.batch != batch_) {
            refuse("holds another batch than 'rhumbBatchId'");
        }
        std::vector<const Layer*> layers;
        for (const delta::LayerHead& head : header.layers) {
            const LayerId id = head.terms.layer;
            if (const auto owner = delta::layer_of_attachments(id)) {
                check_attachments(header, head, *owner);
                continue;
            }
            if (replica.layer(id) == nullptr) {
                refuse("names layer " + std::to_string(id.value) + ", which is not in the replica");
            }
            const Layer& layer = store_.layer(id);
            if (head.terms.fingerprint != wire::schema_fingerprint(layer)) {
                refuse("was made for another schema of layer '" + layer.name + "'");
            }
            const bool uploads = std::find(wanted.begin(), wanted.end(), id) != wanted.end();
            if (uploads) layers.push_back(&layer);
        }
        const std::vector<LayerId> order = layers_parents_first(store_);
        const auto place = [&](const Layer* layer) {
            return std::find(order.begin(), order.end(), layer->id) - order.begin();
        };
        std::stable_sort(layers.begin(), layers.end(),
                         [&](const Layer* a, const Layer* b) { return place(a) < place(b); });
        return layers;
    }

    void each(delta::Kind kind, const std::vector<const Layer*>& layers,
              const OnLayerRow& on_row) const {
        for (const Layer* layer : layers) {
            reader_.each(kind, *layer, [&](delta::Row& row) { on_row(layer->id, row); });
        }
    }

    static wire::FeatureJson feature_of(delta::Row& row) {
        wire::FeatureJson feature;
        feature.has_global_id = true;
        feature.global_id = row.feature;
        feature.values = std::move(row.values);
        return feature;
    }

    const Call& call_;
    const Store& store_;
    std::string name_;
    std::optional<Uuid> batch_;
    mutable DeltaReader reader_;
    EditKinds kinds_;
    Json outline_;
};

}  // namespace

std::unique_ptr<EditsSource> delta_edits(const Call& call, const UploadedFile& file) {
    return std::make_unique<DeltaEdits>(call, file);
}

}  // namespace rhumb::service
