// SPDX-License-Identifier: Apache-2.0
//
// rhumb explain: why is this edit not on the server?

#include "platform/date_time.hpp"
#include "platform/error.hpp"
#include "runtime/tools/commands.hpp"
#include "runtime/tools/output.hpp"
#include "runtime/tools/replica_file.hpp"
#include "runtime/tools/session.hpp"
#include "sync/client/explanation.hpp"

namespace rhumb::tool {
namespace {

using geodb::GlobalId;
using geodb::Layer;
using wire::Json;

GlobalId feature_of(const std::string& text) {
    if (const auto uuid = Uuid::parse(text)) return {*uuid};
    throw Error(Status::InvalidArgument, "'" + text + "' is no GlobalID");
}

}  // namespace

int run(const ExplainArguments& arguments, Session& session) {
    const GlobalId feature = feature_of(arguments.feature);
    auto file =
        geodb::Geodatabase::open(arguments.file, session.world(), geodb::Geodatabase::Access::Read);
    const ReplicaState state = replica_state(file);
    if (state == ReplicaState::None || state == ReplicaState::HalfMade) require_ready(file);
    const Layer& layer = file.layer(arguments.layer);
    const sync::Explanation explanation = sync::explain(file, layer, feature);
    if (session.json()) {
        Json stages = Json::Array{};
        for (const sync::Explanation::Stage& stage : explanation.stages) {
            stages.push(Json::Object{
                {"stage", stage.name},
                {"what", stage.what},
                {"at", stage.at_ms == 0 ? Json() : Json(format_date_time(stage.at_ms))}});
        }
        print_json(Json::Object{{"layer", layer.name},
                                {"globalId", feature.value.braced()},
                                {"why", explanation.why},
                                {"stages", std::move(stages)}});
        return kDone;
    }
    print(layer.name + " " + feature.value.braced() + ": " + explanation.why);
    Table table;
    for (const sync::Explanation::Stage& stage : explanation.stages) {
        table.add({stage.name, stage.at_ms == 0 ? "" : format_date_time(stage.at_ms), stage.what});
    }
    table.print();
    return kDone;
}

}  // namespace rhumb::tool
