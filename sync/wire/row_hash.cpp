// SPDX-License-Identifier: Apache-2.0
#include "sync/wire/row_hash.hpp"

#include "platform/text.hpp"

#include <algorithm>

namespace rhumb::wire {
namespace {

constexpr std::string_view kDigits = "0123456789ABCDEF";

std::vector<std::size_t> columns_by_name(const geodb::Layer& layer) {
    std::vector<std::size_t> columns = json_columns(layer);
    std::sort(columns.begin(), columns.end(), [&](std::size_t a, std::size_t b) {
        return lowered(layer.fields[a].name) < lowered(layer.fields[b].name);
    });
    return columns;
}

FeatureJsonWriter::Style style() {
    FeatureJsonWriter::Style style;
    style.object_id = false;
    style.null_shape = true;
    return style;
}

}  // namespace

RowHasher::RowHasher(const geodb::Layer& layer, const geodb::CoordinateTransform* transform)
    : features_(layer, columns_by_name(layer), style()) {
    features_.project_with(transform);
}

Sha256 RowHasher::hash_text() const {
    Sha256Stream stream;
    stream.add(text_);
    return stream.finish();
}

void RangeHash::add(const Sha256& row) {
    ++count;
    for (std::size_t i = 0; i < row.bytes.size(); ++i) hash.bytes[i] ^= row.bytes[i];
}

std::string range_name(std::size_t range) {
    return {kDigits[range / 16 % 16], kDigits[range % 16]};
}

std::size_t range_of(std::string_view name) {
    if (name.size() != 2) return 256;
    const std::size_t high = kDigits.find(name[0]);
    const std::size_t low = kDigits.find(name[1]);
    const bool valid = high != std::string_view::npos && low != std::string_view::npos;
    return valid ? high * 16 + low : 256;
}

}  // namespace rhumb::wire
