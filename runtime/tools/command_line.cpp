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
    SignIn sign_in;
    std::string file, other_file, url, path;
    std::optional<std::string> host, context, users, config, certificate, private_key;
    std::optional<std::uint16_t> port;
    bool http_tokens = false;
    std::string role;
    std::vector<std::string> sources, layer_names, where, update, policies;
    std::string layer, id_field, crs, layers, extent, extent_crs, model,
        direction = "bidirectional";
    std::string feature, keywords, attachments, output;
    std::string insert, erase, filter = "both";
    std::string action = "list", number, take, value, column;
    std::string field, type;
    std::optional<std::string> alias, default_value, codes, range;
    std::optional<std::int32_t> length;
    bool required = false;
    std::string origin, destination, key, name;
    bool composite = false;
    std::string area, replica_crs, related, everywhere;
    std::vector<std::string> query_options;
    bool close = false, renew = false;
    bool rollback = false, rejected = false, conflicts = false, whole_feature = false;
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
    void add_policies(const char* what) { add_list("--policy", typed_.policies, what); }
    /// A list whose entries have numbers, and what is to be done with it.
    void add_action(const char* actions, const char* number) {
        command_->add_option("ACTION", typed_.action, actions)->capture_default_str();
        command_->add_option("N", typed_.number, number);
    }
    void add_policy(const char* what) {
        command_->add_option("--attachments", typed_.attachments, what)->type_name("POLICY");
    }
    void add_sign_in() {
        command_->add_option(
            "--user", typed_.sign_in.user,
            "Sign in at the service; the password is RHUMB_PASSWORD, or asked for");
        command_->add_option("--token", typed_.sign_in.token,
                             "A token for the service (better: RHUMB_TOKEN)");
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
        add_user();
        add_replicate();
        add_edit();
        add_attach();
        add_attachments();
        add_sync();
        add_status();
        add_log();
        add_conflicts();
        add_rejected();
        add_schema();
        add_diff();
        add_unregister();
        add_relate();
        add_register();
        add_explain();
        add_verify();
        add_rescue();
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
            if (command->parsed()) return CommandLine{read(), typed_.json, typed_.sign_in};
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
    void add_user();
    void add_replicate();
    void add_edit();
    void add_attach();
    void add_attachments();
    void add_sync();
    void add_status();
    void add_log();
    void add_conflicts();
    void add_rejected();
    void add_schema();
    void add_diff();
    void add_unregister();
    void add_relate();
    void add_register();
    void add_explain();
    void add_verify();
    void add_rescue();

    ImportArguments read_import() const;
    ServeArguments read_serve() const;
    UserArguments read_user() const;
    ReplicateArguments read_replicate() const;
    EditArguments read_edit() const;
    LogArguments read_log() const;
    ConflictsArguments read_conflicts() const;
    RejectedArguments read_rejected() const;
    SchemaArguments read_schema() const;
    DiffArguments read_diff() const;
    RelateArguments read_relate() const;

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
    command->add_option("--port", typed_.port, "Port; 0 picks a free one (default: 6080)");
    command->add_option("--host", typed_.host,
                        "Address to listen at; 0.0.0.0 for all (default: 127.0.0.1)");
    command->add_option("--context", typed_.context, "Path before /rest (default: /arcgis)");
    command->add_option("--config", typed_.config,
                        "Settings of the server as JSON; options go before them");
    command->add_option("--users", typed_.users,
                        "Who may sign in (see rhumb user); without it everybody may everything");
    command->add_option("--tls-cert", typed_.certificate, "Certificate chain (PEM): serve https");
    command->add_option("--tls-key", typed_.private_key, "Private key of the certificate (PEM)");
    command->add_flag("--tokens-over-http", typed_.http_tokens,
                      "Take passwords over plain http too, e.g. behind a proxy that does https");
    command.add_json();
    command.examples(
        "  rhumb serve city.gpkg\n"
        "  rhumb serve /srv/geodata --host 0.0.0.0 --port 8080\n"
        "  rhumb serve city.gpkg --users users.json --tls-cert box.pem --tls-key box.key\n"
        "city.service.json beside city.gpkg holds the settings of the service.\n"
        "city.gpkg is then http://HOST:PORT/arcgis/rest/services/city/FeatureServer");
    read_by(command, [this] { return read_serve(); });
}

