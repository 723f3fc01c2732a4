// SPDX-License-Identifier: Apache-2.0
#include "rhumb/attachments.h"

#include "geodb/attachments/attachment_files.hpp"
#include "geodb/sqlite/transaction.hpp"
#include "runtime/capi/guard.hpp"
#include "runtime/capi/handles.hpp"
#include "runtime/capi/init.hpp"
#include "runtime/capi/transfer_arguments.hpp"
#include "runtime/capi/views.hpp"
#include "runtime/worker/writer_turn.hpp"
#include "sync/client/attachment_ladder.hpp"
#include "sync/replica/attachment_lane.hpp"

#include <algorithm>
#include <vector>

using namespace rhumb::capi;
using rhumb::Error;
using rhumb::Status;
using rhumb::geodb::Attachment;
using rhumb::geodb::AttachmentPlan;
using rhumb::geodb::AttachmentState;
using rhumb::geodb::Geodatabase;
using rhumb::geodb::GlobalId;
using rhumb::geodb::LayerId;
using rhumb::runtime::OpenGeodatabase;
using rhumb::sync::AttachmentLane;
using rhumb::sync::AttachmentPolicy;

struct rhumb_attachments {
    struct Entry {
        Attachment attachment;
        AttachmentState state;
    };
    std::vector<Entry> entries;
};

namespace {

GlobalId id_of(const rhumb_guid* guid, const char* argument) {
    require(guid, argument);
    return {uuid_of(*guid)};
}

AttachmentPlan plan_of(int32_t layer, const rhumb_guid* feature,
                       const rhumb_attachment_options* options) {
    const auto asked = options_of(options, rhumb_attachment_options_init, "options");
    AttachmentPlan plan;
    plan.layer = {layer};
    plan.feature = id_of(feature, "feature");
    plan.name = text_of(asked.name, "options->name");
    plan.content_type = text_of(asked.content_type, "options->content_type");
    plan.keywords = text_of(asked.keywords, "options->keywords");
    return plan;
}

/// Runs `edit` with the connection that writes, in its turn.
template <class Edit>
void with_writer(OpenGeodatabase& open, Edit&& edit) {
    open.writer();  // read only is said before any waiting
    const rhumb::runtime::WriterTurn turn(open.gate());
    edit(open.writer());
}

AttachmentPolicy policy_of(int32_t policy) {
    if (policy >= RHUMB_ATTACHMENTS_NONE && policy <= RHUMB_ATTACHMENTS_ALL) {
        return static_cast<AttachmentPolicy>(policy);
    }
    throw Error(Status::InvalidArgument,
                "argument 'policy' is " + std::to_string(policy) + ", no rhumb_attachment_policy");
}

void want(Geodatabase& geodatabase, const GlobalId& attachment) {
    rhumb::geodb::sqlite::Transaction transaction(geodatabase.database());
    AttachmentLane(geodatabase).want(attachment);
    transaction.commit();
}

/// A ladder that is at its end from the start.
class NothingToDo final : public rhumb::sync::Ladder {
public:
    std::optional<rhumb::http::TransportRequest> next_request() override { return std::nullopt; }
    void take_result(rhumb::http::TransportResult) override {}
    std::int64_t wait_ms() const override { return 0; }
    int failures_in_a_row() const override { return 0; }
    const std::string& last_failure() const override { return none_; }
    Status failure_status() const override { return Status::Ok; }
    const rhumb::sync::SyncReport& report() const override { return report_; }

private:
    std::string none_;
    rhumb::sync::SyncReport report_;
};

rhumb::runtime::MakeLadder fetching(const GlobalId& attachment) {
    return [attachment](Geodatabase& geodatabase, rhumb::sync::OnProgress on_progress) {
        want(geodatabase, attachment);
        rhumb::sync::AttachmentRun run;
        run.upload.emplace();
        auto ladder = rhumb::sync::attachment_ladder(geodatabase, run, std::move(on_progress));
        return ladder ? std::move(ladder) : std::make_unique<NothingToDo>();
    };
}

}  // namespace

void rhumb_attachment_init(rhumb_attachment* attachment) {
    init(attachment);
}
void rhumb_attachment_options_init(rhumb_attachment_options* options) {
    init(options);
}

