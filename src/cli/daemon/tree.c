/* SPDX-License-Identifier: Apache-2.0 */
#include "cli/daemon/tree.h"

#include <errno.h>
#include <inttypes.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/error.h"
#include "base/time.h"
#include "os/os.h"
#include "os/process.h"
#include "os/tree.h"
#include "spec/scalar/duration.h"

#define WATCHER_END_NS (2 * TIME_SECOND)

enum {
    LOOK_AGAIN_MS = 20
};

/* Command lines. The words are the tree's from the start, as the arena may jump. */

static char *copy_text(struct session *session, const char *text)
{
    char *copy = strdup(text);

    if (copy == NULL)
        arena_fail(&session->arena, -ENOMEM);
    return copy;
}

static void add_word(struct session *session, struct tree_words *words, const char *text)
{
    char **items = realloc(words->items, (words->count + 2) * sizeof(*items));

    if (items == NULL)
        arena_fail(&session->arena, -ENOMEM);
    items[words->count] = items[words->count + 1] = NULL;
    words->items = items;
    items[words->count] = copy_text(session, text);
    words->count++;
}

static void words_deinit(struct tree_words *words)
{
    for (size_t i = 0; i < words->count; i++)
        free(words->items[i]);
    free(words->items);
}

/* What came from variables is in the loader's own environment. */
static void add_option(struct session *session, struct tree_words *words, enum option_id option)
{
    const struct cli_values *values = cli_values(session->arguments, option);

    if (cli_source(session->arguments, option) != CLI_SOURCE_COMMAND_LINE)
        return;
    if (option_table[option].kind == OPTION_KIND_FLAG)
        add_word(session, words,
                 arena_printf(&session->arena, "--%s=%s", option_table[option].name,
                              cli_flag(session->arguments, option) ? "true" : "false"));
    for (size_t i = 0; i < values->count; i++)
        add_word(
            session, words,
            arena_printf(&session->arena, "--%s=%s", option_table[option].name, values->items[i]));
}

/* The options of up, but for those that are about the daemon, and the services. */
static void add_up(struct session *session, struct tree_words *loader)
{
    const struct cli_values *words = cli_operands(session->arguments);

    for (size_t i = 0; i < OPTION_COUNT; i++)
        if (option_table[i].command == COMMAND_UP && i != OPTION_UP_DETACH &&
            i != OPTION_UP_DRAIN_TIMEOUT)
            add_option(session, loader, (enum option_id)i);
    if (words->count > 0)
        add_word(session, loader, "--");
    for (size_t i = 0; i < words->count; i++)
        add_word(session, loader, words->items[i]);
}

static void add_loader(struct session *session, struct tree_words *loader)
{
    add_word(session, loader, session->context->program);
    for (size_t i = 0; i < OPTION_COUNT; i++)
        if (command_option_chooses_project(&option_table[i]))
            add_option(session, loader, (enum option_id)i);
    add_option(session, loader, OPTION_COLOR);
    add_option(session, loader, OPTION_JSON);
    add_word(session, loader, command_table[COMMAND_LOAD].name);
    if (command_id(session->arguments->command) == COMMAND_UP)
        add_up(session, loader);
}

void tree_watch(struct session *session, const char *project, struct tree *tree)
{
    struct tree_words *watcher = &tree->watcher;

    add_word(session, watcher, session->context->program);
    add_option(session, watcher, OPTION_COLOR);
    add_option(session, watcher, OPTION_JSON);
    add_word(session, watcher, command_table[COMMAND_WATCH].name);
    add_word(session, watcher, "--");
    add_word(session, watcher, arena_printf(&session->arena, "%ld", (long)getpid()));
    add_word(session, watcher, project);
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
        add_loader(session, &ret_tree->loader);
    ret_tree->plan.loader_arguments = ret_tree->loader.items;
    ret_tree->is_wanted = true;
    return true;
}

void tree_deinit(struct tree *tree)
{
    words_deinit(&tree->loader);
    words_deinit(&tree->watcher);
    free((void *)(uintptr_t)tree->plan.runtime_dir);
    free((void *)(uintptr_t)tree->plan.state_dir);
    free(tree->state_to_remove);
    *tree = (struct tree){0};
}

/* Running */

/* It is a child of the tree's first process, which lets it be. -1: there is none. */
static pid_t start_watcher(const struct cli_context *context, const struct tree *tree)
{
    const struct os_program program = {.path = OS_OWN_PROGRAM, .arguments = tree->watcher.items};
    pid_t pid;

    if (tree->watcher.count == 0)
        return -1;
    pid = os_run_program(&program);
    if (pid < 0)
        cli_complain(context, "the logs cannot be shown: %s", error_text((int)-pid));
    return pid < 0 ? -1 : pid;
}

/* It prints what it has been told before. */
static void end_watcher(pid_t pid)
{
    uint64_t deadline_ns = time_add(os_monotonic_time_ns(), WATCHER_END_NS);
    int status;

    if (pid > 0)
        (void)kill(pid, SIGTERM);
    while (pid > 0 && os_reap_child(pid, &status) == 0) {
        if (os_monotonic_time_ns() >= deadline_ns)
            (void)kill(pid, SIGKILL);
        (void)os->poll(NULL, 0, LOOK_AGAIN_MS);
    }
}

int tree_run(const struct cli_context *context, struct tree *tree)
{
    pid_t watcher;
    int status;

    if (tree->state_to_remove != NULL)
        (void)os_remove_tree(tree->state_to_remove);
    watcher = start_watcher(context, tree);
    status = context->streams.hooks->run_tree(&tree->plan);
    end_watcher(watcher);
    if (tree->state_to_remove != NULL)
        (void)os_remove_tree(tree->state_to_remove);
    tree_deinit(tree);
    return status;
}
