/* SPDX-License-Identifier: Apache-2.0 */
/* The logs of several instances as one, in the order of time. */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "cli/instances/scope.h"

struct logs_options {
    bool follows; /* those that are made later, too, and until the daemon goes away */
    bool has_prefix;
    bool has_times;
    bool has_type;    /* in JSON, beside other events */
    bool is_beside;   /* other things are told meanwhile: no word about an end; and what is stopped
                       * is told here */
    const char *tail; /* a number, or NULL for all */
    uint64_t since_unix_ns;
    uint64_t until_unix_ns;
};

/* Prints the logs of those; where they are NULL, of all that the project has now. Of those that are
 * made later, the ones of the services named are followed, or of all where none is named. Memory is
 * bounded, however long that lasts. The session's status says whether it went well. */
void logs_merge(struct session *session, const char *project, const struct scope_match *match,
                const struct cli_values *services, const struct logs_options *options);
