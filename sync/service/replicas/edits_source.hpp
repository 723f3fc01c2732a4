// SPDX-License-Identifier: Apache-2.0
//
// Where the edits of an upload come from: the parameter `edits`, or an upload item.
//
// An item may be far larger than memory, so edits are handed over in pieces, each of the shape of
// the parameter. All adds come before all updates, and these before all deletes.

#pragma once

#include "sync/service/call.hpp"
#include "sync/wire/feature_json.hpp"
#include "sync/wire/json.hpp"

#include <functional>
#include <memory>
#include <vector>

namespace rhumb::service {

using OnEdits = std::function<void(const wire::Json& edits)>;

/// Takes edits that are no JSON, one by one: adds of all layers, then updates, then deletes.
class RowTaker {
public:
    virtual ~RowTaker() = default;
    virtual void add(LayerId layer, wire::FeatureJson&& feature) = 0;
    virtual void update(LayerId layer, wire::FeatureJson&& feature) = 0;
    virtual void erase(LayerId layer, const GlobalId& feature) = 0;
    /// Behind all rows: `lists` as apply_attachments takes it.
    virtual void attachments(LayerId layer, const wire::Json& lists) = 0;
};

/// What kinds of edits there are, for whoever must allow them.
struct EditKinds {
    bool adds = false;
    bool updates = false;
    bool deletes = false;
    bool attachments = false;

    bool any() const { return adds || updates || deletes || attachments; }
};
EditKinds kinds_in(const wire::Json& edits);

/// Passes rows on, if the caller may make such edits; else throws as require_capability does.
class PermittedRows final : public RowTaker {
public:
    PermittedRows(const Call& call, RowTaker& next) : call_(call), next_(next) {}
    void add(LayerId layer, wire::FeatureJson&& feature) override;
    void update(LayerId layer, wire::FeatureJson&& feature) override;
    void erase(LayerId layer, const GlobalId& feature) override;
    void attachments(LayerId layer, const wire::Json& lists) override;

private:
    const Call& call_;
    RowTaker& next_;
};

class EditsSource {
public:
    virtual ~EditsSource() = default;
    virtual EditKinds kinds() const = 0;
    /// The entries by layer, their lists perhaps left empty.
    virtual const wire::Json& outline() const = 0;
    virtual void each_piece(const OnEdits& on_edits) const = 0;
    /// Whether its edits are rows, which each_row gives, instead of JSON.
    virtual bool has_rows() const { return false; }
    /// Those of the layers in `wanted`.
    virtual void each_row(const ReplicaRecord&, const std::vector<LayerId>& wanted,
                          RowTaker& taker) const {
        (void)wanted;
        (void)taker;
    }
};

/// The edits of a synchronizeReplica: those of `editsUploadId`, else `edits`, else none. Throws
/// InvalidArgument naming the parameter, or the item, that cannot be read.
std::unique_ptr<EditsSource> edits_of(const Call& call);

}  // namespace rhumb::service
