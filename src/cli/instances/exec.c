/* SPDX-License-Identifier: Apache-2.0 */
/* exec: a program in an instance that runs. attach: the instance's own. */
#include <string.h>

#include "base/text.h"
#include "cli/daemon/daemon.h"
#include "cli/deploy/request.h"
#include "cli/instances/conversation.h"
#include "cli/instances/scope.h"
#include "cli/instances/talk_options.h"
#include "os/os.h"

bool talk_options_read(struct session *session, const struct talk_flags *flags,
                       bool has_terminal_by_itself, struct conversation *ret)
{
    const struct cli_context *context = session->context;
    bool has_both = os_is_terminal(context->streams.in) && context->out.is_terminal;

    *ret = (struct conversation){.has_input = flags->is_interactive || has_terminal_by_itself};
    if (flags->has_no_terminal)
        return true;
    if (flags->has_terminal && flags->is_interactive && !os_is_terminal(context->streams.in)) {
        session_fail(session, "the input is no terminal, so -t cannot be; leave it out, or use -T");
        session->status = CLI_EXIT_FAILED;
        return false;
    }
    /* -i alone means input without a terminal, as docker has it. */
    ret->has_terminal =
        flags->has_terminal || (has_terminal_by_itself && !flags->is_interactive && has_both);
    return true;
}

/* "A=1" as it is, "A" with the value that it has here; what has none is left out. */
struct value *talk_environment(struct session *session, const struct cli_values *words)
{
    struct value *list = value_new(&session->arena, VALUE_LIST, (struct mark){0});

    for (size_t i = 0; i < words->count; i++) {
        const char *text = words->items[i];

        if (strchr(text, '=') == NULL) {
            const char *value = cli_environment(session->context->environment, text);

            if (value == NULL)
                continue;
            text = arena_printf(&session->arena, "%s=%s", text, value);
        }
        value_list_append(&session->arena, list,
                          value_new_string(&session->arena, text, strlen(text), (struct mark){0}));
    }
    return list;
}

void talk_set_options(struct session *session, struct value *map,
                      const struct conversation *conversation)
{
    unsigned int rows, columns;

    request_set(session, map, "terminal",
                value_new_bool(&session->arena, conversation->has_terminal, (struct mark){0}));
    request_set(session, map, "input",
                value_new_bool(&session->arena, conversation->has_input, (struct mark){0}));
    if (!conversation->has_terminal)
        return;
    conversation_size(session, &rows, &columns);
    request_set_number(session, map, "rows", rows);
    request_set_number(session, map, "columns", columns);
}

/* What is typed between the instance and the program to set them apart is neither's. */
static size_t first_word(const struct cli_values *words)
{
    return words->count > 2 && strcmp(words->items[1], "--") == 0 ? 2 : 1;
}

static void exec(struct session *session)
{
    const struct cli_arguments *arguments = session->arguments;
    const struct cli_values *words = cli_operands(arguments);
    const struct talk_flags flags = {
        .is_interactive = cli_flag(arguments, OPTION_EXEC_INTERACTIVE),
        .has_terminal = cli_flag(arguments, OPTION_EXEC_TTY),
        .has_no_terminal = cli_flag(arguments, OPTION_EXEC_NO_TTY),
    };
    struct value *map = request_map(session);
    const struct scope_instance *instance;
    struct conversation conversation;
    struct scope scope;
    uint64_t number = 0;

    session->status_of_failure = CONVERSATION_REFUSED;
    if ((cli_value(arguments, OPTION_EXEC_INDEX) != NULL &&
         !request_number(session, OPTION_EXEC_INDEX, UINT32_MAX, &number)) ||
        !talk_options_read(session, &flags, true, &conversation) || !scope_load(session, &scope))
        return;
    instance = scope_find_one(session, &scope, words->items[0], number);
    if (instance == NULL)
        return;
    request_set(session, map, "command", request_list(session, words, first_word(words)));
    request_set(session, map, "environment",
                talk_environment(session, cli_values(arguments, OPTION_EXEC_ENVIRONMENT)));
    request_set_text(session, map, "user", cli_value(arguments, OPTION_EXEC_USER));
    request_set_text(session, map, "working_directory", cli_value(arguments, OPTION_EXEC_WORKDIR));
    request_set_flag(session, map, "privileged", cli_flag(arguments, OPTION_EXEC_PRIVILEGED));
    talk_set_options(session, map, &conversation);
    conversation_run(session, &conversation, scope_path(session, instance, "exec"),
                     request_text(session, map));
}

int exec_run(const struct cli_arguments *arguments, const struct cli_context *context)
{
    return session_run(arguments, context, exec, NULL);
}
