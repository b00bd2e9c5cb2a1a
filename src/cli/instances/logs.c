/* SPDX-License-Identifier: Apache-2.0 */
#include <stdlib.h>
#include <string.h>

#include "base/text.h"
#include "cli/daemon/daemon.h"
#include "cli/deploy/request.h"
#include "cli/deploy/when.h"
#include "cli/instances/logs_merge.h"

static bool read_options(struct session *session, struct logs_options *ret)
{
    const char *tail = cli_value(session->arguments, OPTION_LOGS_TAIL);
    uint64_t lines;

    ret->follows = cli_flag(session->arguments, OPTION_LOGS_FOLLOW);
    ret->has_prefix = !cli_flag(session->arguments, OPTION_LOGS_NO_PREFIX);
    ret->has_times = cli_flag(session->arguments, OPTION_LOGS_TIMESTAMPS);
    ret->tail = tail == NULL || text_equal(tail, "all") || text_equal(tail, "-1") ? NULL : tail;
    if (ret->tail != NULL && !request_number(session, OPTION_LOGS_TAIL, INT32_MAX, &lines))
        return false;
    return when_read(session, OPTION_LOGS_SINCE, &ret->since_unix_ns) &&
           when_read(session, OPTION_LOGS_UNTIL, &ret->until_unix_ns);
}

static void logs(struct session *session)
{
    struct logs_options options = {0};
    struct scope scope;
    struct scope_match match;

    if (!read_options(session, &options) || !scope_load(session, &scope) ||
        !scope_find_all(session, &scope, cli_operands(session->arguments), &match))
        return;
    logs_merge(session, scope.project, &match, cli_operands(session->arguments), &options);
}

int logs_run(const struct cli_arguments *arguments, const struct cli_context *context)
{
    return session_run(arguments, context, logs, NULL);
}
