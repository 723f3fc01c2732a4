// SPDX-License-Identifier: Apache-2.0
//
// The nodes are read as they are: SQLite's own walk hands each row to the virtual machine, which
// takes ten times as long as telling whether its box meets the area.
#include "geodb/rtree/rtree_search.hpp"

#include "geodb/rtree/rtree_node.hpp"
#include "geodb/sqlite/statement.hpp"
#include "platform/error.hpp"

#include <algorithm>
#include <unordered_set>

namespace rhumb::geodb {
namespace {

constexpr int kDeepest = 40;  // as in SQLite's rtree module

bool meets(const NodeCell& cell, const Envelope& area) {
    return static_cast<double>(cell.max_x) >= area.min_x &&
           static_cast<double>(cell.min_x) <= area.max_x &&
           static_cast<double>(cell.max_y) >= area.min_y &&
           static_cast<double>(cell.min_y) <= area.max_y;
}

class Walk {
public:
    Walk(sqlite::Database& database, const std::string& schema, std::string tree,
         const Envelope& area, std::size_t most)
        : tree_(std::move(tree)),
          node_(database,
                "SELECT data FROM " + schema + sqlite::quoted_name(tree_ + "_node") +
                    " WHERE nodeno = ?1",
                sqlite::Statement::Kept),
          area_(area),
          most_(most) {}

    /// False when there are too many.
    bool run() {
        int depth = 0;
        const std::vector<std::int64_t> found = look_into(kRootNode, &depth);
        if (depth > kDeepest) damaged(kRootNode);
        return depth == 0 ? take(found) : descend(found, depth);
    }

    std::vector<std::int64_t> fids;

private:
    bool descend(const std::vector<std::int64_t>& nodes, int depth) {
        for (const std::int64_t node : nodes) {
            const std::vector<std::int64_t> found = look_into(node);
            if (!(depth == 1 ? take(found) : descend(found, depth - 1))) return false;
        }
        return true;
    }

    bool take(const std::vector<std::int64_t>& found) {
        fids.insert(fids.end(), found.begin(), found.end());
        return fids.size() <= most_;
    }

    /// The ids of its cells that meet the area.
    std::vector<std::int64_t> look_into(std::int64_t number, int* depth = nullptr) {
        // In a tree that is whole no way leads to a node twice; in another there may be rings.
        if (!seen_.insert(number).second || !node_.bind(1, number).step()) damaged(number);
        const auto data = node_.column_blob(0);
        if (data.size() < kNodeHeaderBytes) damaged(number);
        const std::size_t count = load_big_u16(&data[2]);
        if (data.size() - kNodeHeaderBytes < count * kNodeCellBytes) damaged(number);
        if (depth != nullptr) *depth = load_big_u16(&data[0]);
        std::vector<std::int64_t> found;
        const std::uint8_t* bytes = data.data() + kNodeHeaderBytes;
        for (std::size_t i = 0; i < count; ++i, bytes += kNodeCellBytes) {
            const NodeCell cell = load_cell(bytes);
            if (meets(cell, area_)) found.push_back(cell.id);
        }
        node_.reset();
        return found;
    }

    [[noreturn]] void damaged(std::int64_t node) const {
        throw Error(Status::CorruptData,
                    "the R-tree '" + tree_ + "' is damaged at its node " + std::to_string(node));
    }

    std::string tree_;
    sqlite::Statement node_;
    const Envelope area_;
    const std::size_t most_;
    std::unordered_set<std::int64_t> seen_;
};

}  // namespace

std::optional<std::vector<std::int64_t>> fids_near(sqlite::Database& database,
                                                   const std::string& schema,
                                                   const RtreeColumn& column, const Envelope& area,
                                                   std::size_t most) {
    Walk walk(database, schema, rtree_table(column), area, most);
    if (!walk.run()) return std::nullopt;
    std::vector<std::int64_t> fids = std::move(walk.fids);
    std::sort(fids.begin(), fids.end());
    fids.erase(std::unique(fids.begin(), fids.end()), fids.end());
    return fids;
}

}  // namespace rhumb::geodb
