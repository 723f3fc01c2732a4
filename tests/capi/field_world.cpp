// SPDX-License-Identifier: Apache-2.0
#include "tests/capi/field_world.hpp"

#include "geodb/features/feature_reader.hpp"
#include "platform/files.hpp"
#include "platform/http/listener.hpp"
#include "tests/support/office.hpp"

#include <algorithm>
#include <mutex>
#include <vector>

namespace rhumb::test {

using geodb::FieldType;

struct FieldFile::Impl {
    TempFolder folder;
    TestWorld world;
};

FieldFile::FieldFile() : impl_(std::make_unique<Impl>()), path_(beside("field.gpkg")) {
    auto file = geodb::Geodatabase::create(path_, impl_->world.world());
    geodb::LayerPlan trees = trees_plan();
    trees.fields.push_back(field("owner", FieldType::Guid, 38));
    trees.fields.push_back(field("photo", FieldType::Blob));
    trees.fields.push_back(field("built", FieldType::DateOnly));
    trees.fields.push_back(field("small", FieldType::SmallInteger));
    trees.fields.back().default_sql = "7";
    trees.fields.push_back(field("Größe \"x\"", FieldType::String, 5));
    trees.fields.push_back(field("must", FieldType::String, 10));
    trees.fields.back().nullable = false;
    trees.fields.back().default_sql = "'given'";
    make_layer(file, trees);
    make_layer(file, visits_plan());
}

FieldFile::~FieldFile() = default;

std::string FieldFile::beside(const std::string& name) const {
    return (impl_->folder / name).string();
}

void FieldFile::foreign(const std::string& sql) const {
    using geodb::sqlite::Database;
    Database::open(path_, Database::Mode::ReadWrite).execute(sql);
}

struct FieldService::Impl {
    Office office;
    std::mutex mutex;  // guards `before`
    std::function<void(const std::string&)> before;
    std::unique_ptr<http::Listener> listener;  // last: its threads use the rest

    http::Response answer(const http::Request& request) {
        std::function<void(const std::string&)> call;
        {
            const std::lock_guard lock(mutex);
            call = before;
        }
        if (call) call(std::string(request.path()));
        return office.handle(request);
    }
};

FieldService::FieldService() : impl_(std::make_unique<Impl>()) {
    impl_->listener = std::make_unique<http::Listener>(
        http::Listener::Options{},
        [impl = impl_.get()](const http::Request& request) { return impl->answer(request); });
    impl_->listener->start();
    url_ = "http://127.0.0.1:" + std::to_string(impl_->listener->port()) + Office::kService;
}

FieldService::~FieldService() = default;

void FieldService::rule(const std::string& sql) {
    impl_->office.open_file().database().execute(sql);
}

void FieldService::add_tree(const std::string& species, double x, double y) {
    impl_->office.add("trees", {{"species", species}}, point(x, y));
}

void FieldService::set_species(const std::string& global_id, const std::string& species) {
    impl_->office.update("trees", {Uuid::parse(global_id).value()}, {{"species", species}});
}

std::string FieldService::species() const {
    auto file = impl_->office.open_file();
    const geodb::Layer& layer = file.layer("trees");
    geodb::FeatureQuery query;
    query.columns = {layer.find_field("species").value()};
    std::vector<std::string> names;
    geodb::FeatureCursor cursor(file.database(), layer, query);
    while (cursor.next()) names.emplace_back(cursor.row().column_text(1));
    std::sort(names.begin(), names.end());
    std::string all;
    for (const std::string& name : names) all += (all.empty() ? "" : " ") + name;
    return all;
}

void FieldService::before_each(std::function<void(const std::string& path)> call) {
    const std::lock_guard lock(impl_->mutex);
    impl_->before = std::move(call);
}

FieldService::Answer FieldService::handle(const std::string& method, const std::string& target,
                                          const std::string& content_type,
                                          const std::string& body) {
    http::Request request;
    request.method = method;
    request.target = target;
    request.scheme = "http";
    request.headers.set("Host", "office.test");
    if (!content_type.empty()) request.headers.set("Content-Type", content_type);
    request.body = body;
    const http::Response response = impl_->office.handle(request);
    const std::string answer = response.file() != nullptr ? read_file(response.file()->path)
                                                          : std::string(response.text());
    return {response.status, std::string(response.headers.get("Content-Type")), answer};
}

}  // namespace rhumb::test
