// SPDX-License-Identifier: Apache-2.0
//
// rhumb import: files become layers of a geodatabase, all of them or none.

#include "geodb/geodatabase.hpp"
#include "geodb/sqlite/transaction.hpp"
#include "platform/error.hpp"
#include "platform/files.hpp"
#include "runtime/tools/commands.hpp"
#include "runtime/tools/interrupts.hpp"
#include "runtime/tools/output.hpp"
#include "runtime/tools/progress_bar.hpp"
#include "runtime/tools/session.hpp"
#include "runtime/tools/target_file.hpp"
#include "sync/connector/import.hpp"
#include "sync/replica/replica_store.hpp"

namespace rhumb::tool {
namespace {

struct Imported {
    std::filesystem::path source;
    std::vector<connector::ImportedLayer> layers;
};

/// Layers of a replica are those of its service.
void refuse_replica(geodb::Geodatabase& into) {
    const sync::ReplicaStore store(into);
    if (!store.exists()) return;
    throw Error(Status::Unsupported, "'" + into.path().string() + "' is a replica of " +
                                         store.load().service_url +
                                         ": layers are added at the service");
}

geodb::Geodatabase open_target(const TargetFile& target, Session& session) {
    if (target.is_new()) return geodb::Geodatabase::create(target.path(), session.world());
    try {
        auto into = geodb::Geodatabase::open(target.path(), session.world());
        refuse_replica(into);
        return into;
    } catch (const Error& error) {
        if (error.status() != Status::InvalidArgument) throw;
        // Preparing it could not be undone if the import failed.
        throw Error(error.status(), error.message() + "; `rhumb import NEW.gpkg " +
                                        target.path().string() + "` makes one of it");
    }
}

/// What went wrong with a source names the source.
Error naming_file(const Error& error, const ImportArguments& arguments) {
    for (const auto& source : arguments.sources) {
        if (error.message().find(source.string()) != std::string::npos) return error;
    }
    return naming(error, arguments.file);
}

std::vector<Imported> import_all(const ImportArguments& arguments, geodb::Geodatabase& into,
                                 Session& session) {
    const Interrupts interrupts;
    ProgressBar bar(session.clock());
    std::vector<Imported> all;
    geodb::sqlite::Transaction transaction(into.database());
    for (const auto& source : arguments.sources) {
        connector::ImportOptions options;
        options.layer = arguments.layer;
        options.id_field = arguments.id_field;
        options.crs = arguments.crs;
        options.on_progress = [&](std::uint64_t done, std::uint64_t total) {
            interrupts.token().throw_if_cancelled();
            bar.show(source.filename().string(), static_cast<std::int64_t>(done),
                     static_cast<std::int64_t>(total), ProgressBar::Unit::Bytes);
        };
        all.push_back({source, connector::import_source(into, source, options)});
    }
    transaction.commit();
    return all;
}

void report(const Imported& imported) {
    for (const auto& layer : imported.layers) {
        print(imported.source.filename().string() + " -> layer " + layer.name + " (" +
              std::to_string(layer.id.value) + "): " + counted(layer.features, "feature"));
        for (const std::string& note : layer.notes) print("  note: " + note);
    }
}

void report_json(const std::filesystem::path& file, const std::vector<Imported>& all) {
    wire::Json layers = wire::Json::Array{};
    for (const Imported& imported : all) {
        for (const auto& layer : imported.layers) {
            wire::Json notes = wire::Json::Array{};
            for (const std::string& note : layer.notes) notes.push(note);
            layers.push(wire::Json::Object{{"source", imported.source.string()},
                                           {"layer", layer.name},
                                           {"id", layer.id.value},
                                           {"features", layer.features},
                                           {"notes", std::move(notes)}});
        }
    }
    print_json(wire::Json::Object{{"file", file.string()}, {"layers", std::move(layers)}});
}

}  // namespace

int run(const ImportArguments& arguments, Session& session) {
    TargetFile target(arguments.file);
    std::vector<Imported> all;
    try {
        auto into = open_target(target, session);
        all = import_all(arguments, into, session);
        into.hand_over();
    } catch (const Error& error) {
        throw naming_file(error, arguments);
    }
    target.keep();
    if (session.json()) {
        report_json(arguments.file, all);
    } else {
        for (const Imported& imported : all) report(imported);
    }
    return kDone;
}

}  // namespace rhumb::tool
