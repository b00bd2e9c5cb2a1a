/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What a daemon is to be started with. It outlives the session that found it out, so that the
 * memory of a load is given back before the daemon begins.
 */
#pragma once

#include <stdbool.h>

#include "cli/cli.h"
#include "cli/daemon/session.h"

struct tree_words {
    char **items; /* ends in NULL */
    size_t count;
};

struct tree {
    struct cli_tree plan; /* points into the rest; its folders are owned */
    struct tree_words loader;
    struct tree_words watcher; /* what prints the logs meanwhile; empty: nothing does */
    char *state_to_remove;     /* a folder that ends with the tree; NULL: none */
    bool is_wanted;
};

/* As the command line and the folders say; without files where has_files is false. False when that
 * failed, which has been said. */
bool tree_prepare(struct session *session, enum option_id drain_timeout, bool is_foreground,
                  bool has_files, struct tree *ret_tree);

/* The project's logs shall be printed while the tree runs. */
void tree_watch(struct session *session, const char *project, struct tree *tree);

/* Runs it to its end, and frees it. */
int tree_run(const struct cli_context *context, struct tree *tree);
void tree_deinit(struct tree *tree);
