/* SPDX-License-Identifier: Apache-2.0 */
/* Loading the project that the command line names, for the commands that need one. */
#pragma once

#include "base/strbuf.h"
#include "cli/cli.h"
#include "spec/spec.h"

/* What the options before the command, and the variables that stand for them, say. */
struct spec_options project_options(const struct cli_arguments *arguments,
                                    const struct cli_context *context,
                                    const char *current_directory);

/* What is wrong and what is doubtful, on standard error; in JSON where the caller wants that. The
 * buffer is for it to work in and is left empty; its failure is returned. */
int project_print_diagnostics(const struct cli_context *context, struct spec *spec,
                              const char *current_directory, bool json, struct strbuf *buffer);
