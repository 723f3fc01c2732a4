// SPDX-License-Identifier: Apache-2.0
#include "sync/connector/field_names.hpp"

#include "platform/error.hpp"
#include "platform/text.hpp"

#include <algorithm>
#include <unordered_set>

namespace rhumb::connector {
namespace {

bool is_control(char c) {
    return static_cast<unsigned char>(c) < 0x20 || c == 0x7F;
}

std::string printable(const std::string& name, std::size_t index) {
    std::string out = name;
    std::replace_if(out.begin(), out.end(), is_control, '_');
    return out.empty() ? "field_" + std::to_string(index + 1) : out;
}

}  // namespace

std::vector<std::string> column_names(const std::vector<std::string>& source_names,
                                      std::vector<std::string>& notes) {
    if (source_names.size() > kMaxColumns) {
        throw Error(Status::Unsupported,
                    "more than " + std::to_string(kMaxColumns) + " fields in one layer");
    }
    // A name that can stay goes before one that is made up, wherever it stands.
    std::unordered_set<std::string> spoken_for;
    for (const std::string& name : source_names) spoken_for.insert(lowered(name));
    std::unordered_set<std::string> taken;
    std::vector<std::string> out;
    for (std::size_t i = 0; i < source_names.size(); ++i) {
        std::string name = printable(source_names[i], i);
        const std::string base = name;
        const auto is_free = [&](const std::string& wanted) {
            const std::string key = lowered(wanted);
            const bool own = wanted == source_names[i];
            return taken.count(key) == 0 && (own || spoken_for.count(key) == 0);
        };
        for (int n = 2; !is_free(name); ++n) name = base + "_" + std::to_string(n);
        if (name != source_names[i]) {
            notes.push_back("field '" + excerpt(source_names[i], 60) + "' is called '" + name +
                            "' here");
        }
        taken.insert(lowered(name));
        out.push_back(std::move(name));
    }
    return out;
}

void check_layer_name(const std::string& name) {
    const auto refuse = [&](const std::string& why) {
        throw Error(Status::InvalidArgument,
                    "'" + excerpt(name, 60) + "' cannot be the name of a layer: " + why);
    };
    if (trimmed(name).empty()) refuse("it is empty");
    if (!is_utf8(name)) refuse("it is not UTF-8");
    if (std::any_of(name.begin(), name.end(), is_control)) refuse("it has control characters");
    for (const char* prefix : {"sqlite_", "gpkg_", "rtree_", "rhumb_"}) {
        if (lowered(name).starts_with(prefix)) {
            refuse("names that begin with '" + std::string(prefix) + "' are kept for the file");
        }
    }
}

}  // namespace rhumb::connector
