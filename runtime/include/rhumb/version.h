/* SPDX-License-Identifier: Apache-2.0
 *
 * Which version of the library this is: at run time, and of these headers.
 */
#ifndef RHUMB_VERSION_H
#define RHUMB_VERSION_H

#include "rhumb/types.h"

#ifdef __cplusplus
extern "C" {
#endif

/** Version of these headers: major * 10000 + minor * 100 + patch. */
enum { RHUMB_HEADER_VERSION = 100 };

/** Version of the library that runs, counted alike. Any thread; never fails. */
RHUMB_API int32_t rhumb_version_number(void);

/** The same as a static text, e.g. "0.1.0". Any thread; never fails. */
RHUMB_API rhumb_str rhumb_version(void);

#ifdef __cplusplus
}
#endif

#endif
