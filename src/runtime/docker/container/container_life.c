/* SPDX-License-Identifier: Apache-2.0 */
/* healthcheck, restart, logging, stop_grace_period. */
#include "runtime/docker/container/container_priv.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/error.h"
#include "base/text.h"
#include "base/time.h"
#include "runtime/docker/container/units.h"

static int duration(const struct value *map, const char *section, const char *key, int64_t *ret,
                    struct error **reterr)
{
    const struct value *value = value_get(map, key);

    if (value == NULL || value->kind == VALUE_NULL || unit_duration_ns(value, ret))
        return 0;
    return error_set(reterr, EINVAL, "%s%s: expected a duration such as 30s", section, key);
}

static int set_health(struct making *making, struct error **reterr)
{
    static const char *const none[] = {"NONE", NULL};
    const struct value *map = value_get(making->service, "healthcheck");
    struct engine_health_check *health;
    const char *const section = "healthcheck.";
    bool is_disabled = false;
    int r;

    if (!value_is(map, VALUE_MAP))
        return 0;
    health = arena_new(making->arena, struct engine_health_check);
    making->config->health = health;
    if (unit_boolean(value_get(map, "disable"), &is_disabled) && is_disabled) {
        health->test = none;
        return 0;
    }
    health->test = texts_of(making->arena, value_get(map, "test"));
    if (value_get(map, "retries") != NULL &&
        !unit_integer(value_get(map, "retries"), &health->retries))
        return error_set(reterr, EINVAL, "healthcheck.retries: expected a number");
    r = duration(map, section, "interval", &health->interval_ns, reterr);
    if (r == 0)
        r = duration(map, section, "timeout", &health->timeout_ns, reterr);
    if (r == 0)
        r = duration(map, section, "start_period", &health->start_period_ns, reterr);
    if (r == 0)
        r = duration(map, section, "start_interval", &health->start_interval_ns, reterr);
    return r;
}

/* What deploy.restart_policy says of it, which has no delay and no window in the engine. */
static void set_restart_policy(struct making *making, const struct value *policy)
{
    const char *condition = value_get_text(policy, "condition");
    int64_t attempts = 0;

    if (!value_is(policy, VALUE_MAP))
        return;
    if (text_equal(condition, "none") || text_equal(condition, "no")) {
        making->config->restart_policy = "no";
    } else if (text_equal(condition, "on-failure")) {
        making->config->restart_policy = "on-failure";
        if (unit_integer(value_get(policy, "max_attempts"), &attempts) && attempts > 0)
            making->config->restart_retries = attempts;
    } else {
        making->config->restart_policy = "always";
    }
}

static int set_restart(struct making *making, struct error **reterr)
{
    const char *text = value_get_text(making->service, "restart");
    size_t length = text != NULL ? strcspn(text, ":") : 0;
    long long retries;
    char *end;

    if (making->options->is_oneoff) {
        making->config->restart_policy = "no";
        return 0;
    }
    if (text == NULL || *text == '\0') {
        set_restart_policy(making,
                           value_get(value_get(making->service, "deploy"), "restart_policy"));
        return 0;
    }
    making->config->restart_policy = arena_strndup(making->arena, text, length);
    if (text[length] != ':')
        return 0;
    errno = 0;
    retries = strtoll(text + length + 1, &end, 10);
    if (errno != 0 || *end != '\0' || end == text + length + 1 || retries < 0)
        return error_set(reterr, EINVAL, "restart: \"%s\" is no policy: try on-failure:5", text);
    making->config->restart_retries = retries;
    return 0;
}

static void set_logging(struct making *making)
{
    const struct value *logging = value_get(making->service, "logging");

    making->config->log_driver = value_get_text(logging, "driver");
    making->config->log_options = pairs_of(making->arena, value_get(logging, "options"));
}

int container_set_life(struct making *making, struct error **reterr)
{
    const struct value *grace = value_get(making->service, "stop_grace_period");
    int64_t grace_ns = 0;
    int64_t *grace_s;
    int r;

    set_logging(making);
    r = set_health(making, reterr);
    if (r == 0)
        r = set_restart(making, reterr);
    if (r == 0)
        r = duration(making->service, "", "stop_grace_period", &grace_ns, reterr);
    if (r < 0 || grace == NULL)
        return r;
    grace_s = arena_new(making->arena, int64_t);
    *grace_s = (grace_ns + (int64_t)TIME_SECOND - 1) / (int64_t)TIME_SECOND;
    making->config->stop_timeout_s = grace_s;
    return 0;
}
