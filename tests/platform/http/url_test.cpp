// SPDX-License-Identifier: Apache-2.0
#include "platform/http/url.hpp"
#include "platform/error.hpp"
#include "tests/support/catch.hpp"

using namespace rhumb;
using namespace rhumb::http;

TEST_CASE("a URL is taken apart and put together again", "[http][url]") {
    const Url url = parse_url("HTTPS://Maps.Example.NET/arcgis/rest/services?f=json&x=%2F#top");
    CHECK(url.scheme == "https");
    CHECK(url.host == "maps.example.net");
    CHECK(url.port == 443);
    CHECK(url.path == "/arcgis/rest/services");
    CHECK(url.query == "f=json&x=%2F");
    CHECK(url.secure());
    CHECK(format_url(url) == "https://maps.example.net/arcgis/rest/services?f=json&x=%2F");
    CHECK(url.target() == "/arcgis/rest/services?f=json&x=%2F");
}

TEST_CASE("ports, IPv6 hosts and missing paths have their defaults", "[http][url]") {
    CHECK(parse_url("http://box").port == 80);
    CHECK(parse_url("http://box").path == "/");
    CHECK(parse_url("http://box:8080").authority() == "box:8080");
    CHECK(parse_url("http://box:80/").authority() == "box");
    CHECK(parse_url("http://box:/").port == 80);
    CHECK(parse_url("http://box?f=json").target() == "/?f=json");

    const Url six = parse_url("http://[FE80::1]:8080/a");
    CHECK(six.host == "fe80::1");
    CHECK(six.is_ipv6());
    CHECK(format_url(six) == "http://[fe80::1]:8080/a");
}

TEST_CASE("what may not stand on the wire is encoded, the rest is left alone", "[http][url]") {
    CHECK(parse_url("http://box/My Folder/Brücke?where=a > 1").target() ==
          "/My%20Folder/Br%C3%BCcke?where=a%20%3E%201");
    CHECK(parse_url("http://box/a%20b%2fc").path == "/a%20b%2fc");
}

TEST_CASE("a malformed URL is refused", "[http][url]") {
    const char* const text = GENERATE(
        "", "box", "localhost:8080/x", "/path", "ftp://box/", "http:/box", "http:box", "http://",
        "http:///path", "http://:80/", "http://box:abc/", "http://box:65536/", "http://box:0/",
        "http://box:99999999999999999999/", "http://[::1", "http://[x]/", "http://[::1]a/",
        "http://[]/", "http://a b/", "http://bo%78/", "http://b\xC3\xBC/", "http://box/a\nb",
        "http://box/a\r\nHost: other", "javascript:alert(1)");
    CAPTURE(text);
    CHECK_THROWS_AS(parse_url(text), Error);
}

TEST_CASE("a URL with a password is refused without repeating it", "[http][url]") {
    try {
        parse_url("https://crew:secret@box/");
        FAIL("accepted");
    } catch (const Error& error) {
        CHECK(error.status() == Status::InvalidArgument);
        CHECK(error.message().find("secret") == std::string::npos);
    }
}

TEST_CASE("a reference is resolved against the URL it came from", "[http][url]") {
    const Url base = parse_url("https://box:6443/arcgis/jobs/j1?f=json");
    const auto resolved = [&](const char* reference) {
        return format_url(resolve_url(base, reference));
    };
    CHECK(resolved("https://other/x") == "https://other/x");
    CHECK(resolved("//other/x") == "https://other/x");
    CHECK(resolved("/root?a=1") == "https://box:6443/root?a=1");
    CHECK(resolved("j2") == "https://box:6443/arcgis/jobs/j2");
    CHECK(resolved("j2/result?x=1#part") == "https://box:6443/arcgis/jobs/j2/result?x=1");
    CHECK(resolved("../output/d.zip") == "https://box:6443/arcgis/output/d.zip");
    CHECK(resolved("../../../../up") == "https://box:6443/up");
    CHECK(resolved("./") == "https://box:6443/arcgis/jobs/");
    CHECK(resolved("..") == "https://box:6443/arcgis/");
    CHECK(resolved("?f=pjson") == "https://box:6443/arcgis/jobs/j1?f=pjson");
    CHECK(resolved("") == "https://box:6443/arcgis/jobs/j1?f=json");
    CHECK(resolved("#part") == "https://box:6443/arcgis/jobs/j1?f=json");
    CHECK_THROWS_AS(resolve_url(base, "file:///etc/passwd"), Error);
    CHECK_THROWS_AS(resolve_url(base, "mailto:crew@box"), Error);
}

TEST_CASE("a token's origin is scheme, host and port", "[http][url]") {
    const Url home = parse_url("https://box/a");
    CHECK(same_origin(home, parse_url("https://BOX:443/b?c")));
    CHECK_FALSE(same_origin(home, parse_url("http://box/a")));
    CHECK_FALSE(same_origin(home, parse_url("https://box:444/a")));
    CHECK_FALSE(same_origin(home, parse_url("https://box.evil/a")));
}

TEST_CASE("percent-encoding survives the way back", "[http][url]") {
    std::string all;
    for (int byte = 0; byte < 256; ++byte) all += static_cast<char>(byte);
    CHECK(percent_decode(percent_encode(all)) == all);
    CHECK(percent_encode("a b&c=d/é~") == "a%20b%26c%3Dd%2F%C3%A9~");
}

TEST_CASE("an invalid percent sequence stays as it is", "[http][url]") {
    CHECK(percent_decode("100%") == "100%");
    CHECK(percent_decode("100%2") == "100%2");
    CHECK(percent_decode("50%zz%4a%4G") == "50%zzJ%4G");
    CHECK(percent_decode("%%41") == "%A");
    CHECK(percent_decode("a+b") == "a+b");
    CHECK(percent_decode("a+b", Plus::Blank) == "a b");
}
