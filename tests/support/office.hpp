// SPDX-License-Identifier: Apache-2.0
//
// The office end of a test: a served geodatabase, called without a socket.

#pragma once

#include "platform/http/form.hpp"
#include "sync/service/feature_service.hpp"
#include "sync/service/store/gpkg_store.hpp"
#include "sync/wire/json.hpp"
#include "tests/support/field_layers.hpp"

#include <functional>
#include <memory>
#include <mutex>
#include <string>
#include <string_view>
#include <type_traits>

namespace rhumb::test {

/// Service "field" with layers 0 trees and 1 visits, over <folder>/field.gpkg.
class Office {
public:
    Office();
    /// A copy of another office's folder, whose files must be closed: see close().
    explicit Office(const Office& frozen);
    Office& operator=(const Office&) = delete;

    static constexpr const char* kService = "/arcgis/rest/services/field/FeatureServer";
    static constexpr const char* kUrl =
        "http://office.test/arcgis/rest/services/field/FeatureServer";

    /// Answers a request; any thread. A job is run when it is asked for the second time.
    http::Response handle(const http::Request& request);
    /// A request as a client of this office sends it: a form, or a query.
    static http::Request request(const std::string& method, const std::string& path,
                                 const http::NameValues& parameters);
    http::Response send(const std::string& method, const std::string& path,
                        const http::NameValues& parameters);
    /// POSTs to a resource below the service; the answer as JSON. f=json is added.
    wire::Json post(const std::string& resource, http::NameValues parameters = {});
    wire::Json get(const std::string& resource, http::NameValues parameters = {});

    /// The served file, opened by somebody else beside the service.
    geodb::Geodatabase open_file();
    std::filesystem::path file() const { return folder_ / "field.gpkg"; }
    service::FeatureServices& services() { return *services_; }
    TestWorld& world() { return world_; }
    const TempFolder& folder() const { return folder_; }
    /// What the service publishes about itself; takes effect with the next restart().
    service::ServiceLimits limits;
    service::OwnershipRules ownership;
    /// As if the process had died and come back; `while_dead` is called in between.
    void restart(const std::function<void()>& while_dead = {});

    /// As if the process had ended.
    void close() { services_.reset(); }

    /// Edits made in the office, each one generation.
    geodb::GlobalId add(std::string_view layer, const Attributes& attributes,
                        geodb::Value shape = geodb::Null{});
    void update(std::string_view layer, const geodb::GlobalId& feature,
                const Attributes& attributes);
    void erase(std::string_view layer, const geodb::GlobalId& feature);

private:
    TempFolder folder_;
    TestWorld world_;
    std::unique_ptr<service::FeatureServices> services_;
    std::mutex jobs_mutex_;  // one job at a time; guards job_questions_
    int job_questions_ = 0;
};

/// The members of a JSON answer on the way to a value: at(json, "edits", 0, "features").
inline const wire::Json& at(const wire::Json& json) {
    return json;
}
template <class Step, class... Rest>
const wire::Json& at(const wire::Json& json, const Step& step, const Rest&... rest) {
    if constexpr (std::is_integral_v<Step>) {
        return at(json.as_array("answer").at(static_cast<std::size_t>(step)), rest...);
    } else {
        return at(json.require(step, "answer"), rest...);
    }
}

/// All of an answer's body, wherever it is; what was to be removed is.
std::string body_of(const http::Response& response);

}  // namespace rhumb::test
