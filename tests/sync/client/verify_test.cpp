// SPDX-License-Identifier: Apache-2.0
//
// A replica compared with a service that knows nothing of our hashes, by its queries.
#include "sync/client/verify.hpp"

#include "platform/text.hpp"
#include "tests/sync/client/vendor.hpp"

#include <algorithm>

using namespace rhumb;
using namespace rhumb::geodb;
using namespace rhumb::test;
using sync::VerifiedRow;
using Kind = VerifiedRow::Kind;

namespace {

constexpr const char* kThird = "0b2f9d4e-0000-4000-8000-000000000003";

struct Hydrant {
    std::string id;  ///< as the service writes and compares it
    std::string code;
    int kind = 1;
    double x = 1.5;
};

/// The query resource of a vendor, with what vendors do.
class VendorTable final : public http::Transport {
public:
    std::vector<Hydrant> rows;
    std::size_t max_record_count = 1000;
    bool tells_limit = true;           ///< says exceededTransferLimit
    bool takes_in = true;              ///< conditions on GlobalIDs
    bool takes_ids = true;             ///< returnIdsOnly and objectIds
    bool cuts_ids = false;             ///< lists of object ids are cut like any answer
    bool knows_pages = true;           ///< resultOffset counts
    bool odd_keys = false;             ///< other letter case, numbers as text
    int pages_of_html = 0;             ///< stand in for the next answers
    std::string reference = "102100";  ///< of the layer's extent
    std::string filter;                ///< rows whose code it names are in the replica's filter
    std::vector<http::Parameters> asked;

    http::TransportResult send(const http::TransportRequest& request, const CancelToken&) override {
        const http::Parameters form({}, http::parse_form(request.body));
        if (pages_of_html-- > 0) return http::text_response("<html>please wait</html>");
        if (request.url.ends_with("/query")) {
            asked.push_back(form);
            return http::json_response(request.url.ends_with("/0/query") ? answer(form) : kNone);
        }
        return http::json_response(R"({"extent":{"spatialReference":{"wkid":)" + reference +
                                   R"(}},"objectIdField":"objectid"})");
    }

private:
    static constexpr const char* kNone = R"({"features":[],"objectIds":null,"count":0})";
    static constexpr const char* kRefused =
        R"({"error":{"code":"400","message":"Unable to complete operation.","details":null}})";

    std::string answer(const http::Parameters& form) {
        const std::string& where = form.get("where");
        const bool by_guid = where.find(" IN (") != std::string::npos;
        const bool ids_only = form.has("returnIdsOnly");
        if (by_guid && !takes_in) return kRefused;
        if ((ids_only || form.has("objectIds")) && !takes_ids) return kRefused;
        std::vector<std::size_t> found;
        const std::vector<std::string> wanted = split(form.get("objectIds"), ',');
        for (std::size_t i = 0; i < rows.size(); ++i) {
            const bool in_list =
                std::find(wanted.begin(), wanted.end(), std::to_string(i + 1)) != wanted.end();
            const bool meets =
                form.has("objectIds") ? in_list
                : by_guid             ? where.find("'" + rows[i].id + "'") != std::string::npos
                          : where == "1=1" || where.find(rows[i].code) != std::string::npos;
            if (meets) found.push_back(i);
        }
        if (form.has("returnCountOnly")) return R"({"count":)" + std::to_string(found.size()) + "}";
        const auto offset = static_cast<std::size_t>(
            knows_pages && form.has("resultOffset") ? std::stoi(form.get("resultOffset")) : 0);
        found.erase(found.begin(),
                    found.begin() + static_cast<std::ptrdiff_t>(std::min(offset, found.size())));
        const bool cut = found.size() > max_record_count && (!ids_only || cuts_ids);
        if (cut) found.resize(max_record_count);
        return ids_only ? list_of(found) : features_of(found, cut);
    }

    std::string list_of(const std::vector<std::size_t>& found) const {
        std::string list;
        for (const std::size_t i : found) list += (list.empty() ? "" : ",") + std::to_string(i + 1);
        return R"({"objectIdFieldName":"objectid","objectIds":[)" + list + "]}";
    }

    std::string features_of(const std::vector<std::size_t>& found, bool cut) const {
        std::string list;
        for (const std::size_t i : found) {
            const Hydrant& row = rows[i];
            const std::string kind = std::to_string(row.kind);
            list += list.empty() ? "" : ",";
            list += odd_keys ? R"({"Attributes":{"OBJECTID":")" + std::to_string(i + 1) +
                                   R"(","GLOBALID":")" + row.id + R"(","Code":")" + row.code +
                                   R"(","KIND":")" + kind + R"("},"Geometry":{"x":)"
                             : R"({"attributes":{"objectid":)" + std::to_string(i + 1) +
                                   R"(,"globalid":")" + row.id + R"(","code":")" + row.code +
                                   R"(","kind":)" + kind + R"(},"geometry":{"x":)";
            list += std::to_string(row.x) + R"(,"y":5}})";
        }
        std::string answer = odd_keys ? R"({"Features":[)" : R"({"features":[)";
        answer += list + R"(],"spatialReference":{"wkid":102100})";
        return answer + (cut && tells_limit ? R"(,"exceededTransferLimit":true})" : "}");
    }
};

struct Verified : VendorCrew {
    VendorTable table;

