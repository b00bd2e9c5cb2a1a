/* SPDX-License-Identifier: Apache-2.0 */
#include "cli/deploy/up.h"

#include <stdlib.h>
#include <string.h>

#include "base/text.h"
#include "cli/daemon/daemon.h"
#include "cli/deploy/build.h"
#include "cli/deploy/follow.h"
#include "cli/deploy/request.h"
#include "cli/deploy/resolved.h"
#include "cli/deploy/scale.h"

bool up_load(struct session *session)
{
    const struct value *extension;

    session->refuses_unsupported = true;
    if (!resolved_load(session))
        return false;
    extension = value_get(session->spec.root, "x-slipway");
    if (!resolved_has_services(session) &&
        value_map_count(value_get(extension, "listeners")) == 0) {
        session_fail(session,
                     "there is nothing to serve: the project has neither services nor listeners\n"
                     "Listeners stand below x-slipway: see 'man x-slipway'.");
        return false;
    }
    return true;
}

struct value *up_options(struct session *session)
{
    const struct cli_arguments *arguments = session->arguments;
    struct value *options = request_map(session);
    struct value *services = NULL;
    struct value *scale = NULL;

    if (!resolved_services(session, cli_operands(arguments),
                           !cli_flag(arguments, OPTION_UP_NO_DEPS), &services) ||
        !scale_read(session, cli_values(arguments, OPTION_UP_SCALE), 0, &scale))
        return NULL;
    request_set_flag(session, options, "force_recreate",
                     cli_flag(arguments, OPTION_UP_FORCE_RECREATE));
    request_set_flag(session, options, "force_pull",
                     text_equal(cli_value(arguments, OPTION_UP_PULL), "always"));
    request_set_flag(session, options, "no_wait", cli_flag(arguments, OPTION_UP_NO_WAIT));
    if (services != NULL)
        request_set(session, options, "services", services);
    if (scale != NULL)
        request_set(session, options, "scale", scale);
    if (cli_source(arguments, OPTION_UP_LOCK) != CLI_SOURCE_NONE)
        request_set_text(session, options, "lock", cli_value(arguments, OPTION_UP_LOCK));
    return options;
}

bool up_send(struct session *session, unsigned int flags)
{
    const char *project = session->spec.name;
    const char *spec = resolved_json(session);
    struct value *options;
    uint64_t deploy;

    if (!resolved_has_services(session))
        flags |= FOLLOW_SHORT;
    options = up_options(session);
    if (options == NULL ||
        !build_for_up(session, project, cli_flag(session->arguments, OPTION_UP_BUILD)) ||
        !request_post_deploy(session, project,
                             request_deploy(session, "up",
                                            cli_value(session->arguments, OPTION_UP_NOTE), spec,
                                            options),
                             &deploy))
        return false;
    return follow_deploy(session, project, deploy, flags);
}

/* load: for the daemon's own use, of which one runs. */

static void load(struct session *session)
{
    if (up_load(session))
        (void)up_send(session, FOLLOW_PLAIN | FOLLOW_TO_THE_END);
}

int load_run(const struct cli_arguments *arguments, const struct cli_context *context)
{
    return session_run(arguments, context, load, NULL);
}
