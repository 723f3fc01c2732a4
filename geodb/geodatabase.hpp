// SPDX-License-Identifier: Apache-2.0
//
// One open geodatabase: a GeoPackage whose layers are tracked.
//
// The file stays an ordinary GeoPackage: other programs may read and edit it at the same time.

#pragma once

#include "geodb/features/edit_statements.hpp"
#include "geodb/ids.hpp"
#include "geodb/layer.hpp"
#include "geodb/sqlite/database.hpp"
#include "geodb/timeline.hpp"
#include "geodb/world.hpp"

#include <cstdint>
#include <filesystem>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace rhumb::geodb {

/// A layer that is to be made.
struct LayerPlan {
    std::string name;
    std::vector<Field> fields;  ///< a GlobalID field is added when none is among them
    std::optional<GeometryColumn> geometry;
    std::optional<LayerId> id;  ///< default: the next free one
    std::string description;
    LayerDefinition definition;
};

/// Lives on one thread at a time. What `world` refers to outlives it.
class Geodatabase {
public:
    enum class Access { Read, Write };
    /// How writes reach the file. Keep: as the file is now. Wal: readers and a writer do not wait
    /// for each other; hand_over() undoes it.
    enum class Journal { Keep, Wal };

    /// Whether a commit waits until it would survive a dead battery. No: for a file that is worth
    /// nothing before it is complete.
    enum class Durable { Yes, No };

    /// Makes a new, empty geodatabase. Throws AlreadyExists when the file is there.
    static Geodatabase create(const std::filesystem::path& path, World world,
                              Durable durable = Durable::Yes);
    /// Opens a geodatabase that is tracked already. Throws when the file is missing, no
    /// GeoPackage, of a newer format, or a GeoPackage that nobody has prepared (see adopt).
    static Geodatabase open(const std::filesystem::path& path, World world,
                            Access access = Access::Write, Journal journal = Journal::Keep);
    /// Opens any GeoPackage and prepares the tables that are not tracked yet: a GlobalID column
    /// where there is none, the R-tree, the edit log and its triggers. One transaction.
    static Geodatabase adopt(const std::filesystem::path& path, World world,
                             Journal journal = Journal::Keep);

    const std::vector<Layer>& layers() const { return layers_; }
    /// Throws NotFound naming the layer.
    const Layer& layer(LayerId id) const;
    /// By name, table name or number, in any letter case. Throws NotFound listing what there is.
    const Layer& layer(std::string_view name_or_number) const;

    /// Tables of the GeoPackage that are no layers here, and layers whose table is gone, each with
    /// the reason.
    const std::vector<std::string>& left_out() const { return left_out_; }

    /// Makes a tracked layer inside the caller's transaction. Index and R-tree are made by
    /// finish_layer, after the rows: that is many times faster than keeping them during a load.
    const Layer& add_layer(const LayerPlan& plan);
    void finish_layer(LayerId id);
    /// Adds a field to a layer that may have rows and pending edits; the statement that did it.
    /// Inside the caller's transaction. References to layers end. See geodb::add_field.
    std::string add_field(LayerId id, const Field& field);
    /// Gives a field another alias or domain, as add_field does.
    void describe_field(LayerId id, const Field& field);
    /// Replaces what the layer's definition says beside its columns. Inside the caller's
    /// transaction. References to layers end.
    void describe_layer(LayerId id, const LayerDefinition& definition);

    GlobalId new_global_id() const { return {Uuid::random(world_.random)}; }
    std::int64_t now_ms() const { return world_.clock.now_ms(); }
    Uuid database_id() const;
    World world() const { return world_; }
    sqlite::Database& database() { return database_; }
    Timeline timeline() { return Timeline(database_); }
    const std::filesystem::path& path() const { return database_.path(); }

    /// For writers: the generation of edits made now. Triggers that other programs have made or
    /// dropped since are heeded from here on; where they changed the columns of this layer it
    /// throws SchemaChanged, until reload(). Inside the write transaction.
    Generation begin_edits(const Layer& layer);
    /// The prepared edits of a layer, shared by writer after writer.
    std::shared_ptr<EditStatements> edit_statements(const Layer& layer, const EditMode& mode);

    /// Reads the layers' definitions again, after somebody changed them, and lets the edit logs
    /// follow columns that other programs added, renamed or reordered. References to layers end.
    void reload();
    /// reload() if another program changed columns of layers since; whether it did. Costs little
    /// where nothing has changed.
    bool reload_if_changed();
    /// Leaves one plain file behind, with no -wal beside it, as readers of GeoPackages expect.
    /// Does nothing when another program has the file open.
    void hand_over();

private:
    Geodatabase(sqlite::Database database, World world);
    void set_pragmas(Access access, Journal journal);
    void adopt_tables();
    void follow_changes();
    void forget_edit_statements();
    void note_schema();
    Generation last_closed();
    void heed_changes();

    sqlite::Database database_;
    World world_;
    std::vector<Layer> layers_;
    std::vector<std::string> left_out_;
    std::map<std::string, std::string> refused_;  ///< tables that could not be adopted, and why
    bool switched_to_wal_ = false;
    std::string schema_;                     ///< fingerprint of what layers_ were read from
    std::set<LayerId> outdated_;             ///< layers whose columns are others by now
    std::optional<sqlite::Statement> head_;  ///< asks for the last closed generation
    int head_compiled_ = 0;                  ///< how often, when schema_ was last compared
    std::map<std::pair<LayerId, EditMode>, std::shared_ptr<EditStatements>> edit_statements_;
};

}  // namespace rhumb::geodb