    Verified() {
        join();
        table.rows = {{kFirst, "H-1", 1}, {kSecond, "H-2", 2}};
    }
    std::vector<sync::VerifiedLayer> layers() {
        return sync::verify_replica(*file, table, CancelToken(),
                                    [this](std::int64_t ms) { waits.push_back(ms); });
    }
    /// "1 different: kind; 3 only there", by the last digit of the GlobalID.
    std::string differing() {
        std::vector<std::string> all;
        const auto verified = layers();
        REQUIRE(verified.size() == 2);
        CHECK(verified[0].rows == 2);
        CHECK(verified[0].others_unknown.empty());
        CHECK(verified[1].differing.empty());
        for (const VerifiedRow& row : verified[0].differing) all.push_back(text_of(row));
        std::sort(all.begin(), all.end());
        std::string text;
        for (const std::string& one : all) text += (text.empty() ? "" : "; ") + one;
        return text;
    }

private:
    static std::string text_of(const VerifiedRow& row) {
        std::string text = row.feature.value.plain().substr(35);
        text += row.kind == Kind::OnlyHere    ? " only here"
                : row.kind == Kind::OnlyThere ? " only there"
                                              : " different:";
        for (const std::string& column : row.columns) text += " " + column;
        return text;
    }
};

}  // namespace

TEST_CASE("a service of another vendor is compared row by row", "[client][verify]") {
    Verified crew;
    CHECK(crew.differing().empty());
    crew.table.rows[0].kind = 7;
    crew.table.rows[0].x = 1.6;
    crew.table.rows[1] = {kThird, "H-3", 3};
    CHECK(crew.differing() == "1 different: kind geom; 2 only here; 3 only there");
}

TEST_CASE("pending edits and refused ones are no differences", "[client][verify]") {
    Verified crew;
    update_feature(*crew.file, "Hydrants", hydrant(kFirst), {{"kind", std::int64_t{9}}});
    erase_feature(*crew.file, "Hydrants", hydrant(kSecond));
    add_feature(*crew.file, "Hydrants", {{"code", "mine"}}, point(3, 3, 3857));
    CHECK(crew.differing().empty());
    crew.table.rows[1].kind = 5;
    CHECK(crew.differing() == "2 different: kind");
}

TEST_CASE("whatever a vendor refuses or leaves out, the same differences are found",
          "[client][verify][vendor]") {
    Verified crew;
    crew.table.rows[0].kind = 7;
    crew.table.rows[1] = {kThird, "H-3", 3};
    SECTION("braces and capitals count") {
        crew.table.rows[0].id = lowered(kFirst);
        crew.table.rows[1].id = "{" + std::string(kThird) + "}";
    }
    SECTION("it takes no condition on GlobalIDs") {
        crew.table.takes_in = false;
    }
    SECTION("nor lists of object ids") {
        crew.table.takes_in = crew.table.takes_ids = false;
    }
    SECTION("an answer holds one row and says so") {
        crew.table.max_record_count = 1;
    }
    SECTION("an answer holds one row and does not say so") {
        crew.table.max_record_count = 1;
        crew.table.tells_limit = false;
    }
    SECTION("even lists of object ids are cut") {
        crew.table.max_record_count = 1;
        crew.table.tells_limit = false;
        crew.table.cuts_ids = true;
        SECTION("and come in pages") {}
        SECTION("and pages are all there is") {
            crew.table.takes_in = false;
        }
    }
    SECTION("its keys are spelled in another way") {
        crew.table.odd_keys = true;
    }
    SECTION("pages of HTML come in between") {
        crew.table.pages_of_html = 3;
        crew.differing();
        CHECK(crew.waits.size() == 3);
    }
    CHECK(crew.differing() == "1 different: kind; 2 only here; 3 only there");
}

TEST_CASE("a service that gives the same page for ever is not taken for equal",
          "[client][verify][vendor]") {
    Verified crew;
    crew.table.takes_in = crew.table.takes_ids = crew.table.knows_pages = false;
    CHECK(crew.differing().empty());  // all rows are in the first page
    crew.table.max_record_count = 1;
    CHECK_THROWS_WITH(crew.layers(), Catch::Contains("the same rows for every page"));
    crew.table.takes_in = true;
    const auto layers = crew.layers();
    CHECK(layers[0].differing.empty());
    CHECK_THAT(layers[0].others_unknown, Catch::Contains("the same rows for every page"));
}

TEST_CASE("a service that answers nothing but HTML is asked some times and then given up",
          "[client][verify][vendor]") {
    Verified crew;
    crew.table.pages_of_html = 1000;
    CHECK_THROWS_WITH(crew.layers(), Catch::Contains("<html>"));
    CHECK(crew.waits.size() == 4);
}

TEST_CASE("a place that somebody has projected is the same within a millimetre",
          "[client][verify]") {
    Verified crew;
    crew.table.rows[0].x = 1.500100;
    CHECK(crew.differing() == "1 different: geom");
    crew.table.reference = "4326";
    CHECK(crew.differing().empty());
    crew.table.rows[0].x = 1.502000;
    CHECK(crew.differing() == "1 different: geom");
}

TEST_CASE("only rows that the replica's filter holds are missed", "[client][verify]") {
    Verified crew;
    crew.table.rows.push_back({kThird, "H-3", 3});
    CHECK(crew.differing() == "3 only there");
    sync::Replica replica = crew.replica();
    replica.layers[0].where = "code IN-FILTER H-1";
    replica.extent = Envelope{0, 0, 9, 9};
    replica.extent_epsg = 3857;
    sync::ReplicaStore(*crew.file).save(replica);
    CHECK(crew.differing().empty());
    CHECK(crew.table.asked.back().get("f") == "json");
    const bool by_area = std::any_of(
        crew.table.asked.begin(), crew.table.asked.end(), [](const http::Parameters& form) {
            return form.get("where") == "code IN-FILTER H-1" && form.has("geometry") &&
                   form.get("geometryType") == "esriGeometryEnvelope" && form.has("inSR");
        });
    CHECK(by_area);
    crew.table.takes_in = false;
    CHECK(crew.differing().empty());  // H-2 is outside the filter, and there all the same
}
