// SPDX-License-Identifier: Apache-2.0
#include "sync/delta/delta_reader.hpp"

#include "platform/files.hpp"
#include "sync/delta/delta_file.hpp"
#include "sync/delta/delta_source.hpp"
#include "sync/delta/packed_head.hpp"

#include <algorithm>
#include <string_view>
#include <utility>

namespace rhumb::delta {
namespace {

constexpr std::string_view kSqliteMagic = "SQLite format 3";

bool begins_with(const std::filesystem::path& path, std::string_view magic) {
    std::string start;
    read_pieces(path, [&](std::string_view piece) {
        start += piece.substr(0, magic.size() - start.size());
        return start.size() < magic.size();
    });
    return start == magic;
}

}  // namespace

bool looks_like_delta(const std::filesystem::path& path) {
    return begins_with(path, kSqliteMagic) || begins_with(path, kPackedMagic);
}

DeltaReader::DeltaReader(const std::filesystem::path& path, std::string name) {
    if (name.empty()) name = "'" + path.string() + "'";
    check_kind(path, name);
    source_ = begins_with(path, kPackedMagic) ? open_packed_source(path, name)
                                              : open_sqlite_source(path, name);
}
DeltaReader::DeltaReader(DeltaReader&&) noexcept = default;
DeltaReader::~DeltaReader() = default;

const Header& DeltaReader::header() const {
    return source_->header();
}

const LayerHead* DeltaReader::layer(LayerId id) const {
    const auto& layers = header().layers;
    const auto found = std::find_if(layers.begin(), layers.end(),
                                    [&](const LayerHead& head) { return head.terms.layer == id; });
    return found != layers.end() ? &*found : nullptr;
}

void DeltaReader::each(Kind kind, const geodb::Layer& layer, const OnRow& on_row) {
    const LayerHead* head = this->layer(layer.id);
    if (head == nullptr) return;
    const Counts& counts = head->counts;
    const std::int64_t count = kind == Kind::Add      ? counts.adds
                               : kind == Kind::Update ? counts.updates
                                                      : counts.deletes;
    if (count > 0) source_->each(kind, layer, count, on_row);
}

}  // namespace rhumb::delta
