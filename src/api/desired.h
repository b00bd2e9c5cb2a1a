/* SPDX-License-Identifier: Apache-2.0 */
/* What shall run, for handlers that talk to runtimes themselves. All is memory of the arena. */
#pragma once

#include "api/work.h"
#include "model/desired.h"

/* Of a canonical project, with what a revision of it was resolved to (JSON, may be NULL). */
int desired_of_text(struct work *work, const char *text, uint32_t revision, const char *resolution,
                    struct desired *ret);

/* The service, and the runtime that it is for. -ENOENT */
int desired_of_service(struct work *work, const struct desired *desired, const char *name,
                       const struct desired_service **ret_service, struct runtime **ret_runtime);

/* The revision that serves, else the newest. -ENOENT where there is none. */
int desired_revision(struct work *work, struct store_revision *ret);
