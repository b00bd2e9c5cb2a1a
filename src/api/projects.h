/* SPDX-License-Identifier: Apache-2.0 */
/* Projects as the loop knows them. */
#pragma once

#include <jansson.h>

#include "control/control.h"

/* What the edge has of them: a list, to be let go of; NULL where memory is out. */
json_t *projects_served(const struct control *control);
