/* SPDX-License-Identifier: Apache-2.0 */
#include "cli/project.h"

#include "os/file.h"

static struct spec_list list_of(const struct cli_values *values)
{
    return (struct spec_list){.items = values->items, .count = values->count};
}

struct spec_options project_options(const struct cli_arguments *arguments,
                                    const struct cli_context *context,
                                    const char *current_directory)
{
    return (struct spec_options){
        .files = list_of(cli_values(arguments, OPTION_FILE)),
        .env_files = list_of(cli_values(arguments, OPTION_ENV_FILE)),
        .profiles = list_of(cli_values(arguments, OPTION_PROFILE)),
        .project_directory = cli_value(arguments, OPTION_PROJECT_DIRECTORY),
        /* The variable is looked up with those of .env. */
        .project_name = cli_source(arguments, OPTION_PROJECT_NAME) == CLI_SOURCE_COMMAND_LINE
                            ? cli_value(arguments, OPTION_PROJECT_NAME)
                            : NULL,
        .current_directory = current_directory,
        .environment = context->environment,
        .standard_input = context->streams.in,
    };
}

int project_print_diagnostics(const struct cli_context *context, struct spec *spec,
                              const char *current_directory, bool json, struct strbuf *buffer)
{
    struct diagnostics *diagnostics = &spec->diagnostics;
    struct diagnostics_style style = {
        .colour = context->err.colour,
        .strip_prefix = current_directory,
    };
    int r;

    if (diagnostics->count == 0)
        return 0;
    if (json)
        diagnostics_print_json(diagnostics, buffer);
    else
        diagnostics_print(diagnostics, buffer, &style);
    /* When standard error fails there is nowhere to say so. */
    (void)os_write_all(context->streams.err, strbuf_text(buffer), buffer->length);
    r = strbuf_failure(buffer);
    strbuf_reset(buffer);
    return r;
}
