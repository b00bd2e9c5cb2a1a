/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The command-line program, without its main(): reads the arguments, runs the command, returns the
 * exit status. All output goes to the streams given, none of which it closes.
 */
#pragma once

#include "base/strbuf.h"
#include "cli/arguments.h"
#include "cli/terminal.h"

struct cli_streams {
    int in;
    int out;
    int err;
};

/* What a command has to work with, besides its arguments. */
struct cli_context {
    struct cli_streams streams;
    char *const *environment; /* like envp */
    bool json;                /* errors are for programs too */
    struct terminal out;      /* how to print to streams.out */
    struct terminal err;
};

int cli_main(int argc, char **argv, char **envp, const struct cli_streams *streams);

/* Writes the text to standard output. Returns CLI_EXIT_DONE, or CLI_EXIT_FAILED after saying why on
 * standard error; a reader that has gone away is not worth a word. Also reports a buffer that
 * failed while it was filled. */
int cli_print(const struct cli_context *context, const struct strbuf *text);

/* "slipway: " and the message, on standard error. */
void cli_complain(const struct cli_context *context, const char *format, ...)
    __attribute__((format(printf, 2, 3)));

int version_run(const struct cli_arguments *arguments, const struct cli_context *context);
