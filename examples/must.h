/* SPDX-License-Identifier: Apache-2.0
 *
 * What the examples do about failures: say what could not be done and why, and end.
 */
#ifndef EXAMPLES_MUST_H
#define EXAMPLES_MUST_H

#include <rhumb/rhumb.h>

#include <stdio.h>
#include <stdlib.h>

static inline void must(rhumb_status status, const rhumb_error* error, const char* doing) {
    if (status == RHUMB_OK) return;
    const rhumb_str name = rhumb_status_name(status);
    fprintf(stderr, "cannot %s: %s (%.*s)\n", doing, error->message, (int)name.size, name.data);
    exit(1);
}

#endif
