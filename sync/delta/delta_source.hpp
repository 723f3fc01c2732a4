// SPDX-License-Identifier: Apache-2.0
//
// What a delta is read from: one of its two forms. Internal to DeltaReader.

#pragma once

#include "sync/delta/delta_reader.hpp"

#include <cstdint>
#include <filesystem>
#include <memory>
#include <string>

namespace rhumb::delta {

/// See DeltaReader.
class DeltaSource {
public:
    virtual ~DeltaSource() = default;
    virtual const Header& header() const = 0;
    /// For a kind and layer of which the header tells `count` rows.
    virtual void each(Kind kind, const geodb::Layer& layer, std::int64_t count,
                      const OnRow& on_row) = 0;
};

std::unique_ptr<DeltaSource> open_sqlite_source(const std::filesystem::path& path,
                                                const std::string& name);
std::unique_ptr<DeltaSource> open_packed_source(const std::filesystem::path& path,
                                                const std::string& name);

}  // namespace rhumb::delta
