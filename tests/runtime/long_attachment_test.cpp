// SPDX-License-Identifier: Apache-2.0
//
// A long file through the built server over a real socket: in by one call and by an upload item,
// out whole and by range, with the memory of the process watched. RHUMB_LONG_MEGABYTES makes it
// longer.
#include "platform/hash.hpp"
#include "tests/platform/http/raw_peer.hpp"
#include "tests/runtime/tool_fixture.hpp"

#include <cstdlib>
#include <fstream>
#include <iostream>

using namespace rhumb;
using namespace rhumb::test;

namespace {

constexpr std::int64_t kMegabyte = 1024 * 1024;
const std::int64_t kLongBytes = [] {
    const char* text = std::getenv("RHUMB_LONG_MEGABYTES");
    return (text == nullptr ? 200 : std::atoll(text)) * kMegabyte;
}();
/// Programs and libraries are part of it. Sanitizers use several times as much.
constexpr std::int64_t kMostKilobytes = 32 * 1024;

#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
constexpr bool kMemoryTells = false;
#elif defined(__has_feature)
constexpr bool kMemoryTells = !__has_feature(address_sanitizer) && !__has_feature(thread_sanitizer);
#else
constexpr bool kMemoryTells = true;
#endif

/// The n-th megabyte of the file.
std::string megabyte(std::int64_t n) {
    std::string bytes(kMegabyte, static_cast<char>('a' + n % 26));
    bytes.replace(0, 8, std::to_string(10'000'000 + n));
    return bytes;
}

class Office {
public:
    Office() {
        bench_.make_city();
        served_.emplace(bench_);
        const std::string origin = "http://127.0.0.1:";
        const std::size_t path = served_->url().find('/', origin.size());
        port_ = static_cast<std::uint16_t>(
            std::stoi(served_->url().substr(origin.size(), path - origin.size())));
        path_ = served_->url().substr(path);
    }

    /// POSTs the long file as a part of this name.
    wire::Json send_long(const std::string& below, const std::string& part) {
        const std::string head = "--cut\r\nContent-Disposition: form-data; name=\"" + part +
                                 "\"; filename=\"long.jpg\"\r\n\r\n";
        const std::string end = "\r\n--cut--\r\n";
        const auto length = static_cast<std::int64_t>(head.size() + end.size()) + kLongBytes;
        RawSocket peer = RawSocket::to_port(port_);
        peer.send(request("POST", below + "?f=json",
                          "Content-Type: multipart/form-data; boundary=cut\r\nContent-Length: " +
                              std::to_string(length) + "\r\n") +
                  head);
        for (std::int64_t n = 0; n < kLongBytes / kMegabyte; ++n) REQUIRE(peer.send(megabyte(n)));
        peer.send(end);
        const std::string answer = peer.read_answer();
        return wire::parse_json(answer.substr(answer.find("\r\n\r\n") + 4), "answer");
    }
    /// Reads an attachment through and checks every byte of it.
    void read_long(const std::string& below) {
        RawSocket peer = RawSocket::to_port(port_);
        peer.send(request("GET", below, ""));
        CHECK_THAT(peer.read_to("\r\n\r\n"),
                   Catch::Contains("Content-Length: " + std::to_string(kLongBytes)));
        for (std::int64_t n = 0; n < kLongBytes / kMegabyte; ++n) {
            REQUIRE(peer.read_bytes(static_cast<std::size_t>(kMegabyte)) == megabyte(n));
        }
    }
    std::string read(const std::string& below, const std::string& headers) {
        RawSocket peer = RawSocket::to_port(port_);
        peer.send(request("GET", below, headers));
        return peer.read_answer();
    }
    std::int64_t peak_kilobytes() {
        std::ifstream status("/proc/" + std::to_string(served_->process().id()) + "/status");
        for (std::string line; std::getline(status, line);) {
            if (line.starts_with("VmHWM:")) return std::stoll(line.substr(6));
        }
        return 0;
    }

private:
    std::string request(const std::string& method, const std::string& below,
                        const std::string& headers) const {
        return method + " " + path_ + below + " HTTP/1.1\r\nHost: box\r\n" + headers + "\r\n";
    }
    Bench bench_;
    std::optional<Served> served_;
    std::uint16_t port_ = 0;
    std::string path_;
};

}  // namespace

TEST_CASE("a long file goes in and out with less than 32 MB of the server's memory",
          "[tool][slow]") {
    Office office;
    const wire::Json added = office.send_long("/0/1/addAttachment", "attachment");
    INFO(wire::to_text(added));
    REQUIRE(added.require("addAttachmentResult", "answer").find("objectId") != nullptr);
    office.read_long("/0/1/attachments/1");
    const std::string part =
        office.read("/0/1/attachments/1", "Range: bytes=104857600-104857607\r\n");
    CHECK_THAT(part, Catch::StartsWith("HTTP/1.1 206 ") && Catch::EndsWith("10000100"));
    const wire::Json item = office.send_long("/uploads/upload", "file");
    CHECK(item.require("item", "answer").require("committed", "item") == wire::Json(true));
    const std::int64_t peak = office.peak_kilobytes();
    std::cout << "peak memory of the server: " << peak << " kB\n";
    CHECK(peak > 0);
    if (kMemoryTells) CHECK(peak < kMostKilobytes);
}