rhumb_status rhumb_attachments_list(rhumb_geodatabase* geodatabase, int32_t layer,
                                    const rhumb_guid* feature, rhumb_attachments** out_list,
                                    rhumb_error* error) {
    return guard(error, [&] {
        require_output(out_list, "out_list");
        require(geodatabase, "geodatabase");
        const OpenGeodatabase::Reader reader(geodatabase->open);
        reader->layer(LayerId{layer});  // throws when there is none
        auto list = std::make_unique<rhumb_attachments>();
        AttachmentLane lane(*reader);
        const auto add = [&](const Attachment& attachment) {
            list->entries.push_back({attachment, {}});
        };
        if (feature == nullptr) {
            lane.attachments().each({layer}, add);
        } else {
            for (const auto& each : lane.attachments().of_feature({layer}, {uuid_of(*feature)})) {
                add(each);
            }
        }
        for (auto& entry : list->entries) entry.state = lane.state(entry.attachment);
        *out_list = list.release();
    });
}

void rhumb_attachments_release(rhumb_attachments* list) {
    delete list;
}

size_t rhumb_attachments_count(const rhumb_attachments* list) {
    return list == nullptr ? 0 : list->entries.size();
}

rhumb_status rhumb_attachments_get(const rhumb_attachments* list, size_t index,
                                   rhumb_attachment* out_attachment, rhumb_error* error) {
    return guard(error, [&] {
        require(list, "list");
        require_sized(out_attachment, "out_attachment");
        const auto& [attachment, state] = element_of(list->entries, index, "index");
        rhumb_attachment out;
        rhumb_attachment_init(&out);
        out.global_id = guid_of(attachment.global_id.value);
        out.feature = guid_of(attachment.parent.value);
        out.layer = attachment.layer.value;
        out.state = static_cast<int32_t>(state.state);
        out.name = view(attachment.name);
        out.content_type = view(attachment.content_type);
        out.keywords = view(attachment.keywords);
        out.bytes = attachment.size;
        out.have = state.have;
        out.pending = state.pending ? 1 : 0;
        out.kept = state.kept ? 1 : 0;
        out.failure = view(state.failure);
        if (attachment.content) {
            std::copy(attachment.content->bytes.begin(), attachment.content->bytes.end(),
                      out.sha256);
        }
        *out_attachment = out;
    });
}

rhumb_status rhumb_attachment_add_file(rhumb_geodatabase* geodatabase, int32_t layer,
                                       const rhumb_guid* feature, rhumb_str path,
                                       const rhumb_attachment_options* options,
                                       rhumb_guid* out_attachment, rhumb_error* error) {
    return guard(error, [&] {
        require(geodatabase, "geodatabase");
        const AttachmentPlan plan = plan_of(layer, feature, options);
        const std::string file = name_of(path, "path");
        with_writer(*geodatabase->open, [&](Geodatabase& writer) {
            const Attachment made = rhumb::geodb::attach_file(writer, plan, file);
            if (out_attachment != nullptr) *out_attachment = guid_of(made.global_id.value);
        });
    });
}

rhumb_status rhumb_attachment_add_bytes(rhumb_geodatabase* geodatabase, int32_t layer,
                                        const rhumb_guid* feature, rhumb_bytes content,
                                        const rhumb_attachment_options* options,
                                        rhumb_guid* out_attachment, rhumb_error* error) {
    return guard(error, [&] {
        require(geodatabase, "geodatabase");
        const AttachmentPlan plan = plan_of(layer, feature, options);
        if (content.size > 0) require(content.data, "content");
        const std::string_view bytes(reinterpret_cast<const char*>(content.data), content.size);
        with_writer(*geodatabase->open, [&](Geodatabase& writer) {
            const Attachment made = rhumb::geodb::attach_bytes(writer, plan, bytes);
            if (out_attachment != nullptr) *out_attachment = guid_of(made.global_id.value);
        });
    });
}

rhumb_status rhumb_attachment_replace_file(rhumb_geodatabase* geodatabase,
                                           const rhumb_guid* attachment, rhumb_str path,
                                           rhumb_error* error) {
    return guard(error, [&] {
        require(geodatabase, "geodatabase");
        const GlobalId id = id_of(attachment, "attachment");
        const std::string file = name_of(path, "path");
        with_writer(*geodatabase->open, [&](Geodatabase& writer) {
            rhumb::geodb::replace_with_file(writer, id, file);
        });
    });
}

