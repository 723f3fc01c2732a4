// SPDX-License-Identifier: Apache-2.0
#include "geodb/rtree/packed_rtree.hpp"

#include "geodb/rtree/curve_order.hpp"
#include "geodb/sqlite/row_source.hpp"
#include "geodb/sqlite/statement.hpp"
#include "platform/error.hpp"

#include <algorithm>
#include <cmath>
#include <limits>
#include <numeric>
#include <span>

namespace rhumb::geodb {
namespace {

using sqlite::quoted_name;
using sqlite::Statement;

constexpr std::size_t kLeastNodeBytes = kNodeHeaderBytes + 3 * kNodeCellBytes;
/// Room for a few later inserts, so that the first edits do not split every node.
constexpr std::size_t kFilledCells = 48;
constexpr std::size_t kCellsInMemory = 128 * 1024;  // 3 MB of them
/// That nodes are made of at a time, when the others are in the file.
constexpr std::size_t kGatheredCells = 2 * kCellsInMemory;

/// SQLite rounds outwards by one part in 2^23, sometimes two steps of a float. We do the same, so
/// that a tree gives the same answers whoever wrote it.
constexpr double kRoundingStep = 1.0 / 8388608.0;

float rounded_down(double value) {
    const auto rounded = static_cast<float>(value);
    if (!(static_cast<double>(rounded) > value)) return rounded;
    return static_cast<float>(value - std::fabs(value) * kRoundingStep);
}

float rounded_up(double value) {
    const auto rounded = static_cast<float>(value);
    if (!(static_cast<double>(rounded) < value)) return rounded;
    return static_cast<float>(value + std::fabs(value) * kRoundingStep);
}

std::uint16_t grid(float low, float high, float min, float scale) {
    const float middle = (low + high) / 2;
    const float cell = (middle - min) * scale;
    return cell >= 0 && cell < 65535.0F ? static_cast<std::uint16_t>(cell) : std::uint16_t{65535};
}

/// The size that SQLite gave the tree when it was made: all nodes have that of the root. It
/// follows from the page size of that time.
std::size_t node_bytes(sqlite::Database& database, const std::string& rtree_table) {
    const auto root = database.int64_of("SELECT length(data) FROM " +
                                        quoted_name(rtree_table + "_node") + " WHERE nodeno = 1");
    if (root && *root >= static_cast<std::int64_t>(kLeastNodeBytes)) {
        return static_cast<std::size_t>(*root);
    }
    throw Error(Status::CorruptData, "the R-tree '" + rtree_table + "' has no root");
}

}  // namespace

void PackedRtree::add(std::int64_t fid, const Envelope& box) {
    if (std::isnan(box.min_x) || std::isnan(box.min_y)) return;
    cells_.push_back({fid, rounded_down(box.min_x), rounded_up(box.max_x), rounded_down(box.min_y),
                      rounded_up(box.max_y)});
    if (cells_.size() == kCellsInMemory && !folder_.empty()) spill();
}

void PackedRtree::spill() {
    if (!spilled_) spilled_ = std::make_unique<TemporaryFile>(folder_);
    spilled_->append({reinterpret_cast<const char*>(cells_.data()), cells_.size() * sizeof(Cell)});
    spilled_count_ += cells_.size();
    cells_.clear();
}

/// Fetches the next cells of the file, and after them those in memory.
bool PackedRtree::Cells::fetch() {
    constexpr std::size_t kCellsAtOnce = 4096;
    if (fetched_ < tree_.spilled_count_) {
        piece_.resize(std::min(kCellsAtOnce, tree_.spilled_count_ - fetched_));
        const std::size_t bytes = piece_.size() * sizeof(Cell);
        if (tree_.spilled_->read(fetched_ * sizeof(Cell), reinterpret_cast<char*>(piece_.data()),
                                 bytes) != bytes) {
            throw Error(Status::Io, "the boxes of '" + tree_.table_ + "' do not come back whole");
        }
        fetched_ += piece_.size();
        at_ = piece_.data();
        end_ = at_ + piece_.size();
        return true;
    }
    if (in_memory_ || tree_.cells_.empty()) return false;
    in_memory_ = true;
    at_ = tree_.cells_.data();
    end_ = at_ + tree_.cells_.size();
    return true;
}

PackedRtree::Ranks PackedRtree::ranks_along_curve() const {
    constexpr float kHuge = std::numeric_limits<float>::max();
    float min_x = kHuge, min_y = kHuge, max_x = -kHuge, max_y = -kHuge;
    for (Cells cells(*this); const Cell* cell = cells.next();) {
        min_x = std::min(min_x, cell->min_x);
        min_y = std::min(min_y, cell->min_y);
        max_x = std::max(max_x, cell->max_x);
        max_y = std::max(max_y, cell->max_y);
    }
    const float scale_x = max_x > min_x ? 65535.0F / (max_x - min_x) : 0.0F;
    const float scale_y = max_y > min_y ? 65535.0F / (max_y - min_y) : 0.0F;
    Ranks positions;
    positions.reserve(cell_count());
    for (Cells cells(*this); const Cell* cell = cells.next();) {
        positions.push_back(hilbert_position({grid(cell->min_x, cell->max_x, min_x, scale_x),
                                              grid(cell->min_y, cell->max_y, min_y, scale_y)}));
    }
    const std::vector<std::uint32_t> order = sorted_indices(positions);
    Ranks& ranks = positions;  // which nobody needs any more
    for (std::size_t i = 0; i < order.size(); ++i) ranks[order[i]] = static_cast<std::uint32_t>(i);
    return positions;
}

PackedRtree::Cell PackedRtree::write_node(sqlite::Database& database, std::int64_t number,
                                          const Cell* begin, const Cell* end) {
    std::vector<std::uint8_t> node(node_bytes_);
    store_big_u16(&node[2], static_cast<std::size_t>(end - begin));
    Cell around = begin != end ? *begin : Cell{};
    around.id = number;
    std::uint8_t* out = node.data() + kNodeHeaderBytes;
    for (const Cell* cell = begin; cell != end; ++cell, out += kNodeCellBytes) {
        store_cell(out, *cell);
        around.min_x = std::min(around.min_x, cell->min_x);
        around.max_x = std::max(around.max_x, cell->max_x);
        around.min_y = std::min(around.min_y, cell->min_y);
        around.max_y = std::max(around.max_y, cell->max_y);
    }
    database.cached("INSERT INTO " + quoted_name(table_ + "_node") + " VALUES (?1, ?2)")
        .bind(1, number)
        .bind(2, std::span<const std::uint8_t>(node))
        .run();
    return around;
}

/// Writes the nodes, and leaves in `parents_` the cells of the level above. As many nodes are
/// gathered at a time as memory has room for; all cells are looked through for each time.
PackedRtree::Nodes PackedRtree::write_level(sqlite::Database& database, const Ranks& ranks) {
    const std::size_t filled =
        std::min(kFilledCells, (node_bytes_ - kNodeHeaderBytes) / kNodeCellBytes);
    const std::size_t count = std::max<std::size_t>(1, (ranks.size() + filled - 1) / filled);
    const Nodes nodes{ranks.size(), count, count == 1 ? kRootNode : next_node_};
    if (count > 1) next_node_ += static_cast<std::int64_t>(count);
    parents_.clear();
    std::vector<Cell> gathered;
    for (std::size_t node = 0; node < count;) {
        const std::size_t until = std::min(count, node + kGatheredCells / filled);
        const std::size_t begin = nodes.begin(node);
        gathered.resize(nodes.begin(until) - begin);
        std::size_t at = 0;
        for (Cells cells(*this); const Cell* cell = cells.next();) {
            // Those before `begin` become huge.
            const std::size_t place = ranks[at++] - begin;
            if (place < gathered.size()) gathered[place] = *cell;
        }
        for (; node < until; ++node) {
            parents_.push_back(write_node(database, nodes.number(node),
                                          gathered.data() + (nodes.begin(node) - begin),
                                          gathered.data() + (nodes.begin(node + 1) - begin)));
        }
    }
    return nodes;
}

/// The cells of a level and the nodes they went to. As a table it ends where the ids have a gap.
class PackedRtree::Children : public sqlite::RowSource {
public:
    Children(const PackedRtree& tree, const Nodes& nodes, const Ranks& ranks)
        : cells_(tree), nodes_(nodes), ranks_(ranks), cell_(cells_.next()) {}

