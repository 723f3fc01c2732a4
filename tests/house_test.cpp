// SPDX-License-Identifier: Apache-2.0
//
// The house: dependency arrows point down, each outside library has one door.
#include "platform/files.hpp"
#include "tests/support/catch.hpp"

#include <algorithm>
#include <filesystem>
#include <map>
#include <regex>
#include <string>
#include <vector>

namespace fs = std::filesystem;

namespace {

const fs::path kRoot = RHUMB_SOURCE_DIR;

/// What each folder may include beside itself and what lies below it. The longest prefix counts.
const std::map<std::string, std::vector<std::string>> kAllowed{
    {"platform", {"platform"}},
    {"geodb", {"platform", "geodb"}},
    {"geodb/geometry", {"platform", "geodb/geometry"}},
    {"geodb/query", {"platform", "geodb"}},
    {"sync/wire", {"platform", "geodb", "sync/wire"}},
    {"sync/delta", {"platform", "geodb", "sync/wire", "sync/delta"}},
    {"sync/replica", {"platform", "geodb", "sync/wire", "sync/delta", "sync/replica"}},
    {"sync/client",
     {"platform", "geodb", "sync/wire", "sync/delta", "sync/replica", "sync/client"}},
    {"sync/service", {"platform", "geodb", "sync/wire", "sync/delta", "sync/service"}},
    {"sync/connector", {"platform", "geodb", "sync/wire", "sync/connector"}},
    {"runtime", {"platform", "geodb", "sync", "runtime", "rhumb"}},
    {"examples", {"rhumb"}},
};

struct Door {
    const char* pattern;  ///< of the included header
    std::vector<std::string> folders;
};

const std::vector<Door> kDoors{
    {"sqlite3\\.h", {"geodb/sqlite"}}, {"geos_c\\.h|proj\\.h|geodesic\\.h", {"geodb/geometry"}},
    {"boost/.*", {"platform/http"}},   {"zlib\\.h|zstd\\.h", {"platform/zip"}},
    {"openssl/.*", {"platform"}},      {"rapidjson/.*", {"sync/wire", "bench"}},
    {"CLI/.*", {"runtime/tools"}},     {"catch2/.*", {"tests"}},
    {"benchmark/.*", {"bench"}},       {"google/protobuf/.*|.*\\.pb\\.h", {"sync/wire/pbf"}},
};

bool is_under(const std::string& path, const std::string& folder) {
    return path.compare(0, folder.size(), folder) == 0 &&
           (path.size() == folder.size() || path[folder.size()] == '/');
}

struct Include {
    std::string file;  ///< relative to the root
    std::string header;
    bool is_header_file;
};

std::vector<Include> includes_of(const std::string& folder) {
    std::vector<Include> includes;
    static const std::regex line("(?:^|\n)\\s*#\\s*include\\s*[<\"]([^>\"]+)[>\"]");
    for (const auto& entry : fs::recursive_directory_iterator(kRoot / folder)) {
        const std::string extension = entry.path().extension();
        if (extension != ".cpp" && extension != ".hpp" && extension != ".h" && extension != ".c") {
            continue;
        }
        const std::string text = rhumb::read_file(entry.path());
        const std::string file = fs::relative(entry.path(), kRoot).string();
        for (std::sregex_iterator it(text.begin(), text.end(), line), end; it != end; ++it) {
            includes.push_back({file, (*it)[1], extension != ".cpp" && extension != ".c"});
        }
    }
    return includes;
}

const std::vector<std::string>& allowed_for(const std::string& file) {
    const std::vector<std::string>* best = nullptr;
    std::size_t length = 0;
    for (const auto& [folder, allowed] : kAllowed) {
        if (is_under(file, folder) && folder.size() >= length) {
            best = &allowed;
            length = folder.size();
        }
    }
    REQUIRE(best != nullptr);
    return *best;
}

bool is_ours(const std::string& header) {
    for (const char* folder : {"platform/", "geodb/", "sync/", "runtime/", "tests/", "bench/"}) {
        if (header.rfind(folder, 0) == 0) return true;
    }
    return header.rfind("rhumb/", 0) == 0;
}

}  // namespace

TEST_CASE("dependency arrows point down", "[house]") {
    std::size_t seen = 0;
    for (const char* folder : {"platform", "geodb", "sync", "runtime", "examples"}) {
        for (const Include& include : includes_of(folder)) {
            if (!is_ours(include.header)) continue;
            ++seen;
            const auto& allowed = allowed_for(include.file);
            const bool down = std::any_of(allowed.begin(), allowed.end(), [&](const auto& below) {
                return is_under(include.header, below);
            });
            INFO(include.file << " includes " << include.header);
            CHECK(down);
        }
    }
    CHECK(seen > 100);
}

TEST_CASE("each outside library has one door", "[house]") {
    std::size_t seen = 0;
    for (const char* folder : {"platform", "geodb", "sync", "runtime", "examples", "tests"}) {
        for (const Include& include : includes_of(folder)) {
            for (const Door& door : kDoors) {
                if (!std::regex_match(include.header, std::regex(door.pattern))) continue;
                ++seen;
                const bool inside = std::any_of(
                    door.folders.begin(), door.folders.end(),
                    [&](const auto& allowed) { return is_under(include.file, allowed); });
                INFO(include.file << " includes " << include.header);
                // A test may play another program, or measure our door against what is behind it.
                const bool is_test = is_under(include.file, "tests");
                CHECK((inside || (is_test && door.folders[0] != "tests")));
            }
        }
    }
    CHECK(seen > 5);
}

TEST_CASE("no header of ours shows an outside library", "[house]") {
    for (const char* folder : {"platform", "geodb", "sync", "runtime"}) {
        for (const Include& include : includes_of(folder)) {
            if (!include.is_header_file || is_under(include.file, "runtime/tools")) continue;
            for (const Door& door : kDoors) {
                INFO(include.file << " includes " << include.header);
                CHECK_FALSE(std::regex_match(include.header, std::regex(door.pattern)));
            }
        }
    }
}

TEST_CASE("every source file begins with its licence", "[house]") {
    for (const char* folder :
         {"platform", "geodb", "sync", "runtime", "examples", "tests", "bench"}) {
        for (const auto& entry : fs::recursive_directory_iterator(kRoot / folder)) {
            const std::string extension = entry.path().extension();
            if (extension != ".cpp" && extension != ".hpp" && extension != ".h" &&
                extension != ".c") {
                continue;
            }
            const std::string text = rhumb::read_file(entry.path());
            INFO(entry.path().string());
            CHECK(text.find("SPDX-License-Identifier: Apache-2.0") < 10);
        }
    }
}
