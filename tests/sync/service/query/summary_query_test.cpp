// SPDX-License-Identifier: Apache-2.0
//
// Statistics and distinct values against computing them here.
#include "tests/sync/service/query/park.hpp"

#include <cmath>
#include <map>

using namespace rhumb;
using namespace rhumb::test;
using wire::Json;

namespace {

constexpr const char* kEverything =
    R"([{"statisticType":"count","onStatisticField":"plants","outStatisticFieldName":"n"},)"
    R"({"statisticType":"sum","onStatisticField":"plants","outStatisticFieldName":"total"},)"
    R"({"statisticType":"min","onStatisticField":"weight","outStatisticFieldName":"least"},)"
    R"({"statisticType":"max","onStatisticField":"weight","outStatisticFieldName":"most"},)"
    R"({"statisticType":"AVG","onStatisticField":"weight","outStatisticFieldName":"mean"},)"
    R"({"statisticType":"stddev","onStatisticField":"weight","outStatisticFieldName":"spread"},)"
    R"({"statisticType":"var","onStatisticField":"weight","outStatisticFieldName":"variance"},)"
    R"({"statisticType":"max","onStatisticField":"opened","outStatisticFieldName":"last"}])";

struct Group {
    std::vector<double> weights;
    double plants = 0;
    std::int64_t counted = 0;
    std::int64_t last_ms = 0;

    void add(const Bed& bed) {
        weights.push_back(bed.weight);
        if (bed.plants >= 0) {
            plants += static_cast<double>(bed.plants);
            ++counted;
        }
        last_ms = std::max(last_ms, bed.opened_ms);
    }
    double mean() const {
        double sum = 0;
        for (const double weight : weights) sum += weight;
        return sum / static_cast<double>(weights.size());
    }
    double variance() const {
        double sum = 0;
        for (const double weight : weights) sum += (weight - mean()) * (weight - mean());
        return sum / static_cast<double>(weights.size() - 1);
    }
};

void check_group(const Json& attributes, const Group& group) {
    CHECK(at(attributes, "n") == Json(group.counted));
    CHECK(at(attributes, "total").as_double("total") == Approx(group.plants));
    CHECK(at(attributes, "least").as_double("least") ==
          *std::min_element(group.weights.begin(), group.weights.end()));
    CHECK(at(attributes, "most").as_double("most") ==
          *std::max_element(group.weights.begin(), group.weights.end()));
    CHECK(at(attributes, "mean").as_double("mean") == Approx(group.mean()));
    CHECK(at(attributes, "variance").as_double("variance") == Approx(group.variance()));
    CHECK(at(attributes, "spread").as_double("spread") == Approx(std::sqrt(group.variance())));
    CHECK(at(attributes, "last") == Json(group.last_ms));
}

double percentile(std::vector<double> values, double share, bool continuous) {
    std::sort(values.begin(), values.end());
    if (!continuous) {
        const double place = std::ceil(share * static_cast<double>(values.size()));
        return values[static_cast<std::size_t>(std::max(1.0, place)) - 1];
    }
    const double place = share * static_cast<double>(values.size() - 1);
    const auto below = static_cast<std::size_t>(place);
    const double above = values[std::min(below + 1, values.size() - 1)];
    return values[below] + (place - static_cast<double>(below)) * (above - values[below]);
}

}  // namespace

TEST_CASE("statistics of all features, and of groups", "[service][query]") {
    Park park;
    Group all;
    std::map<std::string, Group> groups;
    for (const Bed& bed : park.plant(200)) {
        all.add(bed);
        groups[bed.kind].add(bed);
    }
    const Json whole = park.query({{"where", "1=1"}, {"outStatistics", kEverything}});
    INFO(wire::to_text(whole));
    REQUIRE(at(whole, "features").as_array("features").size() == 1);
    check_group(at(whole, "features", 0, "attributes"), all);
    CHECK(at(whole, "fields", 0, "type") == Json("esriFieldTypeInteger"));
    CHECK(at(whole, "fields", 1, "type") == Json("esriFieldTypeDouble"));
    CHECK(at(whole, "fields", 7, "type") == Json("esriFieldTypeDate"));
    CHECK(at(whole, "features", 0).find("geometry") == nullptr);

    const Json by_kind = park.query({{"where", "1=1"},
                                     {"outStatistics", kEverything},
                                     {"groupByFieldsForStatistics", "KIND"},
                                     {"orderByFields", "mean DESC"}});
    INFO(wire::to_text(by_kind));
    REQUIRE(at(by_kind, "features").as_array("features").size() == groups.size());
    double before = 1e9;
    for (const Json& feature : *at(by_kind, "features").array()) {
        const Json& attributes = at(feature, "attributes");
        check_group(attributes, groups[at(attributes, "kind").as_string("kind")]);
        CHECK(at(attributes, "mean").as_double("mean") <= before);
        before = at(attributes, "mean").as_double("mean");
    }
}

TEST_CASE("percentiles lie between values or are values", "[service][query]") {
    Park park;
    std::vector<double> weights;
    for (const Bed& bed : park.plant(37)) weights.push_back(bed.weight);
    const auto asked = [&](const char* type, double share, const char* order) {
        const Json answer = park.query(
            {{"where", "1=1"},
             {"outStatistics", std::string(R"([{"statisticType":")") + type +
                                   R"(","onStatisticField":"weight","outStatisticFieldName":"p",)"
                                   R"("statisticParameters":{"value":)" +
                                   std::to_string(share) + R"(,"orderBy":")" + order + "\"}}]"}});
        INFO(wire::to_text(answer));
        return at(answer, "features", 0, "attributes", "p").as_double("p");
    };
    for (const double share : {0.0, 0.1, 0.25, 0.5, 0.77, 0.9, 1.0}) {
        CHECK(asked("PERCENTILE_CONT", share, "ASC") == Approx(percentile(weights, share, true)));
        CHECK(asked("percentile_disc", share, "ASC") == Approx(percentile(weights, share, false)));
        CHECK(asked("PERCENTILE_CONT", share, "DESC") ==
              Approx(percentile(weights, 1 - share, true)));
    }
    CHECK(asked("PERCENTILE_DISC", 0.0, "DESC") ==
          *std::max_element(weights.begin(), weights.end()));
}

