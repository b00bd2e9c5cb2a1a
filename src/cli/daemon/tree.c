/* SPDX-License-Identifier: Apache-2.0 */
#include "cli/daemon/tree.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/error.h"
#include "base/time.h"
#include "os/listing.h"
#include "os/os.h"
#include "spec/scalar/duration.h"

enum {
    FOLDER_DEPTH_MAX = 3,
    FOLDER_ENTRIES_MAX = 10000
};

/* The loader's command line. The words are the tree's from the start, as the arena may jump. */

static char *copy_text(struct session *session, const char *text)
{
    char *copy = strdup(text);

    if (copy == NULL)
        arena_fail(&session->arena, -ENOMEM);
    return copy;
}

static void add_word(struct session *session, struct tree *tree, const char *text)
{
    size_t count = tree->loader_word_count;
    char **words = realloc(tree->loader_words, (count + 2) * sizeof(*words));

    if (words == NULL)
        arena_fail(&session->arena, -ENOMEM);
    words[count] = words[count + 1] = NULL;
    tree->loader_words = words;
    words[count] = copy_text(session, text);
    tree->loader_word_count++;
}

/* What came from variables is in the loader's own environment. */
static void add_option(struct session *session, struct tree *tree, enum option_id option)
{
    const struct cli_values *values = cli_values(session->arguments, option);

    if (cli_source(session->arguments, option) != CLI_SOURCE_COMMAND_LINE)
        return;
    for (size_t i = 0; i < values->count; i++)
        add_word(
            session, tree,
            arena_printf(&session->arena, "--%s=%s", option_table[option].name, values->items[i]));
}

static void add_loader(struct session *session, struct tree *tree)
{
    add_word(session, tree, session->context->program);
    for (size_t i = 0; i < OPTION_COUNT; i++)
        if (command_option_chooses_project(&option_table[i]))
            add_option(session, tree, (enum option_id)i);
    add_option(session, tree, OPTION_COLOR);
    add_word(session, tree, command_table[COMMAND_APPLY].name);
}

/* The plan */

static bool read_drain_timeout(struct session *session, enum option_id option, uint64_t *ret_ms)
{
    const char *text = cli_value(session->arguments, option);
    const char *message;
    int64_t duration_ns;

    if (duration_parse(&session->arena, text, strlen(text), &duration_ns, &message) &&
        duration_ns >= 0) {
        *ret_ms = (uint64_t)duration_ns / TIME_MILLISECOND;
        return true;
    }
    cli_complain(session->context, "--%s must be a duration such as 30s, not '%s'",
                 option_table[option].name, session_escaped(session, text));
    session->status = CLI_EXIT_USAGE;
    return false;
}

bool tree_prepare(struct session *session, enum option_id drain_timeout, bool is_foreground,
                  bool has_files, struct tree *ret_tree)
{
    const char *state_dir = session->folders.state_dir;

    if (session->context->streams.hooks == NULL) {
        session_fail(session, "this program cannot run a daemon");
        return false;
    }
    if (!read_drain_timeout(session, drain_timeout, &ret_tree->plan.drain_timeout_ms))
        return false;
    /* What a terminal served is not to be remembered after it. */
    if (is_foreground) {
        state_dir = arena_printf(&session->arena, "%s/state-%ld", session->folders.runtime_dir,
                                 (long)getpid());
        ret_tree->state_to_remove = copy_text(session, state_dir);
    }
    ret_tree->plan.runtime_dir = copy_text(session, session->folders.runtime_dir);
    ret_tree->plan.state_dir = copy_text(session, state_dir);
    ret_tree->plan.is_foreground = is_foreground;
    if (has_files)
        add_loader(session, ret_tree);
    ret_tree->plan.loader_arguments = ret_tree->loader_words;
    ret_tree->is_wanted = true;
    return true;
}

void tree_deinit(struct tree *tree)
{
    for (size_t i = 0; i < tree->loader_word_count; i++)
        free(tree->loader_words[i]);
    free(tree->loader_words);
    free((void *)(uintptr_t)tree->plan.runtime_dir);
    free((void *)(uintptr_t)tree->plan.state_dir);
    free(tree->state_to_remove);
    *tree = (struct tree){0};
}

/* Running */

/* The folder is our own, by our process number: nobody else's things are in it. */
static void remove_folder(const char *path, unsigned int depth)
{
    struct os_listing listing;
    char entry[4096];

    if (depth > FOLDER_DEPTH_MAX || os_list_folder(path, FOLDER_ENTRIES_MAX, &listing, NULL) < 0)
        return;
    for (size_t i = 0; i < listing.count; i++) {
        int length = snprintf(entry, sizeof(entry), "%s/%s", path, listing.names[i]);

        if (length < 0 || (size_t)length >= sizeof(entry))
            continue;
        if (os->unlink(entry) < 0)
            remove_folder(entry, depth + 1);
    }
    os_listing_deinit(&listing);
    (void)rmdir(path);
}

int tree_run(const struct cli_context *context, struct tree *tree)
{
    int status;

    if (tree->state_to_remove != NULL)
        remove_folder(tree->state_to_remove, 0);
    status = context->streams.hooks->run_tree(&tree->plan);
    if (tree->state_to_remove != NULL)
        remove_folder(tree->state_to_remove, 0);
    tree_deinit(tree);
    return status;
}
