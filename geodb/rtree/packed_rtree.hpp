// SPDX-License-Identifier: Apache-2.0
//
// Builds the R-tree of a layer at once, written as packed nodes straight into the shadow tables
// of SQLite's rtree module.
//
// Inserting a million boxes one by one costs ten times as much as the rows themselves; sorted
// along a space-filling curve and written as full nodes they cost a fraction of it.

#pragma once

#include "geodb/geometry/geometry.hpp"
#include "geodb/rtree/rtree_node.hpp"
#include "geodb/sqlite/database.hpp"
#include "platform/temporary_file.hpp"

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <memory>
#include <string>
#include <utility>
#include <vector>

namespace rhumb::geodb {

/// Collects boxes, then writes the tree. Some 15 bytes of memory for each box while it is written;
/// the boxes themselves go to a file when they are many.
class PackedRtree {
public:
    /// `folder`: where a file without a name may be made. None: all stays in memory, 40 bytes more
    /// for each box.
    explicit PackedRtree(std::filesystem::path folder = {}) : folder_(std::move(folder)) {}

    /// Fastest when the features come by ascending fid.
    void add(std::int64_t fid, const Envelope& box);

    /// Replaces the content of the (empty or filled) virtual table `rtree_table`.
    void write(sqlite::Database& database, const std::string& rtree_table);

private:
    using Cell = NodeCell;
    /// The place of each cell in the order of the tree.
    using Ranks = std::vector<std::uint32_t>;
    /// How the cells of a level spread over its nodes: evenly, since a last node with two cells
    /// would be against the rtree's own rule.
    struct Nodes {
        std::size_t cells;
        std::size_t count;
        std::int64_t first_number;

        std::size_t begin(std::size_t node) const { return cells * node / count; }
        std::int64_t number(std::size_t node) const {
            return first_number + static_cast<std::int64_t>(node);
        }
        std::int64_t number_of_rank(std::size_t rank) const {
            return number(((rank + 1) * count - 1) / cells);
        }
    };

    std::size_t cell_count() const { return spilled_count_ + cells_.size(); }
    void spill();

    /// All cells of the level in the order of add(), whether they are in memory or in the file.
    class Cells {
    public:
        explicit Cells(const PackedRtree& tree) : tree_(tree) {}
        /// Valid until the next call; nullptr at the end.
        const Cell* next() { return at_ != end_ || fetch() ? at_++ : nullptr; }

    private:
        bool fetch();

        const PackedRtree& tree_;
        std::vector<Cell> piece_;  ///< of the file
        std::size_t fetched_ = 0;
        bool in_memory_ = false;
        const Cell* at_ = nullptr;
        const Cell* end_ = nullptr;
    };
    class Children;

    Ranks ranks_along_curve() const;
    Cell write_node(sqlite::Database& database, std::int64_t number, const Cell* begin,
                    const Cell* end);
    Nodes write_level(sqlite::Database& database, const Ranks& ranks);
    void write_children(sqlite::Database& database, const char* suffix, const char* column,
                        const Nodes& nodes, const Ranks& ranks) const;
    void write_depth(sqlite::Database& database, std::int64_t depth) const;

    std::filesystem::path folder_;
    std::string table_;
    std::vector<Cell> cells_;                 ///< of the level that is written
    std::unique_ptr<TemporaryFile> spilled_;  ///< those before them, when they are many
    std::size_t spilled_count_ = 0;
    std::vector<Cell> parents_;  ///< of the level above it
    std::size_t node_bytes_ = 0;
    std::int64_t next_node_ = 0;
};

}  // namespace rhumb::geodb