    /// Whether the next id is the one that SQLite would give to a new row.
    bool follows() const { return cell_ != nullptr && cell_->id == last_ + 1; }
    bool next() override { return follows() && take(); }
    bool next_after_gap() { return cell_ != nullptr && take(); }

private:
    bool take() {
        rowid = cell_->id;
        value = nodes_.number_of_rank(ranks_[at_]);
        last_ = at_ == 0 ? rowid : std::max(last_, rowid);
        ++at_;
        cell_ = cells_.next();
        return true;
    }

    Cells cells_;
    const Nodes& nodes_;
    const Ranks& ranks_;
    const Cell* cell_;       ///< that comes next
    std::size_t at_ = 0;     ///< how many came
    std::int64_t last_ = 0;  ///< the greatest id that came; 0 before the first
};

/// In the order of ids, not of nodes: appending is many times cheaper than inserting anywhere. An
/// id that is the next one anyway is left to SQLite, which then need not look for its place.
void PackedRtree::write_children(sqlite::Database& database, const char* suffix, const char* column,
                                 const Nodes& nodes, const Ranks& ranks) const {
    const std::string table = quoted_name(table_ + suffix);
    Statement put(database, "INSERT INTO " + table + " VALUES (?1, ?2)");
    Statement append(database, "INSERT INTO " + table + " (" + std::string(column) +
                                   ") SELECT rhumb_value FROM rhumb_rows(?1)");
    Children children(*this, nodes, ranks);
    for (;;) {
        if (children.follows()) append.bind_rows(1, children).run();
        if (!children.next_after_gap()) return;
        put.bind(1, children.rowid).bind(2, children.value).run();
    }
}

/// Only the root says how deep the tree is.
void PackedRtree::write_depth(sqlite::Database& database, std::int64_t depth) const {
    const std::string nodes = quoted_name(table_ + "_node");
    Statement root(database, "SELECT data FROM " + nodes + " WHERE nodeno = 1");
    root.step();
    const auto blob = root.column_blob(0);
    std::vector<std::uint8_t> data(blob.begin(), blob.end());
    root.reset();
    store_big_u16(data.data(), static_cast<std::size_t>(depth));
    Statement put_root(database, "UPDATE " + nodes + " SET data = ?1 WHERE nodeno = 1");
    put_root.bind(1, std::span<const std::uint8_t>(data)).run();
}

void PackedRtree::write(sqlite::Database& database, const std::string& rtree_table) {
    table_ = rtree_table;
    node_bytes_ = node_bytes(database, rtree_table);
    for (const char* suffix : {"_node", "_rowid", "_parent"}) {
        database.execute("DELETE FROM " + quoted_name(rtree_table + suffix));
    }
    next_node_ = kRootNode + 1;
    if (spilled_) {
        spill();
        cells_.shrink_to_fit();
    }
    {
        const Ranks ranks = ranks_along_curve();
        const Nodes nodes = write_level(database, ranks);
        write_children(database, "_rowid", "nodeno", nodes, ranks);
    }
    spilled_.reset();
    spilled_count_ = 0;
    std::int64_t depth = 0;
    for (; parents_.size() > 1; ++depth) {
        cells_.swap(parents_);
        Ranks as_they_are(cells_.size());
        std::iota(as_they_are.begin(), as_they_are.end(), 0u);
        const Nodes nodes = write_level(database, as_they_are);
        write_children(database, "_parent", "parentnode", nodes, as_they_are);
    }
    write_depth(database, depth);
    cells_.clear();
}

}  // namespace rhumb::geodb
