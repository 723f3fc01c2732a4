// SPDX-License-Identifier: Apache-2.0
#include "runtime/capi/transfer_arguments.hpp"

#include "runtime/capi/guard.hpp"
#include "runtime/capi/handles.hpp"
#include "runtime/capi/host_credentials.hpp"
#include "runtime/capi/init.hpp"

#include <cmath>
#include <utility>

namespace rhumb::capi {
namespace {

sync::OnProgress progress_of(rhumb_progress_callback callback,
                             std::shared_ptr<HostContext> context) {
    if (callback == nullptr) return [context](const sync::Progress&) {};
    return [callback, context = std::move(context)](const sync::Progress& progress) {
        rhumb_progress out{};
        out.size = sizeof out;
        out.phase = static_cast<std::int32_t>(progress.phase);
        out.what = view(progress.what);
        out.done = progress.done;
        out.total = progress.total;
        callback(context->get(), &out);
    };
}

std::optional<wire::SyncModel> model_of(std::int32_t model) {
    switch (model) {
        case RHUMB_MODEL_DEFAULT:
            return std::nullopt;
        case RHUMB_MODEL_PER_REPLICA:
            return wire::SyncModel::PerReplica;
        case RHUMB_MODEL_PER_LAYER:
            return wire::SyncModel::PerLayer;
        default:
            break;
    }
    throw Error(Status::InvalidArgument, "argument 'options->model' is " + std::to_string(model) +
                                             ", which is no rhumb_sync_model");
}

wire::SyncDirection direction_of(const char* argument, std::int32_t direction) {
    switch (direction) {
        case RHUMB_DIRECTION_DOWNLOAD:
            return wire::SyncDirection::Download;
        case RHUMB_DIRECTION_UPLOAD:
            return wire::SyncDirection::Upload;
        case RHUMB_DIRECTION_BIDIRECTIONAL:
            return wire::SyncDirection::Bidirectional;
        case RHUMB_DIRECTION_SNAPSHOT:
            return wire::SyncDirection::Snapshot;
        default:
            break;
    }
    throw Error(Status::InvalidArgument, std::string("argument '") + argument + "' is " +
                                             std::to_string(direction) +
                                             ", which is no rhumb_sync_direction for it");
}

geodb::Envelope extent_of(const rhumb_envelope& extent) {
    const bool is_box = std::isfinite(extent.min_x) && std::isfinite(extent.max_x) &&
                        std::isfinite(extent.min_y) && std::isfinite(extent.max_y) &&
                        extent.min_x <= extent.max_x && extent.min_y <= extent.max_y;
    if (is_box) return {extent.min_x, extent.min_y, extent.max_x, extent.max_y};
    throw Error(Status::InvalidArgument,
                "argument 'options->extent' is turned round or not finite");
}

std::optional<sync::AttachmentPolicy> policy_of(std::int32_t policy) {
    if (policy == 0) return std::nullopt;
    if (policy >= 1 && policy <= 3) return static_cast<sync::AttachmentPolicy>(policy);
    throw Error(Status::InvalidArgument, "argument 'options->attachments' is " +
                                             std::to_string(policy) +
                                             ", no rhumb_attachment_policy");
}

void read_layers(const rhumb_create_options& asked, sync::CreateOptions& out) {
    if (asked.layers != nullptr) {
        out.layers.emplace();
        for (std::size_t i = 0; i < asked.layer_count; ++i) {
            out.layers->push_back({asked.layers[i]});
        }
    }
    if (asked.where == nullptr) return;
    for (std::size_t i = 0; i < asked.where_count; ++i) {
        const rhumb_layer_where& filter = asked.where[i];
        const bool is_new =
            out.where.emplace(geodb::LayerId{filter.layer}, text_of(filter.where, "options->where"))
                .second;
        if (is_new) continue;
        throw Error(Status::InvalidArgument, "argument 'options->where' has layer " +
                                                 std::to_string(filter.layer) + " twice");
    }
}

void read_wishes(const rhumb_create_options& asked, sync::CreateOptions& out) {
    if (asked.wishes == nullptr) return;
    for (std::size_t i = 0; i < asked.wish_count; ++i) {
        const rhumb_layer_wish& wish = asked.wishes[i];
        const bool known =
            wish.query_option >= RHUMB_QUERY_DEFAULT && wish.query_option <= RHUMB_QUERY_NONE;
        if (!known || out.layer_wishes.count({wish.layer}) > 0) {
            throw Error(Status::InvalidArgument,
                        "argument 'options->wishes' has layer " + std::to_string(wish.layer) +
                            (known ? " twice" : " with no rhumb_query_option"));
        }
        sync::LayerWish& to = out.layer_wishes[{wish.layer}];
        if (wish.query_option != RHUMB_QUERY_DEFAULT) {
            to.option = static_cast<wire::QueryOption>(wish.query_option);
        }
        if (wish.no_geometry != 0) to.use_geometry = false;
        if (wish.related != 0) to.include_related = true;
    }
}

void read_policies(const rhumb_create_options& asked, sync::CreateOptions& out) {
    if (asked.policies == nullptr) return;
    for (std::size_t i = 0; i < asked.policy_count; ++i) {
        const rhumb_layer_policy& given = asked.policies[i];
        const bool known = given.policy >= RHUMB_POLICY_LAST && given.policy <= RHUMB_POLICY_ASK;
        const bool is_new = known && out.policies
                                         .emplace(geodb::LayerId{given.layer},
                                                  static_cast<sync::MergePolicy>(given.policy))
                                         .second;
        if (is_new) continue;
        throw Error(Status::InvalidArgument,
                    "argument 'options->policies' has layer " + std::to_string(given.layer) +
                        (known ? " twice" : " with no rhumb_merge_policy"));
    }
}

void read_layer_directions(const rhumb_sync_options& asked, sync::SyncOptions& out) {
    if (asked.layer_directions == nullptr) return;
    for (std::size_t i = 0; i < asked.layer_direction_count; ++i) {
        const rhumb_layer_direction& given = asked.layer_directions[i];
        std::optional<wire::SyncDirection> direction;
        if (given.direction != RHUMB_DIRECTION_NONE) {
            direction = direction_of("options->layer_directions", given.direction);
        }
        if (out.layer_directions.emplace(geodb::LayerId{given.layer}, direction).second) continue;
        throw Error(Status::InvalidArgument, "argument 'options->layer_directions' has layer " +
                                                 std::to_string(given.layer) + " twice");
    }
}

}  // namespace

HostTransfer host_transfer(std::shared_ptr<runtime::OpenGeodatabase> geodatabase,
                           const rhumb_transfer_options* options, runtime::MakeLadder make_ladder) {
    const auto asked = options_of(options, rhumb_transfer_options_init, "transfer");
    HostTransfer out;
    out.context = std::make_shared<HostContext>(asked.context, asked.release_context);
    out.transfer.make_ladder = std::move(make_ladder);
    out.transfer.on_progress = progress_of(asked.on_progress, out.context);
    if (asked.cancel != nullptr) out.transfer.cancel = asked.cancel->token;
    if (asked.extra_ca_file.size > 0) {
        out.transfer.extra_ca_file = name_of(asked.extra_ca_file, "transfer->extra_ca_file");
    }
    out.transfer.credentials = credentials_of(asked, out.context);
    out.transfer.claim =
        std::make_shared<runtime::OpenGeodatabase::SyncClaim>(std::move(geodatabase));
    return out;
}

runtime::MakeLadder creation(const rhumb_create_options* options) {
    require(options, "options");
    const auto asked = options_of(options, rhumb_create_options_init, "options");
    sync::CreateOptions out;
    out.service_url = name_of(asked.service_url, "options->service_url");
    read_layers(asked, out);
    if (asked.has_extent != 0) out.extent = extent_of(asked.extent);
    if (asked.extent_epsg != 0) out.extent_epsg = asked.extent_epsg;
    out.model = model_of(asked.model);
    out.name = text_of(asked.name, "options->name");
    out.attachments = policy_of(asked.attachments).value_or(out.attachments);
    if (asked.replica_epsg != 0) out.replica_epsg = asked.replica_epsg;
    out.area = text_of(asked.area, "options->area");
    if (out.extent && !out.area.empty()) {
        throw Error(Status::InvalidArgument,
                    "arguments 'options->extent' and 'options->area': one of them is wanted");
    }
    read_wishes(asked, out);
    read_policies(asked, out);
    return runtime::create_or_resume(std::move(out));
}

runtime::MakeLadder synchronization(const rhumb_sync_options* options) {
    const auto asked = options_of(options, rhumb_sync_options_init, "options");
    sync::SyncOptions out;
    out.direction = direction_of("options->direction", asked.direction);
    read_layer_directions(asked, out);
    out.rollback_on_failure = asked.rollback_on_failure != 0;
    out.close_replica = asked.close_replica != 0;
    out.attachments = policy_of(asked.attachments);
    out.renew_unknown = asked.renew_unknown != 0;
    return [out](geodb::Geodatabase& geodatabase, sync::OnProgress on_progress) {
        return sync::synchronize_ladder(geodatabase, out, std::move(on_progress));
    };
}

runtime::MakeLadder unregistration() {
    return [](geodb::Geodatabase& geodatabase, const sync::OnProgress&) {
        return sync::unregister_ladder(geodatabase);
    };
}

}  // namespace rhumb::capi

using rhumb::capi::init;

void rhumb_transfer_options_init(rhumb_transfer_options* options) {
    init(options);
}
void rhumb_create_options_init(rhumb_create_options* options) {
    init(options);
}

void rhumb_sync_options_init(rhumb_sync_options* options) {
    init(options);
    if (options != nullptr) options->direction = RHUMB_DIRECTION_BIDIRECTIONAL;
}
