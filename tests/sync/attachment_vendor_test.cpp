// SPDX-License-Identifier: Apache-2.0
//
// Attachments with a service that knows nothing of Rhumb: upload items in parts, content by
// address, no hashes; and services that answer with something else.
#include "platform/clock.hpp"
#include "platform/files.hpp"
#include "platform/http/url.hpp"
#include "sync/client/signed_transport.hpp"
#include "tests/support/catch.hpp"
#include "tests/support/loopback.hpp"
#include "tests/support/photos.hpp"
#include "tests/support/token_gate.hpp"

#include <functional>
#include <set>

using namespace rhumb;
using namespace rhumb::geodb;
using namespace rhumb::test;

namespace {

void replace_all(std::string& text, std::string_view what, std::string_view by) {
    for (auto at = text.find(what); at != std::string::npos; at = text.find(what, at + by.size())) {
        text.replace(at, what.size(), by);
    }
}

/// Takes out of every answer what only Rhumb says, and lets a test meddle.
class VendorLink final : public http::Transport {
public:
    explicit VendorLink(http::Transport& link) : link_(link) {}

    http::TransportResult send(const http::TransportRequest& request,
                               const CancelToken& cancel) override {
        const std::string path = std::string(http::parse_url(request.url).path);
        log.push_back(path);
        bytes_up += static_cast<std::int64_t>(request.body.size());
        if (meddle) {
            if (auto instead = meddle(path, request)) return *instead;
        }
        auto result = link_.send(request, cancel);
        auto* response = std::get_if<http::Response>(&result);
        if (response == nullptr) return result;
        if (response->headers.get("Content-Type").find("json") == std::string::npos) {
            if (const auto* file = response->file()) {
                bytes_down += static_cast<std::int64_t>(file->length);
            }
            return result;
        }
        if (const auto* file = response->file()) {
            const auto path_of_file = file->path;
            std::string text = read_file(path_of_file);
            hide(text);
            FileWriter writer(path_of_file, FileWriter::Mode::Replace);
            writer.write(text);
            writer.close_durably();
            response->body = http::FileBody{path_of_file, 0, text.size(), false};
        } else {
            std::string text(response->text());
            hide(text);
            response->body = text;
        }
        return result;
    }

    std::function<std::optional<http::TransportResult>(const std::string& path,
                                                       const http::TransportRequest& request)>
        meddle;
    std::function<void(std::string&)> rewrite;
    std::vector<std::string> log;
    std::int64_t bytes_up = 0, bytes_down = 0;

private:
    void hide(std::string& text) const {
        replace_all(text, "\"rhumb\":", "\"other\":");
        replace_all(text, "rhumbSha256", "otherSha256");
        if (rewrite) rewrite(text);
    }
    http::Transport& link_;
};

struct VendorCrew {
    Office office;
    GlobalId oak = office.add("trees", {{"species", "oak"}}, point(1, 1));
    Device ana{office, "ana"}, ben{office, "ben"};
    VendorLink ana_link{ana.link()}, ben_link{ben.link()};

    void join(Device& device, VendorLink& link) {
        sync::CreateOptions options;
        options.service_url = Office::kUrl;
        climb(*sync::create_replica_ladder(device.file(), options, nullptr), link);
    }
    VendorCrew() {
        join(ana, ana_link);
        join(ben, ben_link);
    }
    sync::SyncReport climb(sync::Ladder& ladder, VendorLink& link) {
        return sync::climb(ladder, link, {}, [](std::int64_t) {});
    }
    sync::SyncReport sync(Device& device, VendorLink& link) {
        return climb(*sync::synchronize_ladder(device.file(), {}, nullptr), link);
    }
    bool asked(const VendorLink& link, std::string_view part) const {
        for (const auto& path : link.log) {
            if (path.find(part) != std::string::npos) return true;
        }
        return false;
    }
};

http::TransportFailure cut() {
    return {http::TransportFailure::Kind::Interrupted, "cut"};
}

http::Response saved(const http::TransportRequest& request, const std::string& answer,
                     const std::string& type) {
    FileWriter part(*request.save_to, FileWriter::Mode::Replace);
    part.write(answer);
    part.close_durably();
    http::Response response = http::text_response("", type);
    response.body = http::FileBody{*request.save_to, 0, answer.size(), false};
    return response;
}

void forget_sizes(std::string& text) {
    replace_all(text, "\"size\":", "\"otherSize\":");
}

}  // namespace