ServeArguments Parser::read_serve() const {
    ServeArguments arguments;
    arguments.path = typed_.path;
    runtime::ServerSettings& settings = arguments.settings;
    settings.port = 6080;
    if (typed_.config) {
        settings = runtime::read_server_settings(*typed_.config, std::move(settings));
    }
    if (typed_.host) settings.host = *typed_.host;
    if (typed_.port) settings.port = *typed_.port;
    if (typed_.context) settings.context = *typed_.context;
    if (typed_.users) settings.security.users_file = *typed_.users;
    if (typed_.certificate) settings.certificate_file = *typed_.certificate;
    if (typed_.private_key) settings.private_key_file = *typed_.private_key;
    if (typed_.http_tokens) settings.security.allow_http = true;
    return arguments;
}

void Parser::add_user() {
    auto command = add("user", "Say who may sign in at a server: add, remove, list and so on");
    command->add_option("ACTION", typed_.action, "list, add, remove, password or role")
        ->required();
    command->add_option("NAME", typed_.name, "The user");
    command->add_option("--file", typed_.file, "The list of users, as rhumb serve --users gets it")
        ->required();
    command->add_option("--role", typed_.role,
                        "viewer, editor, owner or administrator (default of add: viewer)");
    command.add_json();
    command.examples(
        "  rhumb user add ana --role editor --file users.json\n"
        "  rhumb user password ana --file users.json < secret.txt\n"
        "A password is asked for, or read from stdin; it is never an argument. A running server\n"
        "sees at once what was changed; a new password ends the tokens of the old one.");
    read_by(command, [this] { return read_user(); });
}

