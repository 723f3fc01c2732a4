// SPDX-License-Identifier: Apache-2.0
#include "sync/service/directory/forms.hpp"

#include "platform/text.hpp"

#include <array>
#include <initializer_list>

namespace rhumb::service::directory {
namespace {

enum class Kind : unsigned char { Line, Box, Secret, Choice };

struct Input {
    const char* name;
    Kind kind;
    const char* value;  ///< to begin with; of a choice: what may be chosen, parted by commas
};

struct Form {
    const char* operation;
    const char* method;
    const char* button;
    std::initializer_list<Input> inputs;
};

constexpr const char* kNoYes = "false,true";
constexpr const char* kYesNo = "true,false";

const Form kForms[] = {
    {"query",
     "get",
     "Query",
     {{"where", Kind::Line, "1=1"},
      {"objectIds", Kind::Line, ""},
      {"geometry", Kind::Line, ""},
      {"geometryType", Kind::Choice,
       "esriGeometryEnvelope,esriGeometryPoint,esriGeometryPolyline,esriGeometryPolygon"},
      {"inSR", Kind::Line, ""},
      {"spatialRel", Kind::Choice,
       "esriSpatialRelIntersects,esriSpatialRelContains,esriSpatialRelWithin,"
       "esriSpatialRelCrosses,esriSpatialRelTouches,esriSpatialRelOverlaps,"
       "esriSpatialRelEnvelopeIntersects"},
      {"distance", Kind::Line, ""},
      {"units", Kind::Choice,
       "esriSRUnit_Meter,esriSRUnit_Kilometer,esriSRUnit_Foot,esriSRUnit_StatuteMile"},
      {"outFields", Kind::Line, "*"},
      {"returnGeometry", Kind::Choice, kYesNo},
      {"outSR", Kind::Line, ""},
      {"returnIdsOnly", Kind::Choice, kNoYes},
      {"returnCountOnly", Kind::Choice, kNoYes},
      {"returnDistinctValues", Kind::Choice, kNoYes},
      {"outStatistics", Kind::Box, ""},
      {"groupByFieldsForStatistics", Kind::Line, ""},
      {"havingClause", Kind::Line, ""},
      {"orderByFields", Kind::Line, ""},
      {"resultOffset", Kind::Line, ""},
      {"resultRecordCount", Kind::Line, "100"},
      {"f", Kind::Choice, "html,pjson,json,geojson,pbf"}}},
    {"applyEdits",
     "post",
     "Apply",
     {{"adds", Kind::Box, ""},
      {"updates", Kind::Box, ""},
      {"deletes", Kind::Line, ""},
      {"useGlobalIds", Kind::Choice, kNoYes},
      {"rollbackOnFailure", Kind::Choice, kYesNo}}},
    {"addFeatures", "post", "Add", {{"features", Kind::Box, ""}}},
    {"updateFeatures", "post", "Update", {{"features", Kind::Box, ""}}},
    {"deleteFeatures",
     "post",
     "Delete",
     {{"objectIds", Kind::Line, ""}, {"where", Kind::Line, ""}}},
    {"generateToken",
     "post",
     "Sign in",
     {{"username", Kind::Line, ""},
      {"password", Kind::Secret, ""},
      {"client", Kind::Choice, "requestip,referer"},
      {"referer", Kind::Line, ""},
      {"expiration", Kind::Line, "60"}}},
};

void write_input(Page& page, const Input& input) {
    const std::string name = input.name;
    page.markup("<label for=\"" + name + "\">").text(name).markup("</label>");
    const std::string named = " id=\"" + name + "\" name=\"" + name + "\"";
    switch (input.kind) {
        case Kind::Line:
            page.markup("<input type=\"text\"" + named + " value=\"" + escaped(input.value) +
                        "\">");
            break;
        case Kind::Secret:
            page.markup("<input type=\"password\"" + named + ">");
            break;
        case Kind::Box:
            page.markup("<textarea rows=\"6\"" + named + "></textarea>");
            break;
        case Kind::Choice:
            page.markup("<select" + named + ">");
            for (const std::string& choice : split(input.value, ',')) {
                page.markup("<option>").text(choice).markup("</option>");
            }
            page.markup("</select>");
            break;
    }
}

}  // namespace

bool write_form(Page& page, std::string_view operation, const std::string& path) {
    for (const Form& form : kForms) {
        if (!equal_ignoring_case(form.operation, operation)) continue;
        page.markup(std::string("<form method=\"") + form.method + "\" action=\"" + escaped(path) +
                    "\">");
        for (const Input& input : form.inputs) write_input(page, input);
        page.markup("<div><button>").text(form.button).markup("</button></div></form>");
        return true;
    }
    return false;
}

}  // namespace rhumb::service::directory