rhumb_status rhumb_attachment_delete(rhumb_geodatabase* geodatabase, const rhumb_guid* attachment,
                                     rhumb_error* error) {
    return guard(error, [&] {
        require(geodatabase, "geodatabase");
        const GlobalId id = id_of(attachment, "attachment");
        with_writer(*geodatabase->open,
                    [&](Geodatabase& writer) { rhumb::geodb::remove_attachment(writer, id); });
    });
}

rhumb_status rhumb_attachment_read(rhumb_geodatabase* geodatabase, const rhumb_guid* attachment,
                                   rhumb_piece_callback on_piece, void* context,
                                   rhumb_error* error) {
    return guard(error, [&] {
        require(geodatabase, "geodatabase");
        if (on_piece == nullptr) {
            throw Error(Status::InvalidArgument, "argument 'on_piece' is NULL");
        }
        const OpenGeodatabase::Reader reader(geodatabase->open);
        rhumb::geodb::read_attachment(
            *reader, id_of(attachment, "attachment"), [&](std::string_view piece) {
                const auto* data = reinterpret_cast<const uint8_t*>(piece.data());
                return on_piece(context, {data, piece.size()}) != 0;
            });
    });
}

rhumb_status rhumb_attachment_save(rhumb_geodatabase* geodatabase, const rhumb_guid* attachment,
                                   rhumb_str path, rhumb_error* error) {
    return guard(error, [&] {
        require(geodatabase, "geodatabase");
        const OpenGeodatabase::Reader reader(geodatabase->open);
        rhumb::geodb::save_attachment(*reader, id_of(attachment, "attachment"),
                                      name_of(path, "path"));
    });
}

rhumb_status rhumb_attachment_want(rhumb_geodatabase* geodatabase, const rhumb_guid* attachment,
                                   rhumb_error* error) {
    return guard(error, [&] {
        require(geodatabase, "geodatabase");
        const GlobalId id = id_of(attachment, "attachment");
        with_writer(*geodatabase->open, [&](Geodatabase& writer) { want(writer, id); });
    });
}

rhumb_status rhumb_attachment_fetch(rhumb_replica* replica, const rhumb_guid* attachment,
                                    const rhumb_transfer_options* transfer,
                                    rhumb_sync_report** out_report, rhumb_error* error) {
    return guard(error, [&] {
        if (out_report != nullptr) *out_report = nullptr;
        require(replica, "replica");
        auto host =
            host_transfer(replica->open, transfer, fetching(id_of(attachment, "attachment")));
        auto made = std::make_unique<rhumb_sync_report>();
        made->report = rhumb::runtime::run_transfer(std::move(host.transfer));
        if (out_report != nullptr) *out_report = made.release();
    });
}

rhumb_status rhumb_attachment_get_policy(rhumb_replica* replica, int32_t layer, int32_t* out_policy,
                                         rhumb_error* error) {
    return guard(error, [&] {
        require(replica, "replica");
        require(out_policy, "out_policy");
        const OpenGeodatabase::Reader reader(replica->open);
        reader->layer(LayerId{layer});
        *out_policy = static_cast<int32_t>(AttachmentLane(*reader).policy({layer}));
    });
}

rhumb_status rhumb_attachment_set_policy(rhumb_replica* replica, int32_t layer, int32_t policy,
                                         rhumb_error* error) {
    return guard(error, [&] {
        require(replica, "replica");
        const AttachmentPolicy wished = policy_of(policy);
        with_writer(*replica->open, [&](Geodatabase& writer) {
            AttachmentLane lane(writer);
            const auto& name = writer.layer(LayerId{layer}).name;
            if (!lane.agreed()) {
                throw Error(Status::Unsupported, "layer '" + name +
                                                     "': the service has no attachments for this "
                                                     "replica");
            }
            rhumb::geodb::sqlite::Transaction transaction(writer.database());
            lane.set_policy({layer}, wished);
            transaction.commit();
        });
    });
}