TEST_CASE("a photo goes to another vendor's service as an upload item and comes by address",
          "[sync][attachments][vendor]") {
    VendorCrew field;
    const std::string taken = photo(600'000);
    const GlobalId id = attach(field.ana.file(), "trees", field.oak, "oak.jpg", taken);
    const auto report = field.sync(field.ana, field.ana_link);
    CHECK(report.attachments.sent == 1);
    CHECK(report.attachments.failures.empty());
    CHECK(field.asked(field.ana_link, "uploads/register"));
    CHECK_FALSE(field.asked(field.ana_link, "rhumbContents"));
    Geodatabase served = field.office.open_file();
    CHECK(bytes_of(served, id) == taken);
    CHECK(field.sync(field.ben, field.ben_link).attachments.fetched == 1);
    CHECK(bytes_of(field.ben.file(), id) == taken);
    CHECK_FALSE(field.asked(field.ben_link, "rhumbContents"));
    CHECK(field.sync(field.ben, field.ben_link).attachments.fetched == 0);
}

TEST_CASE("an upload of photos that a service does as a job is followed to its receipt",
          "[sync][attachments][vendor]") {
    VendorCrew field;
    const bool fails = GENERATE(false, true);
    const GlobalId id = attach(field.ana.file(), "trees", field.oak, "oak.jpg", photo(5000));
    std::string outcome;
    int asked = 0;
    field.ana_link.meddle =
        [&](const std::string& path,
            const http::TransportRequest& request) -> std::optional<http::TransportResult> {
        if (path.find("/jobs/j7") != std::string::npos) {
            const char* const words[] = {"esriJobSubmitted", "ProvisionForUs", "Completed"};
            if (fails) return http::json_response(R"({"status":"Failed"})");
            if (asked < 2) {
                return http::json_response(std::string(R"({"status":")") + words[asked++] + "\"}");
            }
            return http::json_response(
                R"({"status":"Completed","resultUrl":"/arcgis/rest/results/r7.json"})");
        }
        if (path.find("r7.json") != std::string::npos) return http::json_response(outcome);
        if (path.find("synchronizeReplica") == std::string::npos ||
            request.body.find("parentGlobalId") == std::string::npos) {
            return std::nullopt;
        }
        if (!fails) {
            const auto done = field.ana.link().send(request, {});
            outcome = std::string(std::get<http::Response>(done).text());
        }
        return http::json_response(R"({"statusUrl":")" + std::string(Office::kUrl) +
                                   R"(/jobs/j7"})");
    };
    const auto report = field.sync(field.ana, field.ana_link);
    CHECK(report.attachments.sent == (fails ? 0 : 1));
    CHECK(state_of(field.ana.file(), id).pending == fails);
    CHECK(asked == (fails ? 0 : 2));
    field.ana_link.meddle = nullptr;
    field.sync(field.ana, field.ana_link);
    Geodatabase served = field.office.open_file();
    CHECK(bytes_of(served, id) == photo(5000));
    CHECK_FALSE(state_of(field.ana.file(), id).pending);
}

