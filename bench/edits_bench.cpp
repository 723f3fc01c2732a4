// SPDX-License-Identifier: Apache-2.0
//
// Edits a second by applyEdits over a real socket, in batches of 1, 100 and 10,000, against the
// same rows inserted by plain SQLite in transactions of the same size; and reading the edits out of
// such a body against RapidJSON's document with the same values taken out of it (row 21).
#include "bench/support/bench_files.hpp"
#include "bench/support/rounds.hpp"
#include "geodb/geometry/crs.hpp"
#include "geodb/sqlite/statement.hpp"
#include "geodb/sqlite/transaction.hpp"
#include "platform/error.hpp"
#include "platform/http/beast_transport.hpp"
#include "platform/http/form.hpp"
#include "runtime/server/feature_server.hpp"
#include "sync/service/edits/edit_text.hpp"
#include "sync/wire/feature_json.hpp"

#include <rapidjson/document.h>

#include <memory>

namespace rhumb::bench {
namespace {

constexpr int kRounds = 5;

/// Points as people make them, as values and as the features of an applyEdits.
class Batch {
public:
    Batch(const geodb::Layer& layer, PointSource& source, std::size_t count) {
        wire::JsonWriter writer(features_);
        wire::FeatureJsonWriter::Style style;
        style.object_id = false;
        const wire::FeatureJsonWriter features(layer, wire::json_columns(layer), style);
        writer.begin_array();
        std::vector<geodb::Value> values;
        for (std::size_t i = 0; i < count; ++i) {
            source.next(values);
            features.write(writer, {}, [&](std::size_t column) -> const geodb::Value& {
                return values[column];
            });
            rows_.push_back(values);
        }
        writer.end_array();
        body_ = http::encode_form({{"f", "json"}, {"adds", features_}});
    }
    const std::string& features() const { return features_; }
    const std::string& body() const { return body_; }
    const std::vector<std::vector<geodb::Value>>& rows() const { return rows_; }

private:
    std::string features_, body_;
    std::vector<std::vector<geodb::Value>> rows_;
};

/// A table without anything beside it, as durable as the served file.
class PlainFile {
public:
    explicit PlainFile(const std::filesystem::path& path)
        : database_(geodb::sqlite::Database::open(path, geodb::sqlite::Database::Mode::Create)) {
        database_.execute("PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL;");
        database_.execute(plain_table("points", true));
        database_.execute("CREATE UNIQUE INDEX points_globalid ON points (globalid)");
        insert_.emplace(database_, plain_insert("points", true));
    }
    void insert(const Batch& batch) {
        geodb::sqlite::Transaction transaction(database_);
        for (const auto& row : batch.rows()) {
            insert_->bind(1, "{" + std::to_string(++made_) + "}");
            for (std::size_t i = 1; i < row.size(); ++i) {
                insert_->bind(static_cast<int>(i) + 1, row[i]);
            }
            insert_->run();
        }
        transaction.commit();
    }

private:
    geodb::sqlite::Database database_;
    std::optional<geodb::sqlite::Statement> insert_;
    std::int64_t made_ = 0;
};

class Client {
public:
    explicit Client(const std::string& layer_url) {
        request_.method = "POST";
        request_.url = layer_url + "/applyEdits";
        request_.headers.set("Content-Type", "application/x-www-form-urlencoded");
    }
    void apply(const Batch& batch) {
        request_.body = batch.body();
        const auto result = transport_.send(request_, {});
        const auto* answer = std::get_if<http::Response>(&result);
        const bool fine = answer != nullptr && answer->status == 200 &&
                          answer->text().find("\"error\"") == std::string::npos;
        if (!fine) throw Error(Status::Internal, "applyEdits failed");
    }

private:
    http::BeastTransport transport_;
    http::TransportRequest request_;
};

void measure_batches(const Desk& desk, Client& client, PlainFile& plain, const Batch& batch,
                     int times) {
    const Rounds rounds(kRounds, {{"sqlite",
                                   [&] {
                                       for (int i = 0; i < times; ++i) plain.insert(batch);
                                   }},
                                  {"applyEdits", [&] {
                                       for (int i = 0; i < times; ++i) client.apply(batch);
                                   }}});
    const double edits = static_cast<double>(batch.rows().size()) * times;
    Finding finding;
    finding.row = "21";
    finding.what = "applyEdits over HTTP, batches of " + std::to_string(batch.rows().size());
    finding.yardstick = "the rows inserted by SQLite, table and GlobalID index alone";
    finding.unit = "edits/s";
    finding.yardstick_value = edits / rounds.median_of(0) * 1000;
    finding.ours = edits / rounds.median_of(1) * 1000;
    finding.ratio = rounds.ratio(1, 0);
    desk.report.add(finding);
}

/// What a service would do with RapidJSON alone: no rules, no projection, no names in other
/// letters.
std::size_t read_with_rapidjson(const geodb::Layer& layer, const std::string& text) {
    rapidjson::Document document;
    document.Parse(text.data(), text.size());
    std::size_t values = 0;
    for (const auto& feature : document.GetArray()) {
        std::vector<geodb::ColumnValue> row;
        const auto& attributes = feature["attributes"];
        for (std::size_t i = 0; i < layer.fields.size(); ++i) {
            const auto found = attributes.FindMember(layer.fields[i].name.c_str());
            if (found == attributes.MemberEnd() || found->value.IsNull()) continue;
            geodb::ColumnValue& given = row.emplace_back();
            given.column = i;
            if (found->value.IsString()) {
                given.value.emplace<std::string>(found->value.GetString(),
                                                 found->value.GetStringLength());
            } else if (found->value.IsInt64()) {
                given.value = std::int64_t{found->value.GetInt64()};
            } else {
                given.value = found->value.GetDouble();
            }
        }
        const auto& shape = feature["geometry"];
        geodb::ColumnValue& place = row.emplace_back();
        place.column = layer.geometry_index();
        place.value = point_blob(shape["x"].GetDouble(), shape["y"].GetDouble());
        values += row.size();
    }
    return values;
}

std::size_t read_as_service(const geodb::Layer& layer, const std::string& text) {
    geodb::TransformsInto into(layer.geometry->srs_id);
    std::size_t values = 0;
    service::EditText("'adds'", text, wire::JsonLimits{})
        .stream({"*"}, [&](const wire::ElementPlace&, const wire::JsonView& row) {
            values += wire::read_feature(row, layer, into, std::nullopt).values.size();
        });
    return values;
}

void measure_reading(const Desk& desk, const geodb::Layer& layer, const std::string& text) {
    std::size_t theirs = 0, ours = 0;
    const Rounds rounds(9, {{"rapidjson", [&] { theirs = read_with_rapidjson(layer, text); }},
                            {"rhumb", [&] { ours = read_as_service(layer, text); }}});
    if (theirs == 0 || ours == 0) throw Error(Status::Internal, "no edits were read");
    Finding finding;
    finding.row = "21";
    finding.what = "edits read from an applyEdits body of 10k, speed";
    finding.yardstick = "RapidJSON's document, values taken out unchecked";
    finding.unit = "ms";
    finding.yardstick_value = rounds.median_of(0);
    finding.ours = rounds.median_of(1);
    finding.ratio = 1 / rounds.ratio(1, 0);
    finding.hard = 1.5;
    finding.at_least = true;
    desk.report.add(finding);
}

void measure(const Desk& desk) {
    const auto folder = desk.file("edits");
    std::filesystem::remove_all(folder);
    std::filesystem::create_directories(folder);
    BenchWorld world;
    const std::vector<Place> places = read_places(desk.places());
    PointSource source(places, 5);
    std::optional<geodb::Layer> layer;
    {
        auto file = geodb::Geodatabase::create(folder / "bench.gpkg", world.world());
        geodb::sqlite::Transaction transaction(file.database());
        const geodb::LayerId id = file.add_layer(points_plan()).id;
        file.finish_layer(id);
        transaction.commit();
        file.reload();
        layer = file.layer(id);
    }
    const Batch one(*layer, source, 1), hundred(*layer, source, 100), many(*layer, source, 10'000);
    measure_reading(desk, *layer, many.features());
    runtime::FeatureServer::Options options;
    options.path = folder / "bench.gpkg";
    options.logs = false;
    runtime::FeatureServer server(options, world.world());
    server.start();
    Client client(server.services().front().url + "/0");
    PlainFile plain(folder / "plain.gpkg");
    measure_batches(desk, client, plain, one, 200);
    measure_batches(desk, client, plain, hundred, 20);
    measure_batches(desk, client, plain, many, 1);
    server.stop();
}

}  // namespace
}  // namespace rhumb::bench

int main(int argc, char** argv) {
    return rhumb::bench::run_bench(argc, argv, rhumb::bench::measure);
}
