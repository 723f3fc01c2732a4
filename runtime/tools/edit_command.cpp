// SPDX-License-Identifier: Apache-2.0
//
// rhumb edit: one feature inserted, updated or deleted, as an app on the device would do it.

#include "geodb/features/feature_writer.hpp"
#include "geodb/geodatabase.hpp"
#include "geodb/sqlite/transaction.hpp"
#include "platform/error.hpp"
#include "platform/text.hpp"
#include "runtime/tools/commands.hpp"
#include "runtime/tools/feature_text.hpp"
#include "runtime/tools/options.hpp"
#include "runtime/tools/output.hpp"
#include "runtime/tools/replica_file.hpp"
#include "runtime/tools/session.hpp"

namespace rhumb::tool {
namespace {

using Kind = EditArguments::Kind;

const char* done_word(Kind kind) {
    switch (kind) {
        case Kind::Insert:
            return "inserted";
        case Kind::Update:
            return "updated";
        case Kind::Delete:
            break;
    }
    return "deleted";
}

geodb::GlobalId named_feature(const EditArguments& arguments) {
    const auto uuid = Uuid::parse(arguments.feature);
    if (uuid) return {*uuid};
    throw UsageError("'" + excerpt(arguments.feature, 60) + "' is no GlobalID");
}

geodb::ObjectId find(geodb::FeatureWriter& writer, const geodb::Layer& layer,
                     const geodb::GlobalId& feature) {
    if (const auto found = writer.find(feature)) return *found;
    throw Error(Status::NotFound,
                "layer '" + layer.name + "' has no feature " + feature.value.braced());
}

geodb::GlobalId insert(geodb::FeatureWriter& writer, const geodb::Layer& layer,
                       const FeatureText& text) {
    std::vector<geodb::Value> values = text.all_values(layer);
    writer.insert(values, geodb::left_to_default(layer, text.values));
    return {*Uuid::parse(std::get<std::string>(values[layer.global_id_index()]))};
}

geodb::GlobalId edit(geodb::Geodatabase& file, const EditArguments& arguments,
                     const geodb::Layer& layer) {
    FeatureText text;
    if (arguments.kind != Kind::Delete) text = read_feature_text(arguments.json, layer);
    geodb::sqlite::Transaction transaction(file.database());
    geodb::FeatureWriter writer(file, layer, geodb::FeatureWriter::Tracking::Logged);
    geodb::GlobalId feature;
    if (arguments.kind == Kind::Insert) {
        feature = insert(writer, layer, text);
    } else {
        feature = named_feature(arguments);
        text.check_identity(layer, feature);
        const geodb::ObjectId oid = find(writer, layer, feature);
        if (arguments.kind == Kind::Update) {
            writer.update(oid, text.values);
        } else {
            writer.erase(oid);
        }
    }
    transaction.commit();
    return feature;
}

}  // namespace

int run(const EditArguments& arguments, Session& session) {
    if (arguments.kind != Kind::Insert) named_feature(arguments);  // before a file is opened
    auto file = geodb::Geodatabase::open(arguments.file, session.world());
    if (replica_state(file) != ReplicaState::None) require_ready(file);
    const geodb::Layer& layer = file.layer(arguments.layer);
    geodb::GlobalId feature;
    try {
        feature = edit(file, arguments, layer);
        file.hand_over();
    } catch (const Error& error) {
        throw naming(error, arguments.file);
    }
    if (session.json()) {
        print_json(wire::Json::Object{{"edit", done_word(arguments.kind)},
                                      {"layer", layer.name},
                                      {"globalId", feature.value.braced()}});
    } else {
        print(std::string(done_word(arguments.kind)) + " " + feature.value.braced() + " in layer " +
              layer.name);
    }
    return kDone;
}

}  // namespace rhumb::tool