TEST_CASE("parts of an upload item that arrived are not sent again after a kill",
          "[sync][attachments][vendor]") {
    VendorCrew field;
    const std::string film = photo(14'000'000);
    const GlobalId id = attach(field.ana.file(), "trees", field.oak, "film.mp4", film);
    int parts = 0;
    field.ana_link.meddle =
        [&](const std::string& path,
            const http::TransportRequest&) -> std::optional<http::TransportResult> {
        if (path.find("uploadPart") != std::string::npos && ++parts == 3) throw DeviceKilled{};
        return std::nullopt;
    };
    CHECK_THROWS_AS(field.sync(field.ana, field.ana_link), DeviceKilled);
    field.ana_link.meddle = nullptr;
    field.ana.restart();
    field.office.restart();
    field.ana_link.bytes_up = 0;
    CHECK(field.sync(field.ana, field.ana_link).attachments.sent == 1);
    CHECK(field.ana_link.bytes_up < 14'000'000 - 2 * 2 * 1024 * 1024 + 100'000);
    Geodatabase served = field.office.open_file();
    CHECK(bytes_of(served, id) == film);
}

TEST_CASE("without upload items small photos travel as base64, long ones say why they wait",
          "[sync][attachments][vendor]") {
    VendorCrew field;
    field.ana_link.rewrite = [](std::string& text) { replace_all(text, "Uploads", "Nothing"); };
    const GlobalId small = attach(field.ana.file(), "trees", field.oak, "a.jpg", photo(50'000));
    const GlobalId large =
        attach(field.ana.file(), "trees", field.oak, "b.mp4", photo(5'000'000, 2));
    const auto report = field.sync(field.ana, field.ana_link);
    CHECK_FALSE(field.asked(field.ana_link, "uploads"));
    REQUIRE(report.attachments.failures.size() == 1);
    CHECK_THAT(report.attachments.failures[0].reason, Catch::Contains("too long"));
    Geodatabase served = field.office.open_file();
    CHECK(bytes_of(served, small) == photo(50'000));
    CHECK(bytes_of(served, large) == "(gone)");
    CHECK(state_of(field.ana.file(), large).pending);
    field.ana_link.rewrite = nullptr;
    CHECK(field.sync(field.ana, field.ana_link).attachments.failures.empty());
    CHECK(bytes_of(served, large) == photo(5'000'000, 2));
}

TEST_CASE("a download by address goes on at the byte where it was cut",
          "[sync][attachments]"
          "[vendor]") {
    VendorCrew field;
    const std::string film = photo(3'000'000);
    const GlobalId id = attach(field.ana.file(), "trees", field.oak, "film.mp4", film);
    field.sync(field.ana, field.ana_link);
    int fetches = 0;
    field.ben_link.meddle =
        [&](const std::string& path,
            const http::TransportRequest& request) -> std::optional<http::TransportResult> {
        if (path.find("/attachments/") == std::string::npos || ++fetches != 2) return std::nullopt;
        // The rest of the file, cut in the middle; then the device dies.
        FileWriter part(*request.save_to, FileWriter::Mode::Append);
        part.write(std::string_view(film).substr(request.save_offset, 1'000'000));
        part.close_durably();
        throw DeviceKilled{};
    };
    CHECK_THROWS_AS(field.sync(field.ben, field.ben_link), DeviceKilled);
    field.ben.restart();
    field.ben_link.meddle = nullptr;
    field.ben_link.bytes_down = 0;
    CHECK(field.sync(field.ben, field.ben_link).attachments.fetched == 1);
    CHECK(bytes_of(field.ben.file(), id) == film);
    CHECK(field.ben_link.bytes_down < 1'800'000);
}

TEST_CASE("a page, an error or another file in place of a photo is no photo",
          "[sync][attachments][vendor]") {
    const bool sizes_are_told = GENERATE(true, false);
    VendorCrew field;
    const GlobalId a = attach(field.ana.file(), "trees", field.oak, "a.jpg", photo(5000));
    const GlobalId b = attach(field.ana.file(), "trees", field.oak, "b.jpg", photo(6000, 2));
    field.sync(field.ana, field.ana_link);
    std::string answer, type;
    SECTION("a sign-in page") {
        answer = "<html><body>Sign in</body></html>";
        type = "text/html";
    }
    SECTION("an error object with HTTP 200") {
        answer = R"({"error":{"code":400,"message":"no such attachment","details":[]}})";
        type = "application/json";
    }
    SECTION("another file") {
        answer = photo(4999, 3);
        type = "image/jpeg";
    }
    if (!sizes_are_told && type == "image/jpeg") return;  // nothing tells them apart
    if (!sizes_are_told) field.ben_link.rewrite = forget_sizes;
    std::string spoiled;
    field.ben_link.meddle =
        [&](const std::string& path,
            const http::TransportRequest& request) -> std::optional<http::TransportResult> {
        if (path.find("/attachments/") == std::string::npos) return std::nullopt;
        if (spoiled.empty()) spoiled = path;
        if (path != spoiled) return std::nullopt;
        return saved(request, answer, type);
    };
    const auto report = field.sync(field.ben, field.ben_link);
    field.ben_link.meddle = nullptr;
    // It is told and marked, and keeps the other one from nothing.
    REQUIRE(report.attachments.failures.size() == 1);
    CHECK(report.attachments.failures[0].attachment == a);
    CHECK(state_of(field.ben.file(), a).state == ContentState::Failed);
    CHECK(bytes_of(field.ben.file(), b) == photo(6000, 2));
    CHECK(field.sync(field.ben, field.ben_link).attachments.failures.empty());
    CHECK(bytes_of(field.ben.file(), a) == photo(5000));
}

TEST_CASE("a page that stands in the way of a photo for once is asked again",
          "[sync][attachments][vendor]") {
    const bool sizes_are_told = GENERATE(true, false);
    VendorCrew field;
    if (!sizes_are_told) field.ben_link.rewrite = forget_sizes;
    const GlobalId a = attach(field.ana.file(), "trees", field.oak, "a.jpg", photo(5000));
    field.sync(field.ana, field.ana_link);
    bool first = true;
    field.ben_link.meddle =
        [&](const std::string& path,
            const http::TransportRequest& request) -> std::optional<http::TransportResult> {
        const bool is_photo = path.find("/attachments/") != std::string::npos;
        if (!is_photo || !std::exchange(first, false)) return std::nullopt;
        return saved(request, "\n <!DOCTYPE HTML><html>Warming up</html>", "image/jpeg");
    };
    CHECK(field.sync(field.ben, field.ben_link).attachments.failures.empty());
    CHECK(bytes_of(field.ben.file(), a) == photo(5000));
}

TEST_CASE("photos that a service cannot give keep the others from nothing",
          "[sync][attachments][vendor]") {
    const bool is_cut = GENERATE(true, false);
    VendorCrew field;
    std::vector<GlobalId> photos;
    for (std::uint32_t i = 0; i < 8; ++i) {
        photos.push_back(attach(field.ana.file(), "trees", field.oak, std::to_string(i) + ".jpg",
                                photo(5000, i)));
    }
    field.sync(field.ana, field.ana_link);
    std::set<std::string> broken;
    field.ben_link.meddle =
        [&](const std::string& path,
            const http::TransportRequest&) -> std::optional<http::TransportResult> {
        if (path.find("/attachments/") == std::string::npos) return std::nullopt;
        if (broken.size() < 3) broken.insert(path);
        if (broken.count(path) == 0) return std::nullopt;
        if (is_cut) return cut();
        return http::text_response("<h1>boom</h1>", "text/html", 500);
    };
    // One after another they look as if the link were gone; the next run begins behind them.
    for (int run = 0; run < 3; ++run) {
        try {
            field.sync(field.ben, field.ben_link);
        } catch (const Error&) {
        }
    }
    for (std::uint32_t i = 3; i < 8; ++i)
        CHECK(bytes_of(field.ben.file(), photos.at(i)) == photo(5000, i));
    field.ben_link.meddle = nullptr;
    CHECK(field.sync(field.ben, field.ben_link).attachments.failures.empty());
    for (std::uint32_t i = 0; i < 8; ++i)
        CHECK(bytes_of(field.ben.file(), photos.at(i)) == photo(5000, i));
}

TEST_CASE("photos whose upload always fails keep the others from nothing",
          "[sync][attachments][vendor]") {
    const bool is_cut = GENERATE(true, false);
    VendorCrew field;
    std::vector<GlobalId> photos;
    for (std::uint32_t i = 0; i < 8; ++i) {
        photos.push_back(attach(field.ana.file(), "trees", field.oak, std::to_string(i) + ".jpg",
                                photo(5000, i)));
    }
    bool blocked = true;
    const auto is_poison = [&](const std::string& body) {
        for (const std::uint32_t i : {0U, 1U, 4U}) {
            if (body.find(photo(5000, i)) != std::string::npos) return true;
        }
        return false;
    };
    field.ana_link.meddle =
        [&](const std::string& path,
            const http::TransportRequest& request) -> std::optional<http::TransportResult> {
        const bool is_part = path.find("/uploadPart") != std::string::npos;
        if (!blocked || !is_part || !is_poison(request.body)) return std::nullopt;
        if (is_cut) return cut();
        return http::text_response("<h1>boom</h1>", "text/html", 500);
    };
    // One after another they look as if the link were gone; the next run begins behind them.
    int failing = 0;
    for (int run = 0; run < 4; ++run) {
        try {
            failing =
                static_cast<int>(field.sync(field.ana, field.ana_link).attachments.failures.size());
        } catch (const Error&) {
        }
    }
    CHECK(failing == 3);
    {
        Geodatabase served = field.office.open_file();
        for (const std::uint32_t i : {2U, 3U, 5U, 6U, 7U}) {
            CHECK(bytes_of(served, photos.at(i)) == photo(5000, i));
        }
    }
    blocked = false;
    CHECK(field.sync(field.ana, field.ana_link).attachments.failures.empty());
    Geodatabase served = field.office.open_file();
    for (std::uint32_t i = 0; i < 8; ++i) CHECK(bytes_of(served, photos.at(i)) == photo(5000, i));
}

TEST_CASE("an upload item that the service forgot is registered anew",
          "[sync][attachments][vendor]") {
    VendorCrew field;
    const GlobalId id = attach(field.ana.file(), "trees", field.oak, "a.jpg", photo(9'000'000));
    int parts = 0;
    field.ana_link.meddle =
        [&](const std::string& path,
            const http::TransportRequest&) -> std::optional<http::TransportResult> {
        if (path.find("uploadPart") == std::string::npos || ++parts != 2) return std::nullopt;
        return http::json_response(
            R"({"error":{"code":404,"message":"Item not found.","details":[]}})");
    };
    CHECK(field.sync(field.ana, field.ana_link).attachments.failures.empty());
    Geodatabase served = field.office.open_file();
    CHECK(bytes_of(served, id) == photo(9'000'000));
}

TEST_CASE("a lost receipt of another vendor's service makes no second photo",
          "[sync][attachments][vendor]") {
    VendorCrew field;
    const GlobalId id = attach(field.ana.file(), "trees", field.oak, "a.jpg", photo(900));
    bool lost = false;
    VendorLink& link = field.ana_link;
    link.meddle =
        [&](const std::string& path,
            const http::TransportRequest& request) -> std::optional<http::TransportResult> {
        if (lost || path.find("synchronizeReplica") == std::string::npos ||
            request.body.find("uploadId") == std::string::npos) {
            return std::nullopt;
        }
        lost = true;
        field.ana.link().send(request, {});
        return cut();
    };
    CHECK(field.sync(field.ana, link).attachments.sent == 1);
    CHECK(lost);
    Geodatabase served = field.office.open_file();
    CHECK(bytes_of(served, id) == photo(900));
    CHECK(served.database().int64_of("SELECT count(*) FROM rhumb_attachment") == 1);
}

TEST_CASE("a token that ends at any request of attachments up and down is renewed once",
          "[sync][attachments][vendor][token]") {
    /// Photos go up as items, and down by address; each transfer signs in for itself.
    struct Day {
        VendorCrew field;
        TokenGate up{field.ana_link}, down{field.ben_link};
        std::string taken = photo(600'000);
        GlobalId id = attach(field.ana.file(), "trees", field.oak, "oak.jpg", taken);

        void climb(Device& device, TokenGate& gate) {
            SystemClock clock;
            const auto ladder = sync::synchronize_ladder(device.file(), {}, nullptr);
            sync::SignedTransport transport(
                gate, std::make_shared<sync::PasswordSignIn>("ana", "secret+1"),
                ladder->service_url(), clock);
            sync::climb(*ladder, transport, {}, [](std::int64_t) {});
        }
        void run() {
            up.host = down.host = http::parse_url(Office::kUrl).host;
            climb(field.ana, up);
            climb(field.ben, down);
        }
        bool is_done() { return bytes_of(field.ben.file(), id) == taken; }
    };
    Day clean;
    clean.run();
    REQUIRE(clean.is_done());
    REQUIRE(clean.up.guarded() > 5);
    REQUIRE(clean.down.guarded() > 4);
    for (int n = 0; n < clean.up.guarded() + clean.down.guarded(); ++n) {
        INFO("request " << n);
        Day day;
        const bool is_up = n < clean.up.guarded();
        const auto no = n % 2 == 0 ? TokenGate::No::Body498 : TokenGate::No::Http401;
        if (is_up) day.up.expire_before(n, no);
        if (!is_up) day.down.expire_before(n - clean.up.guarded(), no);
        day.run();
        CHECK(day.is_done());
        CHECK(day.up.sign_ins() + day.down.sign_ins() == 3);
        CHECK(day.up.guarded() + day.down.guarded() ==
              clean.up.guarded() + clean.down.guarded() + 1);
    }
}
