// SPDX-License-Identifier: Apache-2.0
//
// Two services that follow each other: what one gives away is carried to the other.
#include "tests/support/catch.hpp"
#include "tests/support/office.hpp"

using namespace rhumb;
using namespace rhumb::geodb;
using namespace rhumb::test;
using wire::Json;

namespace {

/// A replica of targetType server, as whoever carries the edits sees it.
struct End {
    Office office;
    std::string id;

    Json join(const char* direction) {
        Json made = office.post("/createReplica", {{"layers", "0"},
                                                   {"targetType", "server"},
                                                   {"syncDirection", direction},
                                                   {"transportType", "esriTransportTypeEmbedded"}});
        id = at(made, "replicaID").as_string("id");
        return made;
    }
    Json sync(http::NameValues parameters) {
        parameters.emplace_back("replicaID", id);
        parameters.emplace_back("transportType", "esriTransportTypeEmbedded");
        return office.post("/synchronizeReplica", parameters);
    }
    std::string species() {
        Geodatabase file = office.open_file();
        return file.database()
            .text_of(
                "SELECT group_concat(s) FROM (SELECT global_id || species || hex(geom) AS s "
                "FROM trees ORDER BY global_id)")
            .value_or("");
    }
};

}  // namespace

TEST_CASE("a service follows another, going on from the sibling generation it has stored",
          "[service][terms]") {
    End north, south;
    const GlobalId oak = north.office.add("trees", {{"species", "oak"}}, point(1, 1));
    std::string begin =
        std::to_string(at(north.join("download"), "replicaServerGen").as_int64("g"));
    south.join("upload");
    const auto carry = [&](const std::string& from) {
        const Json given = north.sync({{"syncDirection", "download"}, {"replicaServerGen", from}});
        const std::string sibling = std::to_string(at(given, "replicaServerGen").as_int64("g"));
        const Json* edits = given.find("edits");
        for (int sent = 0; sent < 2; ++sent) {  // the answer is lost once
            const Json taken =
                south.sync({{"syncDirection", "upload"},
                            {"rollbackOnFailure", "true"},
                            {"replicaServerSibGen", sibling},
                            {"edits", edits == nullptr ? "[]" : wire::to_text(*edits)}});
            INFO(wire::to_text(taken));
            CHECK(at(taken, "replicaServerSibGen") == Json(std::stoll(sibling)));
        }
    };
    carry("0");
    CHECK(south.species() == north.species());
    north.office.update("trees", oak, {{"species", "yew"}});
    const GlobalId elm = north.office.add("trees", {{"species", "elm"}}, point(2, 2));
    const auto reached = [&] {
        return std::to_string(
            at(south.office.get("/replicas/" + south.id), "replicaServerSibGen").as_int64("g"));
    };
    carry(reached());
    CHECK(south.species() == north.species());
    north.office.erase("trees", oak);
    north.office.erase("trees", elm);
    carry(reached());
    CHECK(south.species().empty());
    CHECK(reached() > begin);
}
