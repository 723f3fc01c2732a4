// SPDX-License-Identifier: Apache-2.0
#include "runtime/tools/command_line.hpp"

#include "platform/text.hpp"
#include "runtime/tools/options.hpp"

#include <CLI/CLI.hpp>

#include <functional>
#include <utility>

namespace rhumb::tool {
namespace {

/// Options as text, before they are read; the words that CLI11 fills in.
struct Typed {
    bool json = false;
    std::string file, other_file, url, path, host = "127.0.0.1", context = "/arcgis";
    std::uint16_t port = 6080;
    std::vector<std::string> sources, layer_names, where, update;
    std::string layer, id_field, crs, layers, extent, extent_crs, model,
        direction = "bidirectional";
    std::string feature, keywords, attachments, action = "list", output;
    std::string insert, erase, filter = "both";
    bool rollback = false, rejected = false, conflicts = false;
    std::size_t name_at_most = 20;
};

using Read = std::function<Command()>;

/// One command on its way into the parser, and what makes its arguments.
class Builder {
public:
    Builder(CLI::App& app, Typed& typed, std::string name, std::string what)
        : typed_(typed), command_(app.add_subcommand(std::move(name), std::move(what))) {}

    CLI::App* operator->() { return command_; }

    void add_json() {
        command_->add_flag("--json", typed_.json, "Print the facts as JSON on stdout");
    }
    void add_file(std::string& file, const char* name, const char* what) {
        command_->add_option(name, file, what)->required();
    }
    /// May be given several times, one value each.
    void add_list(const char* name, std::vector<std::string>& list, const char* what) {
        command_->add_option(name, list, what)->allow_extra_args(false);
    }
    void add_extent() {
        command_->add_option("--extent", typed_.extent,
                             "Only features that meet this box: xmin,ymin,xmax,ymax");
    }
    void add_policy(const char* what) {
        command_->add_option("--attachments", typed_.attachments, what)->type_name("POLICY");
    }
    void examples(const std::string& text) { command_->footer("Examples:\n" + text); }

private:
    Typed& typed_;
    CLI::App* command_;
};

template <class T, class Reader>
std::optional<T> read_if(const std::string& text, const Reader& reader) {
    return text.empty() ? std::nullopt : std::optional<T>(reader(text));
}

std::optional<std::string> if_given(const std::string& text) {
    return text.empty() ? std::nullopt : std::optional(text);
}

std::optional<std::int32_t> crs_if_given(const char* option, const std::string& text) {
    return read_if<std::int32_t>(text,
                                 [&](const std::string& crs) { return read_crs(option, crs); });
}

class Parser {
public:
    Parser() {
        app_.require_subcommand(1);
        app_.set_version_flag("--version", "rhumb " RHUMB_VERSION);
        app_.footer(
            "'rhumb COMMAND --help' tells more about a command, with examples.\n"
            "Exit codes: 0 done, 1 failed (diff: the files differ), 2 wrong usage.");
        add_import();
        add_serve();
        add_replicate();
        add_edit();
        add_attach();
        add_attachments();
        add_sync();
        add_status();
        add_log();
        add_diff();
        add_unregister();
    }

    std::optional<CommandLine> parse(int argc, const char* const* argv) {
        check_command(argc, argv);
        try {
            app_.parse(argc, argv);
        } catch (const CLI::Success& asked) {
            app_.exit(asked);
            return std::nullopt;
        } catch (const CLI::ParseError& error) {
            throw UsageError(error.what());
        }
        for (const auto& [command, read] : commands_) {
            if (command->parsed()) return CommandLine{read(), typed_.json};
        }
        throw UsageError("a command is wanted");
    }

private:
    /// CLI11 would only say that a command is missing.
    void check_command(int argc, const char* const* argv) const {
        if (argc < 2 || argv[1][0] == '-') return;
        for (const auto& [command, read] : commands_) {
            if (command->get_name() == argv[1]) return;
        }
        throw UsageError("there is no command '" + std::string(argv[1]) + "'");
    }

    Builder add(const char* name, const char* what) { return {app_, typed_, name, what}; }
    void read_by(Builder& builder, Read read) {
        commands_.emplace_back(builder.operator->(), std::move(read));
    }

    void add_import();
    void add_serve();
    void add_replicate();
    void add_edit();
    void add_attach();
    void add_attachments();
    void add_sync();
    void add_status();
    void add_log();
    void add_diff();
    void add_unregister();

    ImportArguments read_import() const;
    ServeArguments read_serve() const;
    ReplicateArguments read_replicate() const;
    EditArguments read_edit() const;
    LogArguments read_log() const;
    DiffArguments read_diff() const;

