/* SPDX-License-Identifier: Apache-2.0 */
#include "cli/cli.h"

#include <errno.h>
#include <stdarg.h>
#include <string.h>

#include "base/text.h"
#include "cli/help.h"
#include "model/value_json.h"
#include "os/file.h"

enum {
    ARGUMENTS_MAX_BYTES = 64 << 20, /* far beyond what a kernel hands over */
    MESSAGE_MAX_BYTES = 64 << 10,
};

/* The lines of a message, which may hold what a user typed: nothing in them steers a terminal. */
static void append_lines(struct strbuf *out, const char *text)
{
    while (*text != '\0') {
        size_t length = strcspn(text, "\n");

        text_escape(out, text, length);
        if (text[length] == '\n')
            strbuf_append_char(out, text[length++]);
        text += length;
    }
}

/* In the form that the errors of a project have. */
static void append_json_error(struct strbuf *out, const struct strbuf *message)
{
    struct value text = {
        .kind = VALUE_STRING,
        .string = {.text = strbuf_text(message), .length = message->length},
    };
    struct json_style compact = {.compact = true};

    strbuf_append_string(out, "{\"errors\":[{\"message\":");
    value_write_json(out, &text, &compact);
    strbuf_append_string(out, "}],\"warnings\":[],\"error_count\":1,\"warning_count\":0}");
}

__attribute__((format(printf, 2, 0))) static void write_error(const struct cli_context *context,
                                                              const char *format, va_list arguments)
{
    static const char no_memory[] = "slipway: out of memory\n";
    _cleanup_strbuf_ struct strbuf message;
    _cleanup_strbuf_ struct strbuf line;

    strbuf_init(&message, MESSAGE_MAX_BYTES);
    strbuf_init(&line, MESSAGE_MAX_BYTES);
    strbuf_vprintf(&message, format, arguments);
    if (context->json) {
        append_json_error(&line, &message);
    } else {
        strbuf_printf(&line, "%sslipway:%s ", terminal_style(&context->err, TERMINAL_RED),
                      terminal_style(&context->err, TERMINAL_PLAIN));
        append_lines(&line, strbuf_text(&message));
    }
    strbuf_append_char(&line, '\n');
    /* When standard error fails there is nowhere to say so. */
    if (strbuf_failure(&line) == -ENOMEM || strbuf_failure(&message) == -ENOMEM)
        (void)os_write_all(context->streams.err, no_memory, sizeof(no_memory) - 1);
    else
        (void)os_write_all(context->streams.err, strbuf_text(&line), line.length);
}

void cli_complain(const struct cli_context *context, const char *format, ...)
{
    va_list arguments;

    va_start(arguments, format);
    write_error(context, format, arguments);
    va_end(arguments);
}

int cli_print(const struct cli_context *context, const struct strbuf *text)
{
    int r = strbuf_failure(text);

    if (r < 0) {
        cli_complain(context, "cannot prepare the output: %s", error_text(-r));
        return CLI_EXIT_FAILED;
    }
    r = os_write_all(context->streams.out, strbuf_text(text), text->length);
    if (r == 0)
        return CLI_EXIT_DONE;
    if (r != -EPIPE)
        cli_complain(context, "cannot write the output: %s", error_text(-r));
    return CLI_EXIT_FAILED;
}

int version_run(const struct cli_arguments *arguments, const struct cli_context *context)
{
    _cleanup_strbuf_ struct strbuf text;

    strbuf_init(&text, MESSAGE_MAX_BYTES);
    strbuf_append_string(&text, cli_flag(arguments, OPTION_JSON)
                                    ? "{\"name\": \"slipway\", \"version\": \"" SLIPWAY_VERSION
                                      "\"}\n"
                                    : "slipway " SLIPWAY_VERSION "\n");
    return cli_print(context, &text);
}

/* Everything that the arguments decide about the output, for both streams. */
static void context_init(struct cli_context *context, const struct cli_arguments *arguments,
                         const char *program, char *const *envp, const struct cli_streams *streams)
{
    enum terminal_colour colour = terminal_colour_parse(cli_value(arguments, OPTION_COLOR));

    *context = (struct cli_context){
        .streams = *streams,
        .environment = envp,
        .program = program != NULL ? program : "slipway",
        .json = cli_flag(arguments, OPTION_JSON),
    };
    context->out = terminal_of(streams->out, colour, envp);
    context->err = terminal_of(streams->err, colour, envp);
}

static int wrong_usage(const struct cli_context *context, const struct cli_arguments *arguments,
                       const char *message)
{
    const struct command *command = arguments->command;
    bool of_command = command != NULL && !command->hidden && command->run != help_run;

    cli_complain(context, "%s\nSee 'slipway %s%s--help'.", message, of_command ? command->name : "",
                 of_command ? " " : "");
    return CLI_EXIT_USAGE;
}

static int dispatch(const struct cli_arguments *arguments, const struct cli_context *context,
                    int argc)
{
    if (arguments->help)
        return help_run(arguments, context);
    if (cli_flag(arguments, OPTION_VERSION))
        return version_run(arguments, context);
    if (arguments->command != NULL)
        return arguments->command->run(arguments, context);
    if (argc > 1)
        return wrong_usage(context, arguments, "no command given");
    return help_run(arguments, context);
}

static int run(struct arena *arena, int argc, char **argv, char **envp,
               const struct cli_streams *streams)
{
    _cleanup_error_ struct error *error = NULL;
    struct cli_arguments arguments;
    struct cli_context context;
    int r;

    r = arguments_parse(arena, argc, argv, envp, &arguments, &error);
    context_init(&context, &arguments, argc > 0 ? argv[0] : NULL, envp, streams);
    if (r < 0)
        return wrong_usage(&context, &arguments, error->message);
    return dispatch(&arguments, &context, argc);
}

struct invocation {
    struct arena arena;
    int argc;
    char **argv;
    char **envp;
    const struct cli_streams *streams;
    int status;
};

static void invoke(void *context)
{
    struct invocation *invocation = context;

    invocation->status = run(&invocation->arena, invocation->argc, invocation->argv,
                             invocation->envp, invocation->streams);
}

int cli_main(int argc, char **argv, char **envp, const struct cli_streams *streams)
{
    struct invocation invocation = {
        .argc = argc,
        .argv = argv,
        .envp = envp,
        .streams = streams,
    };
    int r;

    arena_init(&invocation.arena, ARGUMENTS_MAX_BYTES);
    r = arena_protect(&invocation.arena, invoke, &invocation);
    if (r < 0) {
        struct cli_context context = {.streams = *streams};

        cli_complain(&context, "cannot read the arguments: %s", error_text(-r));
        invocation.status = CLI_EXIT_FAILED;
    }
    arena_deinit(&invocation.arena);
    return invocation.status;
}
