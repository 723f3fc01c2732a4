// SPDX-License-Identifier: Apache-2.0
//
// What the program can do: the arguments of each command, as they were read from the command line,
// and the function that does it.
//
// A command returns its exit code, 0 or 1, or throws Error, which is 1 too.

#pragma once

#include "geodb/geometry/geometry.hpp"
#include "geodb/ids.hpp"
#include "runtime/server/server_settings.hpp"
#include "sync/replica/attachment_lane.hpp"
#include "sync/replica/merge_policy.hpp"
#include "sync/replica/resolve_conflict.hpp"
#include "sync/wire/wire_names.hpp"

#include <cstdint>
#include <filesystem>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <variant>
#include <vector>

namespace rhumb::tool {
class Session;

constexpr int kDone = 0;
constexpr int kFailed = 1;  ///< also: the files differ
constexpr int kUsage = 2;

struct ImportArguments {
    std::filesystem::path file;
    std::vector<std::filesystem::path> sources;
    std::optional<std::string> layer;
    std::optional<std::string> id_field;
    std::optional<std::int32_t> crs;
};
int run(const ImportArguments& arguments, Session& session);

struct ServeArguments {
    std::filesystem::path path;
    runtime::ServerSettings settings;
};
int run(const ServeArguments& arguments, Session& session);

struct UserArguments {
    enum class Action : std::uint8_t { List, Add, Remove, Password, Role };
    Action action = Action::List;
    std::filesystem::path file;
    std::string name;                   ///< for all but List
    std::optional<service::Role> role;  ///< for Add and Role
};
int run(const UserArguments& arguments, Session& session);

struct ReplicateArguments {
    std::string url;
    std::filesystem::path file;
    std::optional<std::vector<geodb::LayerId>> layers;
    std::optional<geodb::Envelope> extent;
    std::optional<std::int32_t> extent_crs;
    std::map<geodb::LayerId, std::string> where;
    std::string area;  ///< Esri JSON; "" for none
    std::map<geodb::LayerId, wire::QueryOption> query_options;
    std::set<geodb::LayerId> related, everywhere;
    std::optional<std::int32_t> replica_crs;
    std::optional<wire::SyncModel> model;
    std::map<geodb::LayerId, sync::MergePolicy> policies;
    sync::AttachmentPolicy attachments = sync::AttachmentPolicy::All;
    wire::TargetType target = wire::TargetType::Client;
    std::optional<wire::SyncDirection> direction;  ///< for targetType server
};
int run(const ReplicateArguments& arguments, Session& session);

struct RelayArguments {
    std::string source, target, replica;
    bool both = false;           ///< back again too
    std::filesystem::path file;  ///< where it stands while it runs; empty: relay-<replica>.gpkg
    bool rollback_on_failure = false;
    std::string target_token;  ///< "": RHUMB_TARGET_TOKEN
};
int run(const RelayArguments& arguments, Session& session);

struct RegisterArguments {
    std::filesystem::path file;
};
int run(const RegisterArguments& arguments, Session& session);

struct RelateArguments {
    std::filesystem::path file;
    std::string origin;
    std::string destination;
    std::string origin_key;
    std::string destination_key;
    std::string name;
    bool composite = false;
};
int run(const RelateArguments& arguments, Session& session);

struct EditArguments {
    std::filesystem::path file;
    std::string layer;
    /// Which of the three is to be done: the other members follow from it.
    enum class Kind : std::uint8_t { Insert, Update, Delete };
    Kind kind = Kind::Insert;
    std::string feature;  ///< GlobalID, for Update and Delete
    std::string json;     ///< for Insert and Update
};
int run(const EditArguments& arguments, Session& session);

struct AttachArguments {
    std::filesystem::path file;
    std::string layer;
    std::string feature;  ///< GlobalID
    std::vector<std::filesystem::path> sources;
    std::string keywords;
};
int run(const AttachArguments& arguments, Session& session);

struct AttachmentsArguments {
    std::filesystem::path file;
    std::string action = "list";  ///< list, get or clean
    std::string attachment;       ///< GlobalID, for get
    std::optional<std::filesystem::path> output;
};
int run(const AttachmentsArguments& arguments, Session& session);

struct SyncArguments {
    std::filesystem::path file;
    wire::SyncDirection direction = wire::SyncDirection::Bidirectional;
    /// By a layer's name or number; none: it stays out.
    std::map<std::string, std::optional<wire::SyncDirection>> layer_directions;
    bool rollback_on_failure = false;
    std::map<std::string, sync::MergePolicy> policies;  ///< by a layer's name or number
    bool close = false;
    std::string service;  ///< its address now; "": where it was
    bool renew = false;   ///< also when the service does not know the replica
    std::optional<sync::AttachmentPolicy> attachments;  ///< from now on; none: as it is
};
int run(const SyncArguments& arguments, Session& session);

struct UnregisterArguments {
    std::filesystem::path file;
};
int run(const UnregisterArguments& arguments, Session& session);

struct StatusArguments {
    std::filesystem::path file;
};
int run(const StatusArguments& arguments, Session& session);

struct LogArguments {
    std::filesystem::path file;
    enum class What : std::uint8_t { Pending, Rejected, Conflicts };
    What what = What::Pending;
    std::vector<std::string> layers;  ///< empty: all
};
int run(const LogArguments& arguments, Session& session);

struct ConflictsArguments {
    std::filesystem::path file;
    enum class Action : std::uint8_t { List, Show, Resolve };
    Action action = Action::List;
    std::int64_t number = 0;  ///< for Show and Resolve
    sync::Resolution resolution;
};
int run(const ConflictsArguments& arguments, Session& session);

struct RejectedArguments {
    std::filesystem::path file;
    enum class Action : std::uint8_t { List, Show, Retry, TakeTheirs, Drop, Park, Export };
    Action action = Action::List;
    std::int64_t number = 0;       ///< for all but List and Export
    std::filesystem::path target;  ///< for Export
};
int run(const RejectedArguments& arguments, Session& session);

struct ExplainArguments {
    std::filesystem::path file;
    std::string layer;
    std::string feature;  ///< GlobalID
};
int run(const ExplainArguments& arguments, Session& session);

struct VerifyArguments {
    std::filesystem::path file;
};
int run(const VerifyArguments& arguments, Session& session);

struct RescueArguments {
    std::filesystem::path damaged;
    std::filesystem::path target;
};
int run(const RescueArguments& arguments, Session& session);

struct SchemaArguments {
    std::filesystem::path file;
    enum class Action : std::uint8_t { List, AddField, Describe };
    Action action = Action::List;
    // For AddField; for Describe `field` is the path of the definition.
    std::string layer, field, type;
    std::optional<std::string> alias, default_value, codes, range;
    std::optional<std::int32_t> length;
    bool required = false;
};
int run(const SchemaArguments& arguments, Session& session);

struct DiffArguments {
    std::filesystem::path a;
    std::filesystem::path b;
    std::vector<std::string> layers;           ///< empty: all of both files
    std::map<std::string, std::string> where;  ///< by a layer's name or number
    std::optional<geodb::Envelope> extent;
    std::optional<std::int32_t> extent_crs;  ///< none: each layer's own
    enum class Filtered : std::uint8_t { Both, OnlyA, OnlyB };
    Filtered filtered = Filtered::Both;
    std::size_t name_at_most = 20;  ///< differences of one layer
};
int run(const DiffArguments& arguments, Session& session);

using Command =
    std::variant<ImportArguments, ServeArguments, ReplicateArguments, EditArguments,
                 AttachArguments, AttachmentsArguments, SyncArguments, UnregisterArguments,
                 StatusArguments, LogArguments, ConflictsArguments, RejectedArguments,
                 SchemaArguments, DiffArguments, RelateArguments, RegisterArguments, RelayArguments,
                 ExplainArguments, VerifyArguments, RescueArguments, UserArguments>;

}  // namespace rhumb::tool
