// SPDX-License-Identifier: Apache-2.0
#include "geodb/tracking/global_id_sql.hpp"

namespace rhumb::geodb {
namespace {

/// A GLOB pattern for 8-4-4-4-12 digits.
std::string pattern(const char* digit) {
    std::string out;
    for (int i = 0; i < 32; ++i) {
        if (i == 8 || i == 12 || i == 16 || i == 20) out += '-';
        out += digit;
    }
    return out;
}

}  // namespace

std::string random_guid() {
    return "('{' || hex(randomblob(4)) || '-' || hex(randomblob(2)) || '-4' || "
           "substr(hex(randomblob(2)), 2) || '-' || "
           "substr('89AB', 1 + (abs(random()) % 4), 1) || substr(hex(randomblob(2)), 2) || '-' || "
           "hex(randomblob(6)) || '}')";
}

std::string canonical_guid(const std::string& value) {
    return "('{' || upper(trim(" + value + ", '{} ')) || '}')";
}

std::string is_canonical_guid(const std::string& value) {
    // A pattern of the whole GUID costs as much as the row; upper-case letters, braces and dashes
    // in their places with nothing but hex digits is the same thing said with fewer classes.
    return "(length(" + value + ") = 38 AND " + value + " GLOB '{" + pattern("?") +
           "}' AND substr(" + value + ", 2, 36) NOT GLOB '*[^0-9A-F-]*' AND length(replace(" +
           value + ", '-', '')) = 34)";
}

std::string is_guid(const std::string& value) {
    return "(upper(trim(" + value + ", '{} ')) GLOB '" + pattern("[0-9A-F]") + "')";
}

}  // namespace rhumb::geodb