    CLI::App app_{
        "Rhumb takes feature services offline: geodatabases on a device that everybody may edit\n"
        "without a network, and that come to agree with their service when a link comes by.",
        "rhumb"};
    Typed typed_;
    std::vector<std::pair<CLI::App*, Read>> commands_;
};

void Parser::add_import() {
    auto command = add("import", "Make layers of GeoJSON, CSV and GeoPackage files");
    command.add_file(typed_.file, "FILE", "The geodatabase; made when it is not there");
    command->add_option("SOURCE", typed_.sources, "Files to import, all of them or none")
        ->required();
    command->add_option("--layer", typed_.layer, "Name of the layer (default: the file's name)");
    command->add_option("--id-field", typed_.id_field,
                        "Field that identifies a feature; GlobalIDs are made from it");
    command->add_option("--crs", typed_.crs,
                        "EPSG code of the coordinates (default: what the source says, else 4326)");
    command.add_json();
    command.examples(
        "  rhumb import city.gpkg trees.geojson visits.csv\n"
        "  rhumb import city.gpkg survey.csv --layer trees --id-field tree_id");
    read_by(command, [this] { return read_import(); });
}

ImportArguments Parser::read_import() const {
    ImportArguments arguments;
    arguments.file = typed_.file;
    arguments.sources.assign(typed_.sources.begin(), typed_.sources.end());
    arguments.layer = if_given(typed_.layer);
    arguments.id_field = if_given(typed_.id_field);
    arguments.crs = crs_if_given("--crs", typed_.crs);
    if (arguments.layer && arguments.sources.size() > 1) {
        throw UsageError("--layer names one layer, but there are several sources");
    }
    return arguments;
}

void Parser::add_serve() {
    auto command = add("serve", "Serve GeoPackages as feature services until Ctrl-C");
    command.add_file(typed_.path, "PATH", "A GeoPackage, or a folder whose *.gpkg are all served");
    command->add_option("--port", typed_.port, "Port; 0 picks a free one")->capture_default_str();
    command->add_option("--host", typed_.host, "Address to listen at; 0.0.0.0 for all")
        ->capture_default_str();
    command->add_option("--context", typed_.context, "Path before /rest")->capture_default_str();
    command.add_json();
    command.examples(
        "  rhumb serve city.gpkg\n"
        "  rhumb serve /srv/geodata --host 0.0.0.0 --port 8080\n"
        "city.gpkg is then http://HOST:PORT/arcgis/rest/services/city/FeatureServer");
    read_by(command, [this] { return read_serve(); });
}

ServeArguments Parser::read_serve() const {
    ServeArguments arguments;
    arguments.path = typed_.path;
    arguments.host = typed_.host;
    arguments.port = typed_.port;
    arguments.context = typed_.context;
    return arguments;
}

void Parser::add_replicate() {
    auto command = add("replicate", "Take a feature service, or a part of it, offline");
    command.add_file(typed_.url, "URL", "The service: http://…/FeatureServer");
    command.add_file(
        typed_.file, "REPLICA",
        "File to make; one that was cut off is gone on with, as it was asked for then");
    command->add_option("--layers", typed_.layers, "Numbers of layers, such as 0,2 (default: all)");
    command.add_extent();
    command->add_option("--extent-crs", typed_.extent_crs,
                        "EPSG code of the extent (default: the service's)");
    command.add_list("--where", typed_.where,
                     "LAYER=CONDITION: only features for which it holds; once for each layer");
    command.add_policy("Photos and other files to fetch: none, on-demand or all (default: all)");
    command->add_option("--model", typed_.model,
                        "perReplica or perLayer: whether all layers share one generation");
    command.add_json();
    command.examples(
        "  rhumb replicate http://office:6080/arcgis/rest/services/city/FeatureServer day.gpkg\n"
        "  rhumb replicate http://…/FeatureServer day.gpkg --layers 0,2 \\\n"
        "      --extent -122.45,37.74,-122.40,37.78 --where \"0=species LIKE 'Acer%'\"");
    read_by(command, [this] { return read_replicate(); });
}

ReplicateArguments Parser::read_replicate() const {
    ReplicateArguments arguments;
    arguments.url = typed_.url;
    arguments.file = typed_.file;
    arguments.layers = read_if<std::vector<geodb::LayerId>>(typed_.layers, read_layer_ids);
    arguments.extent = read_if<geodb::Envelope>(typed_.extent, read_extent);
    arguments.extent_crs = crs_if_given("--extent-crs", typed_.extent_crs);
    arguments.where = read_filters(typed_.where);
    arguments.model = read_if<wire::SyncModel>(typed_.model, read_sync_model);
    arguments.attachments =
        read_if<sync::AttachmentPolicy>(typed_.attachments, read_attachment_policy)
            .value_or(arguments.attachments);
    return arguments;
}

void Parser::add_edit() {
    auto command = add("edit", "Insert, update or delete one feature of a replica");
    command.add_file(typed_.file, "REPLICA", "The replica, or another geodatabase");
    command->add_option("LAYER", typed_.layer, "Name or number of the layer")->required();
    command->add_option("--insert", typed_.insert, "The feature as JSON, or @FILE that holds it")
        ->type_name("JSON");
    command->add_option("--update", typed_.update, "GlobalID, and what changes as JSON")
        ->expected(2)
        ->type_name("GLOBALID JSON");
    command->add_option("--delete", typed_.erase, "GlobalID of the feature")->type_name("GLOBALID");
    command.add_json();
    command.examples(
        "  rhumb edit day.gpkg trees --insert '{\"species\":\"Acer rubrum\",\n"
        "      \"geometry\":{\"x\":-122.42,\"y\":37.75}}'\n"
        "  rhumb edit day.gpkg trees --update {E7C84C4F-9886-58E9-B91D-A91354BA92FD} "
        "'{\"dbh_in\":4}'\n"
        "  rhumb edit day.gpkg trees --delete {E7C84C4F-9886-58E9-B91D-A91354BA92FD}\n"
        "The JSON is an object of attributes with perhaps a \"geometry\" (Esri JSON or GeoJSON),\n"
        "or {\"attributes\":{…},\"geometry\":{…}}.");
    read_by(command, [this] { return read_edit(); });
}

EditArguments Parser::read_edit() const {
    const int asked = (typed_.insert.empty() ? 0 : 1) + (typed_.update.empty() ? 0 : 1) +
                      (typed_.erase.empty() ? 0 : 1);
    if (asked != 1) throw UsageError("one of --insert, --update and --delete is wanted");
    EditArguments arguments;
    arguments.file = typed_.file;
    arguments.layer = typed_.layer;
    if (!typed_.insert.empty()) {
        arguments.json = typed_.insert;
    } else if (!typed_.update.empty()) {
        arguments.kind = EditArguments::Kind::Update;
        arguments.feature = typed_.update[0];
        arguments.json = typed_.update[1];
    } else {
        arguments.kind = EditArguments::Kind::Delete;
        arguments.feature = typed_.erase;
    }
    return arguments;
}

void Parser::add_attach() {
    auto command = add("attach", "Attach photos and other files to a feature");
    command.add_file(typed_.file, "REPLICA", "The replica, or another geodatabase");
    command->add_option("LAYER", typed_.layer, "Name or number of the layer")->required();
    command->add_option("GLOBALID", typed_.feature, "The feature")->required();
    command->add_option("FILE", typed_.sources, "What is attached")->required();
    command->add_option("--keywords", typed_.keywords, "Kept with each of them");
    command.add_json();
    command.examples("  rhumb attach day.gpkg trees {E7C84C4F-9886-58E9-B91D-A91354BA92FD} *.jpg");
    read_by(command, [this] {
        AttachArguments arguments;
        arguments.file = typed_.file;
        arguments.layer = typed_.layer;
        arguments.feature = typed_.feature;
        arguments.sources.assign(typed_.sources.begin(), typed_.sources.end());
        arguments.keywords = typed_.keywords;
        return arguments;
    });
}

void Parser::add_attachments() {
    auto command = add("attachments", "List attachments with their state, or write one to a file");
    command.add_file(typed_.file, "REPLICA", "The replica, or another geodatabase");
    command->add_option("ACTION", typed_.action, "list or get")->capture_default_str();
    command->add_option("GLOBALID", typed_.feature, "The attachment to get");
    command->add_option("--output", typed_.output, "File to write (default: as it is called)");
    command.add_json();
    command.examples(
        "  rhumb attachments day.gpkg\n"
        "  rhumb attachments day.gpkg get {0D3F2C1A-5A52-4A0B-8B0E-3C8C1C6C7B11}");
    read_by(command, [this] {
        AttachmentsArguments arguments;
        arguments.file = typed_.file;
        arguments.action = lowered(typed_.action);
        arguments.attachment = typed_.feature;
        if (!typed_.output.empty()) arguments.output = typed_.output;
        if (arguments.action != "list" && arguments.action != "get") {
            throw UsageError("'" + typed_.action + "' is not list or get");
        }
        if (arguments.action == "get" && arguments.attachment.empty()) {
            throw UsageError("get wants the GlobalID of an attachment");
        }
        return arguments;
    });
}

void Parser::add_sync() {
    auto command = add("sync", "Bring a replica and its service into agreement");
    command.add_file(typed_.file, "REPLICA", "The replica");
    command->add_option("--direction", typed_.direction, "bidirectional, download or upload")
        ->capture_default_str();
    command->add_flag("--rollback-on-failure", typed_.rollback,
                      "The service takes all edits or none (default: each by itself)");
    command.add_policy("Files to fetch from now on: none, on-demand or all (default: as before)");
    command.add_json();
    command.examples(
        "  rhumb sync day.gpkg\n"
        "Edits that the service rejects and conflicts are told, and kept: see "
        "'rhumb log --help'.\n"
        "A synchronization that was cut off goes on when it is called again.");
    read_by(command, [this] {
        SyncArguments arguments;
        arguments.file = typed_.file;
        arguments.direction = read_sync_direction(typed_.direction);
        arguments.rollback_on_failure = typed_.rollback;
        arguments.attachments =
            read_if<sync::AttachmentPolicy>(typed_.attachments, read_attachment_policy);
        return arguments;
    });
}

void Parser::add_status() {
    auto command = add("status", "Tell what a replica is and what it has still to send");
    command.add_file(typed_.file, "REPLICA", "The replica");
    command.add_json();
    read_by(command, [this] { return StatusArguments{typed_.file}; });
}

void Parser::add_log() {
    auto command = add("log", "List edits that were not sent yet, with before and now");
    command.add_file(typed_.file, "REPLICA", "The replica");
    command.add_list("--layer", typed_.layer_names, "Only this layer; may be repeated");
    auto* rejected = command->add_flag("--rejected", typed_.rejected,
                                       "Edits that the service refused, with its reason");
    command->add_flag("--conflicts", typed_.conflicts, "Values that lost in a conflict")
        ->excludes(rejected);
    command.add_json();
    command.examples(
        "  rhumb log day.gpkg\n"
        "  rhumb log day.gpkg --rejected --json");
    read_by(command, [this] { return read_log(); });
}

LogArguments Parser::read_log() const {
    LogArguments arguments;
    arguments.file = typed_.file;
    arguments.layers = typed_.layer_names;
    if (typed_.rejected) arguments.what = LogArguments::What::Rejected;
    if (typed_.conflicts) arguments.what = LogArguments::What::Conflicts;
    return arguments;
}

void Parser::add_diff() {
    auto command = add("diff", "Compare two GeoPackages feature by feature, by GlobalID");
    command.add_file(typed_.file, "A", "A GeoPackage, made by Rhumb or not");
    command.add_file(typed_.other_file, "B", "Another one");
    command.add_list("--layer", typed_.layer_names, "Only this layer; may be repeated");
    command.add_list("--where", typed_.where,
                     "LAYER=CONDITION: only features for which it holds; once for each layer");
    command.add_extent();
    command->add_option("--extent-crs", typed_.extent_crs,
                        "EPSG code of the extent (default: each layer's own)");
    command
        ->add_option("--filter", typed_.filter,
                     "Which file --where and --extent are for: a, b or both")
        ->check(CLI::IsMember({"a", "b", "both"}))
        ->capture_default_str();
    command
        ->add_option("--max-differences", typed_.name_at_most,
                     "How many differences of a layer are named")
        ->capture_default_str();
    command.add_json();
    command.examples(
        "  rhumb diff office.gpkg day.gpkg --layer trees --extent -122.5,37.7,-122.4,37.8\n"
        "Exit code 0 when they agree, 1 when not. Values are compared by what they "
        "mean:\ndates as instants, GUIDs in any writing, vertices exactly. Object ids "
        "do not count.");
    read_by(command, [this] { return read_diff(); });
}

DiffArguments Parser::read_diff() const {
    DiffArguments arguments;
    arguments.a = typed_.file;
    arguments.b = typed_.other_file;
    arguments.layers = typed_.layer_names;
    arguments.where = read_named_filters(typed_.where);
    arguments.extent = read_if<geodb::Envelope>(typed_.extent, read_extent);
    arguments.extent_crs = crs_if_given("--extent-crs", typed_.extent_crs);
    if (typed_.filter == "a") arguments.filtered = DiffArguments::Filtered::OnlyA;
    if (typed_.filter == "b") arguments.filtered = DiffArguments::Filtered::OnlyB;
    arguments.name_at_most = typed_.name_at_most;
    return arguments;
}

void Parser::add_unregister() {
    auto command = add("unregister", "End a replica: its service forgets it, the file stays");
    command.add_file(typed_.file, "REPLICA", "The replica");
    command.add_json();
    read_by(command, [this] { return UnregisterArguments{typed_.file}; });
}

}  // namespace

std::optional<CommandLine> read_command_line(int argc, const char* const* argv) {
    return Parser().parse(argc, argv);
}

}  // namespace rhumb::tool
