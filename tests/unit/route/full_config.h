/* SPDX-License-Identifier: Apache-2.0 */
/* A config with at least two of everything, so that each kind of record is in its snapshot. */
#pragma once

#include "route/config.h"

extern const struct route_config full_config;
