// SPDX-License-Identifier: Apache-2.0
//
// A transaction of edits: the writer's turn, the transaction, and a writer for each layer.

#pragma once

#include "geodb/features/feature_writer.hpp"
#include "geodb/sqlite/transaction.hpp"
#include "rhumb/edits.h"
#include "runtime/worker/open_geodatabase.hpp"

#include <cstddef>
#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <vector>

struct rhumb_edits {
    using Layer = rhumb::geodb::Layer;
    using Writer = rhumb::geodb::FeatureWriter;

    explicit rhumb_edits(std::shared_ptr<rhumb::runtime::OpenGeodatabase> owner);

    struct Made {
        rhumb::geodb::ObjectId oid;
        rhumb_guid global_id;
    };
    Made insert(std::int32_t layer, const rhumb_feature& feature);
    void update(std::int32_t layer, const rhumb_guid& global_id, const rhumb_feature& feature);
    void erase(std::int32_t layer, const rhumb_guid& global_id);
    void commit();
    void rollback();

    std::mutex mutex;

private:
    struct Open {
        explicit Open(rhumb::runtime::OpenGeodatabase& owner);
        rhumb::runtime::WriterTurn turn;
        rhumb::geodb::Geodatabase& geodatabase;
        rhumb::geodb::sqlite::Transaction transaction;
        bool is_replica;
        std::map<rhumb::geodb::LayerId, Writer> writers;
    };

    /// Throws InvalidArgument when the edits are over.
    Open& open();
    Writer& writer(const Layer& layer);
    /// Runs one edit so that it takes effect whole or not at all.
    void in_part(const std::function<void()>& edit);
    void check_sendable(const Layer& layer, const std::vector<rhumb::geodb::ColumnValue>& values);

    std::shared_ptr<rhumb::runtime::OpenGeodatabase> owner_;
    std::optional<Open> open_;
    const char* ended_ = "";  // how
};