UserArguments Parser::read_user() const {
    using Action = UserArguments::Action;
    const std::map<std::string, Action> actions{{"list", Action::List},
                                                {"add", Action::Add},
                                                {"remove", Action::Remove},
                                                {"password", Action::Password},
                                                {"role", Action::Role}};
    const auto action = actions.find(typed_.action);
    if (action == actions.end()) {
        throw UsageError("'" + typed_.action +
                         "': list, add, remove, password or role is wanted");
    }
    UserArguments arguments;
    arguments.action = action->second;
    arguments.file = typed_.file;
    arguments.name = typed_.name;
    if ((arguments.action == Action::List) != arguments.name.empty()) {
        throw UsageError(typed_.action + (typed_.name.empty() ? ": the name of a user is wanted"
                                                              : ": no name is wanted"));
    }
    if (!typed_.role.empty()) {
        arguments.role = service::role_of(typed_.role);
        if (!arguments.role) {
            throw UsageError("--role is '" + typed_.role + "', not " +
                             std::string(service::role_names()));
        }
    }
    const bool takes_role = arguments.action == Action::Add || arguments.action == Action::Role;
    if (arguments.role && !takes_role) throw UsageError("--role is for add and role");
    if (arguments.action == Action::Role && !arguments.role) throw UsageError("--role is missing");
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
    command->add_option("--area", typed_.area,
                        "Instead of --extent: a shape as Esri JSON, or @FILE that holds it");
    command.add_list("--query-option", typed_.query_options,
                     "LAYER=useFilter, LAYER=all or LAYER=none; once for each layer");
    command->add_option("--related", typed_.related,
                        "Layers of which only rows related to other layers' come, such as 1,3");
    command->add_option("--everywhere", typed_.everywhere,
                        "Layers for which the extent or area does not count");
    command->add_option("--replica-crs", typed_.replica_crs,
                        "EPSG code of the geometries in the replica (default: the service's)");
    command.add_policy("Photos and other files to fetch: none, on-demand or all (default: all)");
    command->add_option("--model", typed_.model,
                        "perReplica or perLayer: whether all layers share one generation");
    command.add_policies(
        "LAYER=last|service|device|ask: who wins when both sides changed the same; once for each "
        "layer, by its number (default: last in wins)");
    command.add_sign_in();
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
    if (!typed_.layers.empty()) arguments.layers = read_layer_ids("--layers", typed_.layers);
    arguments.extent = read_if<geodb::Envelope>(typed_.extent, read_extent);
    arguments.extent_crs = crs_if_given("--extent-crs", typed_.extent_crs);
    arguments.where = read_filters(typed_.where);
    arguments.model = read_if<wire::SyncModel>(typed_.model, read_sync_model);
    arguments.policies = read_policies(typed_.policies);
    if (!typed_.area.empty()) arguments.area = read_area(typed_.area);
    if (arguments.extent && !arguments.area.empty()) {
        throw UsageError("--extent and --area both say what is taken: one of them is wanted");
    }
    arguments.query_options = read_query_options(typed_.query_options);
    const auto layers = [](const std::string& text, const char* option) {
        if (text.empty()) return std::set<geodb::LayerId>{};
        const auto ids = read_layer_ids(option, text);
        return std::set<geodb::LayerId>(ids.begin(), ids.end());
    };
    arguments.related = layers(typed_.related, "--related");
    arguments.everywhere = layers(typed_.everywhere, "--everywhere");
    arguments.replica_crs = crs_if_given("--replica-crs", typed_.replica_crs);
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
    command
        ->add_option("--direction", typed_.direction,
                     "bidirectional, download, upload or snapshot (all anew)")
        ->capture_default_str();
    command->add_flag("--rollback-on-failure", typed_.rollback,
                      "The service takes all edits or none (default: each by itself)");
    command.add_policies(
        "LAYER=last|service|device|ask: who wins from now on when both sides changed the same; "
        "once for each layer, by name or number");
    command->add_flag("--close", typed_.close,
                      "Unregister the replica afterwards, unless an edit was rejected");
    command->add_flag("--renew", typed_.renew,
                      "Make the replica anew, with all pending edits, when the service does not "
                      "know it (an expired one is in any case)");
    command.add_policy("Files to fetch from now on: none, on-demand or all (default: as before)");
    command.add_sign_in();
    command.add_json();
    command.examples(
        "  rhumb sync day.gpkg\n"
        "Edits that the service rejects and conflicts are told, and kept: see "
        "'rhumb rejected --help'\nand 'rhumb conflicts --help'.\n"
        "A synchronization that was cut off goes on when it is called again.");
    read_by(command, [this] {
        SyncArguments arguments;
        arguments.file = typed_.file;
        arguments.direction = read_sync_direction(typed_.direction);
        arguments.rollback_on_failure = typed_.rollback;
        arguments.policies = read_named_policies(typed_.policies);
        arguments.close = typed_.close;
        arguments.renew = typed_.renew;
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

void Parser::add_conflicts() {
    auto command = add("conflicts", "What both sides had changed: list it, decide it otherwise");
    command.add_file(typed_.file, "REPLICA", "The replica");
    command.add_action("list, show N or resolve N", "Number of a conflict, as the list tells it");
    command->add_option("--take", typed_.take, "resolve: mine or theirs")
        ->check(CLI::IsMember({"mine", "theirs"}));
    command->add_option("--value", typed_.value, "resolve: another value, as JSON")
        ->excludes("--take");
    command->add_option("--column", typed_.column,
                        "resolve: the conflict about this column of the feature of N");
    command
        ->add_flag("--feature", typed_.whole_feature,
                   "resolve: all conflicts of the feature of N that nobody has decided")
        ->excludes("--column");
    command.add_json();
    command.examples(
        "  rhumb conflicts day.gpkg\n"
        "  rhumb conflicts day.gpkg resolve 3 --take mine\n"
        "  rhumb conflicts day.gpkg resolve 3 --value '\"Acer rubrum\"'\n"
        "A decision is an edit, which goes up with the next 'rhumb sync'.");
    read_by(command, [this] { return read_conflicts(); });
}

ConflictsArguments Parser::read_conflicts() const {
    using Action = ConflictsArguments::Action;
    using Resolution = sync::Resolution;
    ConflictsArguments arguments;
    arguments.file = typed_.file;
    if (typed_.action == "list") return arguments;
    if (typed_.action != "show" && typed_.action != "resolve") {
        throw UsageError("'" + typed_.action + "': list, show N or resolve N is wanted");
    }
    arguments.number = read_number("a conflict", typed_.number);
    arguments.action = typed_.action == "show" ? Action::Show : Action::Resolve;
    if (arguments.action == Action::Show) return arguments;
    if (typed_.take.empty() && typed_.value.empty()) {
        throw UsageError("resolve: --take mine, --take theirs or --value JSON is wanted");
    }
    arguments.resolution.take = typed_.take == "mine"     ? Resolution::Take::Mine
                                : typed_.take == "theirs" ? Resolution::Take::Theirs
                                                          : Resolution::Take::Value;
    arguments.resolution.value = typed_.value;
    arguments.resolution.column = typed_.column;
    if (!typed_.column.empty()) arguments.resolution.scope = Resolution::Scope::Column;
    if (typed_.whole_feature) arguments.resolution.scope = Resolution::Scope::Feature;
    return arguments;
}

void Parser::add_rejected() {
    auto command = add("rejected", "Edits that the service refused: list them, decide about them");
    command.add_file(typed_.file, "REPLICA", "The replica");
    command.add_action("list, show N, retry N, take-theirs N, drop N, park N or export FILE",
                       "Number of an edit, as the list tells it; the file for export");
    command.add_json();
    command.examples(
        "  rhumb rejected day.gpkg\n"
        "  rhumb rejected day.gpkg retry 2         it goes up again, unchanged\n"
        "  rhumb rejected day.gpkg take-theirs 2   the feature becomes what the service has\n"
        "  rhumb rejected day.gpkg drop 2          the same, and the edit is forgotten\n"
        "  rhumb rejected day.gpkg park 2          it is held back, so that the others can go\n"
        "  rhumb rejected day.gpkg export refused.geojson    or JSON lines, by another name\n"
        "Editing the feature mends it: all of it goes up with the next 'rhumb sync'.");
    read_by(command, [this] { return read_rejected(); });
}

void Parser::add_schema() {
    auto command = add("schema", "List the fields of a geodatabase, or add one");
    command.add_file(typed_.file, "FILE", "The geodatabase; a service may run over it");
    command->add_option("ACTION", typed_.action, "list or add-field")->capture_default_str();
    command->add_option("LAYER", typed_.layer, "add-field: name or number of the layer");
    command->add_option("NAME", typed_.field, "add-field: name of the field");
    command->add_option("TYPE", typed_.type, "add-field: string, integer, double, date, guid …");
    command->add_option("--length", typed_.length, "Most characters of a string field")
        ->check(CLI::PositiveNumber);
    command->add_option("--alias", typed_.alias, "What people call the field");
    command->add_option("--default", typed_.default_value, "Value of the features that are there");
    command->add_flag("--required", typed_.required, "It must have a value; needs --default");
    command->add_option("--codes", typed_.codes, "The values it may have: CODE=LABEL,CODE=LABEL");
    command->add_option("--range", typed_.range, "The values it may have: MIN,MAX")
        ->excludes("--codes");
    command.add_json();
    command.examples(
        "  rhumb schema city.gpkg\n"
        "  rhumb schema city.gpkg add-field trees health string --length 20 \\\n"
        "      --default unseen --codes \"unseen=Not seen,good=Good,poor=Poor\"\n"
        "Replicas take the field over with their next 'rhumb sync'; pending edits stay.");
    read_by(command, [this] { return read_schema(); });
}

SchemaArguments Parser::read_schema() const {
    SchemaArguments arguments;
    arguments.file = typed_.file;
    if (typed_.action == "list") return arguments;
    if (typed_.action != "add-field") {
        throw UsageError("'" + typed_.action + "': list or add-field is wanted");
    }
    if (typed_.type.empty()) throw UsageError("add-field wants LAYER, NAME and TYPE");
    arguments.action = SchemaArguments::Action::AddField;
    arguments.layer = typed_.layer;
    arguments.field = typed_.field;
    arguments.type = typed_.type;
    arguments.alias = typed_.alias;
    arguments.default_value = typed_.default_value;
    arguments.codes = typed_.codes;
    arguments.range = typed_.range;
    arguments.length = typed_.length;
    arguments.required = typed_.required;
    return arguments;
}

RejectedArguments Parser::read_rejected() const {
    using Action = RejectedArguments::Action;
    const std::map<std::string, Action> actions{
        {"list", Action::List},    {"show", Action::Show},
        {"retry", Action::Retry},  {"take-theirs", Action::TakeTheirs},
        {"drop", Action::Drop},    {"park", Action::Park},
        {"export", Action::Export}};
    const auto action = actions.find(typed_.action);
    if (action == actions.end()) {
        throw UsageError("'" + typed_.action +
                         "': list, show, retry, take-theirs, drop, park or export is wanted");
    }
    RejectedArguments arguments;
    arguments.file = typed_.file;
    arguments.action = action->second;
    if (arguments.action == Action::Export) {
        if (typed_.number.empty()) throw UsageError("export: the name of a file is wanted");
        arguments.target = typed_.number;
    } else if (arguments.action != Action::List) {
        arguments.number = read_number("a rejected edit", typed_.number);
    }
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
    command.add_sign_in();
    command.add_json();
    read_by(command, [this] { return UnregisterArguments{typed_.file}; });
}

void Parser::add_relate() {
    auto command = add("relate", "Define which features are children of which");
    command.add_file(typed_.file, "FILE", "The geodatabase");
    command.add_file(typed_.origin, "ORIGIN", "Layer of the parents, by name or number");
    command.add_file(typed_.destination, "DESTINATION", "Layer of the children");
    command->add_option("--key", typed_.key, "ORIGINFIELD=DESTINATIONFIELD whose values agree")
        ->required();
    command->add_flag("--composite", typed_.composite, "Children go when their parent goes");
    command->add_option("--name", typed_.name, "Name of the relationship (default: the layers')");
    command.add_json();
    command.examples("  rhumb relate city.gpkg trees visits --key global_id=tree --composite");
    read_by(command, [this] { return read_relate(); });
}

void Parser::add_register() {
    auto command = add("register", "Make a copy of a replica's file a replica of its own");
    command.add_file(typed_.file, "COPY", "The copied file; data and edits in it stay");
    command.add_sign_in();
    command.add_json();
    command.examples(
        "  cp prepared.gpkg ana.gpkg && rhumb register ana.gpkg\n"
        "Two files under one replica would not hear of each other's edits: register every copy\n"
        "before it is synchronized.");
    read_by(command, [this] { return RegisterArguments{typed_.file}; });
}

void Parser::add_explain() {
    auto command = add("explain", "Tell why an edit is not on the server: every stage it passed");
    command.add_file(typed_.file, "REPLICA", "The replica");
    command.add_file(typed_.layer, "LAYER", "Name or number of the layer");
    command.add_file(typed_.feature, "GLOBALID", "The feature, with braces or without");
    command.add_json();
    command.examples("  rhumb explain day.gpkg trees {72E40000-0000-4000-8000-000000000001}");
    read_by(command, [this] {
        return ExplainArguments{typed_.file, typed_.layer, typed_.feature};
    });
}

void Parser::add_verify() {
    auto command = add("verify", "Compare a replica with its service by hashes");
    command.add_file(typed_.file, "REPLICA", "The replica; synchronize it first");
    command.add_json();
    command.examples(
        "  rhumb sync day.gpkg && rhumb verify day.gpkg\n"
        "Pending edits are laid aside. Exit code 0 when both agree, 1 when not.");
    read_by(command, [this] { return VerifyArguments{typed_.file}; });
}

void Parser::add_rescue() {
    auto command = add("rescue", "Bring the pending edits of a damaged replica into safety");
    command.add_file(typed_.file, "DAMAGED", "The replica; it is only read");
    command.add_file(typed_.other_file, "OUT", "A new GeoPackage");
    command.add_json();
    command.examples(
        "  rhumb rescue day.gpkg rescued.gpkg\n"
        "Layers LAYER_pending hold what was inserted, updated and deleted, told apart by\n"
        "rhumb_kind; tables rejected_edits and conflicts those lists. What cannot be read is\n"
        "told. Exit code 0 when all was read, 1 when something is lost.");
    read_by(command, [this] { return RescueArguments{typed_.file, typed_.other_file}; });
}

RelateArguments Parser::read_relate() const {
    const auto equals = typed_.key.find('=');
    if (equals == std::string::npos || equals == 0 || equals + 1 == typed_.key.size()) {
        throw UsageError("--key is '" + typed_.key + "', not ORIGINFIELD=DESTINATIONFIELD");
    }
    RelateArguments arguments;
    arguments.file = typed_.file;
    arguments.origin = typed_.origin;
    arguments.destination = typed_.destination;
    arguments.origin_key = typed_.key.substr(0, equals);
    arguments.destination_key = typed_.key.substr(equals + 1);
    arguments.name = typed_.name;
    arguments.composite = typed_.composite;
    return arguments;
}

}  // namespace

std::optional<CommandLine> read_command_line(int argc, const char* const* argv) {
    return Parser().parse(argc, argv);
}

}  // namespace rhumb::tool
