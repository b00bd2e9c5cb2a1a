/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The command-line program, without its main(): reads the arguments, runs the command, returns the
 * exit status. All output goes to the streams given, none of which it closes.
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "base/strbuf.h"
#include "cli/arguments.h"
#include "cli/terminal.h"

/* What "serve" and "up" start: the process tree of the daemon. */
struct cli_tree {
    const char *runtime_dir; /* absolute */
    const char *state_dir;
    uint64_t drain_timeout_ms;
    bool is_foreground; /* ends with its terminal, and when the files cannot be loaded */
    /* The command line, from the program's name on, that loads the user's files and sends them to
     * the daemon; ends in NULL. NULL where there are no files. */
    char *const *loader_arguments;
};

/* What the program can do that this folder must not know about. */
struct cli_hooks {
    /* Runs the tree until it is told to end; returns the exit status. */
    int (*run_tree)(const struct cli_tree *tree);
};

struct cli_streams {
    int in;
    int out;
    int err;
    const struct cli_hooks *hooks; /* NULL: none */
};

/* What a command has to work with, besides its arguments. */
struct cli_context {
    struct cli_streams streams;
    char *const *environment; /* like envp */
    const char *program;      /* as it was called */
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
