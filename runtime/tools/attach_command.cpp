// SPDX-License-Identifier: Apache-2.0
//
// rhumb attach and rhumb attachments: files of features, put in, listed and taken out.

#include "geodb/attachments/attachment_files.hpp"
#include "geodb/geodatabase.hpp"
#include "geodb/sqlite/transaction.hpp"
#include "platform/error.hpp"
#include "platform/text.hpp"
#include "runtime/tools/commands.hpp"
#include "runtime/tools/options.hpp"
#include "runtime/tools/output.hpp"
#include "runtime/tools/replica_file.hpp"
#include "runtime/tools/session.hpp"
#include "sync/replica/attachment_lane.hpp"

namespace rhumb::tool {
namespace {

using geodb::Attachment;
using geodb::AttachmentState;
using geodb::ContentState;

geodb::GlobalId read_global_id(const std::string& text) {
    if (const auto uuid = Uuid::parse(text)) return {*uuid};
    throw UsageError("'" + excerpt(text, 60) + "' is no GlobalID");
}

std::string state_text(const Attachment& attachment, const AttachmentState& state) {
    std::string text;
    switch (state.state) {
        case ContentState::Remote:
            text = "at the service";
            break;
        case ContentState::Wanted:
            text = "wanted";
            break;
        case ContentState::Partial:
            text = bytes_text(state.have) + " of " + bytes_text(attachment.size);
            break;
        case ContentState::Present:
            text = "here";
            break;
        case ContentState::Failed:
            text = "failed: " + state.failure;
            break;
    }
    return text + (state.pending ? ", not sent yet" : "");
}

wire::Json as_json(const Attachment& attachment, const AttachmentState& state,
                   geodb::Geodatabase& file) {
    static constexpr const char* kWords[]{"", "remote", "wanted", "partial", "present", "failed"};
    return wire::Json::Object{
        {"globalId", attachment.global_id.value.braced()},
        {"layer", file.layer(attachment.layer).name},
        {"feature", attachment.parent.value.braced()},
        {"name", attachment.name},
        {"contentType", attachment.content_type},
        {"size", attachment.size},
        {"keywords", attachment.keywords},
        {"sha256", attachment.content ? wire::Json(attachment.content->hex()) : wire::Json()},
        {"state", kWords[static_cast<int>(state.state)]},
        {"have", state.have},
        {"pending", state.pending},
        {"failure", state.failure}};
}

int list(geodb::Geodatabase& file, Session& session) {
    sync::AttachmentLane lane(file);
    wire::Json all = wire::Json::Array{};
    Table table;
    for (const geodb::Layer& layer : file.layers()) {
        lane.attachments().each(layer.id, [&](const Attachment& attachment) {
            const AttachmentState state = lane.state(attachment);
            if (session.json()) {
                all.push(as_json(attachment, state, file));
            } else {
                table.add({attachment.global_id.value.braced(), layer.name,
                           attachment.parent.value.braced(), attachment.name,
                           bytes_text(attachment.size), state_text(attachment, state)});
            }
        });
    }
    const auto problems = geodb::check_attachments(file);
    if (session.json()) {
        wire::Json found = wire::Json::Array{};
        for (const std::string& problem : problems) found.push(problem);
        print_json(
            wire::Json::Object{{"attachments", std::move(all)}, {"problems", std::move(found)}});
    } else {
        table.print();
        for (const std::string& problem : problems) print("  problem: " + problem);
    }
    return kDone;
}

int get(geodb::Geodatabase& file, const AttachmentsArguments& arguments, Session& session) {
    const geodb::GlobalId id = read_global_id(arguments.attachment);
    const auto attachment = geodb::Attachments(file).find(id);
    if (!attachment) throw Error(Status::NotFound, "there is no attachment " + id.value.braced());
    // Its name comes from somebody else: never a folder of it.
    std::filesystem::path to = std::filesystem::path(attachment->name).filename();
    if (arguments.output) to = *arguments.output;
    if (to.empty() || to == "." || to == "..") to = "attachment";
    geodb::save_attachment(file, id, to);
    if (session.json()) {
        print_json(wire::Json::Object{
            {"globalId", id.value.braced()}, {"file", to.string()}, {"size", attachment->size}});
    } else {
        print(to.string() + ", " + bytes_text(attachment->size));
    }
    return kDone;
}

int clean(const AttachmentsArguments& arguments, Session& session) {
    auto file = geodb::Geodatabase::open(arguments.file, session.world());
    if (replica_state(file) != ReplicaState::None) require_ready(file);
    geodb::sqlite::Transaction transaction(file.database());
    const std::int64_t removed = geodb::remove_orphans(file);
    if (removed > 0) geodb::Attachments(file).contents().reclaim(true);
    transaction.commit();
    file.hand_over();
    if (session.json()) {
        print_json(wire::Json::Object{{"removed", removed}});
    } else {
        print(counted(removed, "attachment") + " without a feature removed");
    }
    return kDone;
}

}  // namespace

int run(const AttachArguments& arguments, Session& session) {
    const geodb::GlobalId feature = read_global_id(arguments.feature);
    auto file = geodb::Geodatabase::open(arguments.file, session.world());
    if (replica_state(file) != ReplicaState::None) require_ready(file);
    geodb::AttachmentPlan plan;
    plan.layer = file.layer(arguments.layer).id;
    plan.feature = feature;
    plan.keywords = arguments.keywords;
    wire::Json made = wire::Json::Array{};
    for (const auto& source : arguments.sources) {
        const Attachment attachment = geodb::attach_file(file, plan, source);
        made.push(wire::Json::Object{{"globalId", attachment.global_id.value.braced()},
                                     {"name", attachment.name},
                                     {"size", attachment.size}});
        if (session.json()) continue;
        print("attached " + attachment.name + " (" + bytes_text(attachment.size) + ") as " +
              attachment.global_id.value.braced());
    }
    file.hand_over();
    if (session.json()) print_json(wire::Json::Object{{"attached", std::move(made)}});
    return kDone;
}

int run(const AttachmentsArguments& arguments, Session& session) {
    if (arguments.action == "clean") return clean(arguments, session);
    auto file =
        geodb::Geodatabase::open(arguments.file, session.world(), geodb::Geodatabase::Access::Read);
    if (arguments.action == "list") return list(file, session);
    return get(file, arguments, session);
}

}  // namespace rhumb::tool
