/* SPDX-License-Identifier: Apache-2.0 */
/* "slipway config": shows what was understood of the Compose files. */
#pragma once

#include "cli/cli.h"

int config_run(const struct cli_arguments *arguments, const struct cli_context *context);
