// SPDX-License-Identifier: Apache-2.0
#include "sync/client/layer_query.hpp"

#include "geodb/geometry/crs.hpp"
#include "platform/text.hpp"
#include "sync/wire/spatial_reference.hpp"

#include <algorithm>
#include <cctype>
#include <iterator>
#include <set>
#include <utility>

namespace rhumb::sync {
namespace {

using geodb::GlobalId;
using geodb::Layer;
using wire::Json;

/// So many rows a question: an address of any length would do, since the form is posted, but old
/// databases take a thousand values in a list at most.
constexpr std::size_t kRowsAtOnce = 200;
/// Closer than that is the same place to whoever projects: a millimetre.
constexpr double kSamePlace = 0.001;
constexpr double kSamePlaceDegrees = 1e-8;
constexpr std::int64_t kIncomplete = 413;

std::string dressed(const GlobalId& feature, GuidDress dress) {
    std::string text = feature.value.plain();
    const bool upper = dress == GuidDress::BracedUpper || dress == GuidDress::PlainUpper;
    if (upper) {
        std::transform(text.begin(), text.end(), text.begin(), [](unsigned char letter) {
            return static_cast<char>(std::toupper(letter));
        });
    }
    const bool braced = dress == GuidDress::BracedUpper || dress == GuidDress::BracedLower;
    return braced ? "{" + text + "}" : text;
}

std::string list_of(std::span<const std::int64_t> ids) {
    std::string list;
    for (const std::int64_t id : ids) list += (list.empty() ? "" : ",") + std::to_string(id);
    return list;
}

bool exceeded(const Json& answer) {
    return wire::to_bool(answer.find_any_case("exceededTransferLimit")).value_or(false);
}

const std::string& value_of(const http::NameValues& form, std::string_view name) {
    static const std::string kNone;
    const auto found = std::find_if(form.begin(), form.end(),
                                    [&](const auto& entry) { return entry.first == name; });
    return found != form.end() ? found->second : kNone;
}

}  // namespace

std::string any_of(const std::string& field, std::span<const GlobalId> features, GuidDress dress) {
    std::string clause = field + " IN (";
    for (std::size_t i = 0; i < features.size(); ++i) {
        clause += (i == 0 ? "'" : ",'") + dressed(features[i], dress) + "'";
    }
    return clause + ")";
}

LayerQuery::LayerQuery(Questions& questions, const Replica& replica, const Layer& layer)
    : questions_(questions),
      layer_(layer),
      url_(replica.service_url + "/" + std::to_string(layer.id.value)) {
    for (const ReplicaLayer& agreed : replica.layers) {
        if (agreed.id == layer.id) object_id_field_ = agreed.object_id_field;
    }
    const Answer answer = questions_.ask(url_, {{"f", "json"}}, "description of " + url_);
    take_definition(answer.kind == Answer::Kind::Good ? answer.root : Json());
}

void LayerQuery::take_definition(const Json& definition) {
    if (!layer_.geometry) return;
    const Json* extent = definition.find_any_case("extent");
    const Json* reference = extent != nullptr ? extent->find_any_case("spatialReference") : nullptr;
    const std::int32_t ours = layer_.geometry->srs_id;
    const auto theirs =
        reference != nullptr ? wire::read_spatial_reference(*reference) : std::nullopt;
    // What is not known may be projected.
    if (theirs != ours) {
        tolerance_ = geodb::crs_is_geographic(ours) ? kSamePlaceDegrees : kSamePlace;
    }
    if (theirs != ours || reference == nullptr) return;
    const auto stated = wire::to_double(reference->find_any_case("xyTolerance"));
    if (stated && *stated > 0) tolerance_ = std::min(*stated, kSamePlace);
}

/// None when it is refused.
std::optional<Json> LayerQuery::ask(http::NameValues form) {
    form.emplace_back("f", "json");
    Answer answer = questions_.ask(url_ + "/query", form, what());
    if (answer.kind == Answer::Kind::Good) return std::move(answer.root);
    refusal_ = std::move(answer.error);
    return std::nullopt;
}

std::optional<LayerQuery::Page> LayerQuery::page(http::NameValues form, Columns columns) {
    const bool whole = columns == Columns::All;
    form.emplace_back(
        "outFields",
        whole ? "*"
              : layer_.global_id_column + (object_id_field_.empty() ? "" : "," + object_id_field_));
    form.emplace_back("returnGeometry", whole && layer_.geometry ? "true" : "false");
    if (whole && layer_.geometry) {
        form.emplace_back("outSR", std::to_string(geodb::esri_wkid(layer_.geometry->srs_id)));
        if (layer_.geometry->has_z) form.emplace_back("returnZ", "true");
        if (layer_.geometry->has_m) form.emplace_back("returnM", "true");
    }
    auto answer = ask(std::move(form));
    if (!answer) return std::nullopt;
    Page page;
    page.more = exceeded(*answer);
    const Json* reference = answer->find_any_case("spatialReference");
    const std::string object_id{wire::text_or_empty(answer->find_any_case("objectIdFieldName"))};
    const Json* features = answer->find_any_case("features");
    if (features == nullptr || features->array() == nullptr) return page;
    page.received = features->array()->size();
    for (const Json& feature : *features->array()) {
        auto row =
            row_of(Json(feature), object_id.empty() ? object_id_field_ : object_id, reference);
        if (row) page.rows.push_back(std::move(*row));
    }
    return page;
}

std::optional<ServiceRow> LayerQuery::row_of(Json&& json, const std::string& object_id,
                                             const Json* reference) const {
    const Json* attributes = json.find_any_case("attributes");
    if (attributes == nullptr || attributes->object() == nullptr) return std::nullopt;
    const auto feature =
        Uuid::parse(wire::text_or_empty(attributes->find_any_case(layer_.global_id_column)));
    if (!feature) return std::nullopt;
    ServiceRow row{{*feature}, wire::to_int64(attributes->find_any_case(object_id)), {}};
    const Json* shape = json.find_any_case("geometry");
    Json whole{Json::Object{}};
    whole.set("attributes", *attributes);
    if (shape != nullptr && shape->object() != nullptr && reference != nullptr &&
        shape->find("spatialReference") == nullptr) {
        Json placed = *shape;
        placed.set("spatialReference", *reference);
        whole.set("geometry", std::move(placed));
    } else if (layer_.geometry) {
        whole.set("geometry", shape != nullptr ? *shape : Json());
    }
    row.json = std::move(whole);
    return row;
}

std::optional<std::vector<ServiceRow>> LayerQuery::rows(std::span<const GlobalId> features,
                                                        GuidDress dress) {
    auto answer = page({{"where", any_of(layer_.global_id_column, features, dress)}}, Columns::All);
    if (!answer) return std::nullopt;
    return std::move(answer->rows);
}

std::optional<std::int64_t> LayerQuery::count(const Filter& filter) {
    Filter form = filter;
    form.emplace_back("returnCountOnly", "true");
    const auto answer = ask(std::move(form));
    return answer ? wire::to_int64(answer->find_any_case("count")) : std::nullopt;
}

/// In their order. None when they are refused, or fewer than there are rows: some services cut
/// these lists too, and without a word.
std::optional<std::vector<std::int64_t>> LayerQuery::object_ids(const Filter& filter) {
    std::set<std::int64_t> ids;
    const auto wanted = count(filter);
    for (bool more = true; more;) {
        Filter form = filter;
        form.emplace_back("returnIdsOnly", "true");
        if (!ids.empty()) {
            form.emplace_back("resultOffset", std::to_string(ids.size()));
            form.emplace_back("orderByFields", object_id_field_);
        }
        const auto answer = ask(std::move(form));
        if (!answer) return std::nullopt;
        const Json* list = answer->find_any_case("objectIds");
        const std::size_t before = ids.size();
        if (list != nullptr && list->array() != nullptr) {
            for (const Json& id : *list->array()) {
                if (const auto number = wire::to_int64(&id)) ids.insert(*number);
            }
        }
        const bool all =
            wanted ? static_cast<std::int64_t>(ids.size()) >= *wanted : !exceeded(*answer);
        if (!all && ids.size() == before) return std::nullopt;
        more = !all;
    }
    return std::vector<std::int64_t>(ids.begin(), ids.end());
}

bool LayerQuery::each(const Filter& filter, const std::vector<std::int64_t>& known, Columns columns,
                      const OnRow& on_row) {
    if (const auto ids = object_ids(filter)) {
        std::vector<std::int64_t> others;
        std::set_difference(ids->begin(), ids->end(), known.begin(), known.end(),
                            std::back_inserter(others));
        if (each_by_id(others, columns, on_row)) return true;
    }
    return each_by_page(filter, columns, on_row);
}

/// A list that is too long for the service comes in parts. False when even one row is refused, or
/// the first list gives nothing.
bool LayerQuery::each_by_id(const std::vector<std::int64_t>& ids, Columns columns,
                            const OnRow& on_row) {
    std::size_t at_once = kRowsAtOnce;
    std::vector<std::int64_t> waiting(ids.rbegin(), ids.rend());
    while (!waiting.empty()) {
        const std::size_t some = std::min(at_once, waiting.size());
        const std::span<const std::int64_t> asked(waiting.end() - static_cast<std::ptrdiff_t>(some),
                                                  waiting.end());
        auto answer = page({{"objectIds", list_of(asked)}}, columns);
        if (!answer) {
            if (some == 1) return false;
            at_once = some / 2;
            continue;
        }
        std::set<std::int64_t> left(asked.begin(), asked.end());
        for (ServiceRow& row : answer->rows) {
            if (row.object_id) left.erase(*row.object_id);
            on_row(std::move(row));
        }
        waiting.resize(waiting.size() - some);
        if (left.size() == some) {
            if (waiting.size() + some == ids.size()) return false;  // it knows no such lists
            continue;                                               // they have gone meanwhile
        }
        waiting.insert(waiting.end(), left.begin(), left.end());
    }
    return true;
}

bool LayerQuery::each_by_page(const Filter& filter, Columns columns, const OnRow& on_row) {
    std::set<GlobalId> seen;
    for (std::size_t offset = 0;;) {
        Filter form = filter;
        if (value_of(form, "where").empty()) form.emplace_back("where", "1=1");
        if (!object_id_field_.empty()) form.emplace_back("orderByFields", object_id_field_);
        if (offset > 0) form.emplace_back("resultOffset", std::to_string(offset));
        auto answer = page(std::move(form), columns);
        if (!answer) return false;
        offset += answer->received;
        bool news = false;
        for (ServiceRow& row : answer->rows) {
            if (!seen.insert(row.feature).second) continue;
            news = true;
            on_row(std::move(row));
        }
        if (answer->received == 0) return true;
        if (!news) return is_all(filter, seen.size(), answer->more);
    }
}

/// One that knows no pages gives the first again and again.
bool LayerQuery::is_all(const Filter& filter, std::size_t rows, bool more) {
    const auto wanted = count(filter);
    if (wanted ? *wanted <= static_cast<std::int64_t>(rows) : !more) return true;
    refusal_ = {kIncomplete, 0, "the service gives the same rows for every page", {}};
    return false;
}

}  // namespace rhumb::sync
