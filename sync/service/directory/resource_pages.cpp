// SPDX-License-Identifier: Apache-2.0
#include "sync/service/directory/resource_pages.hpp"

#include "platform/date_time.hpp"
#include "platform/http/url.hpp"
#include "platform/text.hpp"

#include <algorithm>
#include <cstdint>

namespace rhumb::service::directory {
namespace {

using wire::Json;

constexpr std::size_t kMostRows = 2000;
constexpr std::size_t kLongestCell = 200;
constexpr int kDeepest = 6;

std::string cell_text(const Json& value) {
    if (value.is_null()) return "";
    if (value.text() != nullptr) return *value.text();
    return wire::to_text(value);
}

/// Cut between characters.
std::string shortened(std::string text) {
    if (text.size() <= kLongestCell) return text;
    std::size_t end = kLongestCell;
    while (end > 0 && (static_cast<unsigned char>(text[end]) & 0xC0U) == 0x80U) --end;
    return text.substr(0, end) + " …";
}

std::string text_of(const Json& json, std::string_view name) {
    const Json* member = json.find(name);
    return member != nullptr ? shortened(cell_text(*member)) : std::string();
}

const Json::Array& list_of(const Json& json, std::string_view name) {
    static const Json::Array kNone;
    const Json* member = json.find(name);
    return member != nullptr && member->array() != nullptr ? *member->array() : kNone;
}

void write_value(Page& page, const Json& value, int depth) {
    if (depth > kDeepest) {
        page.text(shortened(wire::to_text(value)));
    } else if (const Json::Object* members = value.object()) {
        page.markup("<dl>");
        for (const auto& member : *members) {
            page.markup("<dt>").text(member.name).markup("</dt><dd>");
            write_value(page, member.value, depth + 1);
            page.markup("</dd>");
        }
        page.markup("</dl>");
    } else if (const Json::Array* elements = value.array()) {
        const bool plain = std::none_of(elements->begin(), elements->end(), [](const Json& each) {
            return each.object() != nullptr || each.array() != nullptr;
        });
        if (plain) {
            page.text(wire::to_text(value));
            return;
        }
        page.begin_list();
        std::size_t left = kMostRows;
        for (const Json& element : *elements) {
            if (left-- == 0) break;
            page.begin_item();
            write_value(page, element, depth + 1);
            page.end_item();
        }
        page.end_list();
    } else {
        page.text(cell_text(value));
    }
}

void write_links(Page& page, std::string_view heading, const Json::Array& entries,
                 const std::string& path) {
    if (entries.empty()) return;
    page.heading(heading).begin_list();
    for (const Json& entry : entries) {
        const std::string id = text_of(entry, "id");
        page.begin_item().link(path + "/" + id, text_of(entry, "name"));
        page.text(" (" + id + ")").end_item();
    }
    page.end_list();
}

void write_services(Page& page, const Json& root, const std::string& path) {
    page.heading("Services");
    if (list_of(root, "services").empty()) page.text("There are no services that you may see.");
    page.begin_list();
    for (const Json& service : list_of(root, "services")) {
        const std::string name = text_of(service, "name");
        const std::string type = text_of(service, "type");
        page.begin_item();
        page.link(path + "/" + http::percent_encode(name) + "/" + type, name);
        page.text(" (" + type + ")").end_item();
    }
    page.end_list();
}

void write_extent(Page& page, const Json* extent) {
    // Of no feature: "NaN", as the protocol has it.
    if (extent == nullptr || !wire::to_double(extent->find("xmin"))) return;
    page.fact("Extent", text_of(*extent, "xmin") + ", " + text_of(*extent, "ymin") + " to " +
                            text_of(*extent, "xmax") + ", " + text_of(*extent, "ymax"));
}

std::string reference_of(const Json* reference) {
    if (reference == nullptr) return {};
    const std::string latest = text_of(*reference, "latestWkid");
    return latest.empty() ? text_of(*reference, "wkid") : latest;
}

void write_service(Page& page, const Json& service, const std::string& path) {
    const std::string about = text_of(service, "serviceDescription");
    if (!about.empty()) page.markup("<p>").text(about).markup("</p>");
    write_links(page, "Layers", list_of(service, "layers"), path);
    write_links(page, "Tables", list_of(service, "tables"), path);
    page.heading("About this service").markup("<dl>");
    page.fact("Capabilities", text_of(service, "capabilities"));
    page.fact("Spatial reference", reference_of(service.find("spatialReference")));
    write_extent(page, service.find("fullExtent"));
    page.fact("Most features an answer", text_of(service, "maxRecordCount"));
    page.fact("Copyright", text_of(service, "copyrightText"));
    page.markup("</dl>").heading("Go to").begin_list();
    for (const char* below : {"layers", "replicas", "uploads/info"}) {
        page.begin_item().link(path + "/" + below, below).end_item();
    }
    page.end_list();
}

void write_fields(Page& page, const Json& layer) {
    page.heading("Fields");
    page.begin_table({"Name", "Alias", "Type", "Length", "Nullable", "Domain"});
    for (const Json& field : list_of(layer, "fields")) {
        page.begin_row().cell(text_of(field, "name")).cell(text_of(field, "alias"));
        page.cell(text_of(field, "type")).cell(text_of(field, "length"));
        page.cell(text_of(field, "nullable"));
        const Json* domain = field.find("domain");
        page.cell(domain != nullptr ? text_of(*domain, "name") : "").end_row();
    }
    page.end_table();
}

void write_layer(Page& page, const Json& layer, const std::string& path) {
    const std::string about = text_of(layer, "description");
    if (!about.empty()) page.markup("<p>").text(about).markup("</p>");
    page.begin_list().begin_item().link(path + "/query", "Query").end_item();
    page.begin_item().link(path + "/query?where=1%3D1&outFields=*", "All features").end_item();
    page.end_list().markup("<dl>");
    page.fact("Kind", text_of(layer, "type")).fact("Geometry", text_of(layer, "geometryType"));
    const Json* extent = layer.find("extent");
    if (extent != nullptr) {
        page.fact("Spatial reference", reference_of(extent->find("spatialReference")));
    }
    write_extent(page, extent);
    page.fact("Object id", text_of(layer, "objectIdField"));
    page.fact("GlobalID", text_of(layer, "globalIdField"));
    page.fact("Attachments", text_of(layer, "hasAttachments"));
    page.fact("Capabilities", text_of(layer, "capabilities"));
    page.fact("Copyright", text_of(layer, "copyrightText")).markup("</dl>");
    write_fields(page, layer);
    const auto& related = list_of(layer, "relationships");
    if (related.empty()) return;
    page.heading("Relationships").begin_list();
    const std::string service = path.substr(0, path.rfind('/'));
    for (const Json& each : related) {
        page.begin_item().text(text_of(each, "name") + ": ");
        page.link(service + "/" + text_of(each, "relatedTableId"),
                  "layer " + text_of(each, "relatedTableId"));
        page.end_item();
    }
    page.end_list();
}

std::string field_text(const Json& field, const Json* value) {
    if (value == nullptr) return {};
    if (text_of(field, "type") == "esriFieldTypeDate") {
        if (const auto ms = wire::to_int64(value)) return format_date_time(*ms);
    }
    return shortened(cell_text(*value));
}

void write_features(Page& page, const Json& set, const std::string& path) {
    const auto& fields = list_of(set, "fields");
    const auto& features = list_of(set, "features");
    page.text(std::to_string(features.size()) + " features");
    if (wire::to_bool(set.find("exceededTransferLimit")).value_or(false)) {
        page.text(", and there are more: ask for resultOffset=" + std::to_string(features.size()));
    }
    std::vector<std::string> columns;
    for (const Json& field : fields) columns.push_back(text_of(field, "name"));
    const bool shapes = set.find("geometryType") != nullptr;
    if (shapes) columns.emplace_back("geometry");
    page.begin_table(columns);
    const std::string layer = path.substr(0, path.rfind('/'));
    const std::string oid = text_of(set, "objectIdFieldName");
    std::size_t left = kMostRows;
    for (const Json& feature : features) {
        if (left-- == 0) break;
        const Json* attributes = feature.find("attributes");
        page.begin_row();
        for (const Json& field : fields) {
            const std::string name = text_of(field, "name");
            const Json* value = attributes != nullptr ? attributes->find(name) : nullptr;
            const std::string text = field_text(field, value);
            if (name == oid && !oid.empty()) {
                page.begin_cell().link(layer + "/" + text, text).end_cell();
            } else {
                page.cell(text);
            }
        }
        if (shapes) page.cell(text_of(feature, "geometry"));
        page.end_row();
    }
    page.end_table();
}

void write_error(Page& page, const Json& error) {
    page.markup("<div class=\"error\"><p>").text(text_of(error, "code") + " ");
    page.text(text_of(error, "message")).markup("</p>").begin_list();
    for (const Json& detail : list_of(error, "details")) {
        page.begin_item().text(cell_text(detail)).end_item();
    }
    page.end_list().markup("</div>");
}

}  // namespace

void write_resource(Page& page, const Json& resource, const std::string& path) {
    if (const Json* error = resource.find("error")) {
        write_error(page, *error);
    } else if (resource.find("services") != nullptr) {
        write_services(page, resource, path);
    } else if (resource.find("layers") != nullptr && resource.find("capabilities") != nullptr) {
        write_service(page, resource, path);
    } else if (resource.find("objectIdField") != nullptr) {
        write_layer(page, resource, path);
    } else if (resource.find("features") != nullptr && resource.find("fields") != nullptr) {
        write_features(page, resource, path);
    } else {
        write_value(page, resource, 0);
    }
}

}  // namespace rhumb::service::directory
