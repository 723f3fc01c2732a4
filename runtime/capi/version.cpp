// SPDX-License-Identifier: Apache-2.0
#include "rhumb/version.h"

namespace {

// RHUMB_VERSION comes from the build, so that CMake's project() says it once.
constexpr char kVersion[] = RHUMB_VERSION;

}  // namespace

int32_t rhumb_version_number(void) {
    static_assert(RHUMB_HEADER_VERSION == RHUMB_VERSION_NUMBER, "rhumb/version.h is out of date");
    return RHUMB_VERSION_NUMBER;
}

rhumb_str rhumb_version(void) {
    return {kVersion, sizeof kVersion - 1};
}
