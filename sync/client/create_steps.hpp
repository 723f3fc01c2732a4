// SPDX-License-Identifier: Apache-2.0
//
// Takes a service offline: describe, layers, create, fetch. What is agreed upon before the call is
// told in create_ladder.cpp, what becomes of its outcome in create_outcome.cpp.

#pragma once

#include "sync/client/create_options.hpp"
#include "sync/client/layer_definitions.hpp"
#include "sync/client/making_ladder.hpp"
#include "sync/client/replica_import.hpp"
#include "sync/client/service_description.hpp"

#include <cstdint>
#include <vector>

namespace rhumb::sync {

class CreateLadder final : public MakingLadder {
public:
    CreateLadder(geodb::Geodatabase& geodatabase, OnProgress on_progress);
    void begin(const CreateOptions& options);
    void resume(const ReplicaStore::Rung& rung);

private:
    void define_steps();
    void take_description(const http::Response& response);
    std::vector<geodb::LayerId> chosen_layers(const ServiceDescription& service);
    void take_layers(const http::Response& response);
    void check_wishes(const std::vector<geodb::LayerId>& chosen) const;
    void agree_on_attachments(const std::vector<wire::Json>& definitions);
    void agree_on(const wire::Json& definition, geodb::LayerId id, std::vector<wire::Json>& kept);
    http::TransportRequest ask_creation() const override;
    std::string unique_name() const override { return options_.name; }
    void take_outcome(const http::Response& response) override;
    /// Imports and finishes when the answer holds the data; else nothing is changed.
    Answer import(const http::Response& response);
    Imported import_data(const http::Response& response);
    void take_delta(const http::Response& response);
    void take_refusal(const wire::ServiceError& error) override;
    std::vector<wire::RemoteLayer> remote_layers() const;
    void complete(const Imported& imported);

    std::int32_t epsg() const {
        return static_cast<std::int32_t>(wire::to_int64(facts_.find("epsg")).value_or(4326));
    }

    CreateOptions options_;
    ServiceDescription service_;
    LayerDefinitions definitions_;
};

}  // namespace rhumb::sync
