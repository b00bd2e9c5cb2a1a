/* SPDX-License-Identifier: Apache-2.0 */
/* What the writers of completion scripts share. */
#pragma once

#include "base/strbuf.h"
#include "cli/command.h"

/* The text without backquotes, fit for the inside of a 'quoted' word; each character of special is
 * escaped with a backslash. */
void completion_append_quoted(struct strbuf *out, const char *text, const char *special);

/* "a|b|c" as "a b c". */
void completion_append_values(struct strbuf *out, const char *values);

/* "-f", "--file" and other names of the option, with the separator between them. */
void completion_append_names(struct strbuf *out, const struct command_option *option,
                             const char *separator);

/* What the command's arguments may be, "a|b|c"; NULL when that is not known. */
const char *completion_of_arguments(const struct command *command);

/* What the scripts are asked for such names: an option of config that lists them, or "--instances".
 * NULL where the kind is none that is asked for. */
const char *completion_query(enum completion_kind kind);