TEST_CASE("statistics of nothing are a count of 0 and nulls", "[service][query]") {
    Park park;
    const Json none = park.query({{"where", "1=0"}, {"outStatistics", kEverything}});
    const Json& attributes = at(none, "features", 0, "attributes");
    CHECK(at(attributes, "n") == Json(0));
    for (const char* name : {"total", "least", "most", "mean", "spread", "variance", "last"}) {
        INFO(name);
        CHECK(at(attributes, name).is_null());
    }
    const Json groups = park.query(
        {{"where", "1=0"}, {"outStatistics", kEverything}, {"groupByFieldsForStatistics", "kind"}});
    CHECK(at(groups, "features").as_array("features").empty());
}

TEST_CASE("a havingClause picks groups by statistics, names and groups", "[service][query]") {
    Park park;
    std::map<std::string, Group> groups;
    for (const Bed& bed : park.plant(90)) groups[bed.kind].add(bed);
    const auto kinds = [&](const std::string& having) {
        const Json answer = park.query({{"where", "1=1"},
                                        {"outStatistics", kEverything},
                                        {"groupByFieldsForStatistics", "kind"},
                                        {"havingClause", having}});
        INFO(wire::to_text(answer));
        std::set<std::string> found;
        for (const Json& feature : at(answer, "features").as_array("features")) {
            found.insert(at(feature, "attributes", "kind").as_string("kind"));
        }
        return found;
    };
    const double limit = groups["rose"].mean();
    std::set<std::string> above;
    for (const auto& [kind, group] : groups) {
        if (group.mean() >= limit) above.insert(kind);
    }
    const std::string text = std::to_string(limit - 1e-6);
    CHECK(kinds("AVG(weight) > " + text) == above);
    CHECK(kinds("mean > " + text) == above);
    CHECK(kinds("COUNT(*) > 0 AND kind <> 'rose'") == std::set<std::string>{"herb", "stone"});
    CHECK(kinds("MIN(opened) > DATE '2050-01-01'").empty());
    CHECK(kinds("COUNT(OBJECTID) BETWEEN 1 AND 90 AND STDDEV(weight) > 0").size() == 3);
    CHECK(kinds("SUM(plants) IS NULL").empty());
}

TEST_CASE("groups come page by page, and are counted", "[service][query]") {
    Park park;
    park.plant(60);
    std::set<std::int64_t> days;
    for (const Bed& bed : park.beds) days.insert(bed.opened_ms);
    std::vector<std::int64_t> read;
    bool more = true;
    while (more) {
        const Json page = park.query({{"where", "1=1"},
                                      {"outStatistics", kEverything},
                                      {"groupByFieldsForStatistics", "opened"},
                                      {"resultOffset", std::to_string(read.size())},
                                      {"resultRecordCount", "7"}});
        for (const Json& feature : at(page, "features").as_array("features")) {
            read.push_back(at(feature, "attributes", "opened").as_int64("opened"));
        }
        more = page.find("exceededTransferLimit") != nullptr;
        if (more) CHECK(at(page, "features").as_array("features").size() == 7);
        REQUIRE(read.size() <= days.size());
    }
    CHECK(read == std::vector<std::int64_t>(days.begin(), days.end()));
    const Json count = park.query({{"where", "1=1"},
                                   {"outStatistics", kEverything},
                                   {"groupByFieldsForStatistics", "opened"},
                                   {"returnCountOnly", "true"}});
    CHECK(at(count, "count") == Json(static_cast<std::int64_t>(days.size())));
}

TEST_CASE("distinct values come once, in order, are counted and have no shape",
          "[service][query]") {
    Park park;
    std::set<std::pair<std::string, std::int64_t>> pairs;
    for (const Bed& bed : park.plant(80)) pairs.insert({bed.kind, bed.plants});
    const Json answer = park.query({{"where", "1=1"},
                                    {"outFields", "kind,plants"},
                                    {"returnDistinctValues", "true"},
                                    {"orderByFields", "kind DESC"}});
    const auto& rows = at(answer, "features").as_array("features");
    REQUIRE(rows.size() == pairs.size());
    CHECK(at(rows[0], "attributes", "kind") == Json("stone"));
    CHECK(rows[0].find("geometry") == nullptr);
    CHECK(at(rows[0], "attributes").find("OBJECTID") == nullptr);
    const Json count = park.query({{"where", "1=1"},
                                   {"outFields", "kind"},
                                   {"returnDistinctValues", "true"},
                                   {"returnCountOnly", "true"}});
    CHECK(at(count, "count") == Json(3));
    const Json with_ids =
        park.query({{"where", "1=1"}, {"outFields", "*"}, {"returnDistinctValues", "true"}});
    CHECK(at(with_ids, "features").as_array("features").size() == 80);
    const Json paged = park.query({{"where", "1=1"},
                                   {"outFields", "kind"},
                                   {"returnDistinctValues", "true"},
                                   {"resultRecordCount", "2"}});
    CHECK(at(paged, "exceededTransferLimit") == Json(true));
    CHECK(at(paged, "features").as_array("features").size() == 2);
}
