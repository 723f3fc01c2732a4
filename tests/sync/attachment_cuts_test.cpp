// SPDX-License-Identifier: Apache-2.0
//
// Cuts: every request of a synchronization with attachments fails once in every way; what was done
// is neither lost nor done twice, and bytes are not sent again and again.
#include "platform/files.hpp"
#include "sync/wire/content_pack.hpp"
#include "tests/support/catch.hpp"
#include "tests/support/loopback.hpp"
#include "tests/support/photos.hpp"

#include <iostream>

using namespace rhumb;
using namespace rhumb::geodb;
using namespace rhumb::test;

namespace {

const std::vector<LinkFault> kFaults{
    LinkFault::RequestLost, LinkFault::AnswerLost, LinkFault::AnswerCut, LinkFault::Garbage,
    LinkFault::Html,        LinkFault::BadGateway, LinkFault::Killed};

/// Photos that were there, and what a day does to them.
struct PhotoDay {
    Office office;
    GlobalId oak = office.add("trees", {{"species", "oak"}}, point(1, 1));
    GlobalId elm = office.add("trees", {{"species", "elm"}}, point(2, 2));
    Device ana{office, "ana"}, ben{office, "ben"};
    GlobalId replaced, removed;

    PhotoDay() {
        ana.join();
        replaced = attach(ana.file(), "trees", oak, "a.jpg", photo(3000));
        removed = attach(ana.file(), "trees", elm, "b.jpg", photo(4000, 2));
        ana.sync();
        ben.join();
    }
    void work() {
        const GlobalId ash = ana.add("trees", {{"species", "ash"}}, point(3, 3));
        attach(ana.file(), "trees", ash, "small.jpg", photo(50'000, 3));
        attach(ana.file(), "trees", oak, "large.mp4", photo(5'000'000, 4));
        attach(ana.file(), "trees", elm, "empty.txt", "");
        replace_photo(ana.file(), replaced, photo(3500, 5));
        remove_photo(ana.file(), removed);
    }
    std::string of_office() {
        Geodatabase served = office.open_file();
        return photos(served) + content(served, "trees");
    }
    static std::string of(Device& device) {
        return photos(device.file()) + content(device.file(), "trees");
    }
};

}  // namespace

TEST_CASE("photos on their way up survive a cut at every request", "[sync][attachments][cut]") {
    PhotoDay undisturbed;
    undisturbed.work();
    const int before = undisturbed.ana.link().requests();
    undisturbed.ana.sync();
    const int requests = undisturbed.ana.link().requests() - before;
    const std::string expected = undisturbed.of_office();
    REQUIRE(PhotoDay::of(undisturbed.ana) == expected);
    int cuts = 0;
    for (int n = 0; n < requests; ++n) {
        for (const LinkFault fault : kFaults) {
            INFO("request " << n << " of " << requests << ", " << name_of(fault));
            PhotoDay day;
            day.work();
            day.ana.link().fail_at(n, fault);
            day.ana.sync_stubbornly();
            day.ana.sync();
            CHECK(day.of_office() == expected);
            CHECK(PhotoDay::of(day.ana) == expected);
            CHECK(sync::AttachmentLane(day.ana.file()).pending() == 0);
            ++cuts;
        }
    }
    std::cout << "cuts of an upload of attachments: " << cuts << "\n";
    CHECK(cuts >= 40);
}

TEST_CASE("photos on their way down survive a cut at every request", "[sync][attachments][cut]") {
    PhotoDay undisturbed;
    undisturbed.work();
    undisturbed.ana.sync();
    const int before = undisturbed.ben.link().requests();
    undisturbed.ben.sync();
    const int requests = undisturbed.ben.link().requests() - before;
    const std::string expected = undisturbed.of_office();
    REQUIRE(PhotoDay::of(undisturbed.ben) == expected);
    int cuts = 0;
    for (int n = 0; n < requests; ++n) {
        for (const LinkFault fault : kFaults) {
            INFO("request " << n << " of " << requests << ", " << name_of(fault));
            PhotoDay day;
            day.work();
            day.ana.sync();
            day.ben.link().fail_at(n, fault);
            day.ben.sync_stubbornly();
            day.ben.sync();
            CHECK(PhotoDay::of(day.ben) == expected);
            ++cuts;
        }
    }
    std::cout << "cuts of a download of attachments: " << cuts << "\n";
}

TEST_CASE("a long upload goes on inside the file after a kill, also over a restart of the office",
          "[sync][attachments][cut]") {
    PhotoDay day;
    const std::string film = photo(17'000'000, 8);
    const GlobalId id = attach(day.ana.file(), "trees", day.oak, "film.mp4", film);
    day.ana.link().fail_at(1 + 3, LinkFault::Killed);  // pull, have, put, put, put
    CHECK_THROWS_AS(day.ana.sync(), DeviceKilled);
    day.ana.restart();
    day.office.restart();
    const auto rest = day.ana.sync();
    // Three pieces were there: at most one would be sent again.
    CHECK(rest.bytes_up < 17'000'000 - 2 * 2 * 1024 * 1024);
    Geodatabase served = day.office.open_file();
    CHECK(bytes_of(served, id) == film);
}

TEST_CASE("what was attached after a kill goes up in the run that finishes the batch before it",
          "[sync][attachments][cut]") {
    PhotoDay day;
    const GlobalId first = attach(day.ana.file(), "trees", day.oak, "1.jpg", photo(900, 7));
    day.ana.link().fail_at(1 + 2, LinkFault::Killed);  // pull, have, put, submit
    CHECK_THROWS_AS(day.ana.sync(), DeviceKilled);
    day.ana.restart();
    const GlobalId second = attach(day.ana.file(), "trees", day.elm, "2.jpg", photo(901, 8));
    const auto report = day.ana.sync();
    CHECK(report.resumed);
    CHECK(report.attachments.failures.empty());
    CHECK(report.attachments.sent == 2);
    Geodatabase served = day.office.open_file();
    CHECK(bytes_of(served, first) == photo(900, 7));
    CHECK(bytes_of(served, second) == photo(901, 8));
}

TEST_CASE("half of an answer is of use: a long download goes on inside the file",
          "[sync][attachments][cut]") {
    PhotoDay day;
    const std::string film = photo(10'000'000, 8);
    const GlobalId id = attach(day.ana.file(), "trees", day.oak, "film.mp4", film);
    day.ana.sync();
    day.ben.link().fail_at(1, LinkFault::AnswerCut);  // pull, get
    const auto report = day.ben.sync();
    CHECK(bytes_of(day.ben.file(), id) == film);
    CHECK(report.bytes_down < 6'000'000);  // of the second answer: the other half

    SECTION("and after a kill what lies in the file is taken up") {
        PhotoDay other;
        const GlobalId again = attach(other.ana.file(), "trees", other.oak, "film.mp4", film);
        other.ana.sync();
        // What a transfer left behind when the device died in the middle of it.
        Geodatabase served = other.office.open_file();
        Attachments attachments(served);
        const auto attachment = attachments.find(again).value();
        std::string half(wire::kPackMagic);
        half += wire::pack_head({*attachment.content, attachment.size, 0, attachment.size});
        half += film.substr(0, 6'000'000);
        FileWriter part(other.ben.file().path().string() + ".attachments-part",
                        FileWriter::Mode::Replace);
        part.write(half);
        part.close_durably();
        const auto rest = other.ben.sync();
        CHECK(rest.bytes_down < 4'500'000);
        CHECK(bytes_of(other.ben.file(), again) == film);
    }
}
