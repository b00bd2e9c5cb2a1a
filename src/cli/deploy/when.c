/* SPDX-License-Identifier: Apache-2.0 */
#include "cli/deploy/when.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "base/time.h"
#include "cli/daemon/lists.h"
#include "cli/deploy/request.h"
#include "os/os.h"
#include "spec/scalar/duration.h"

enum {
    FRACTION_DIGITS = 9
};

/* ".123456789": moves past it. */
static uint64_t read_fraction(const char **text)
{
    uint64_t fraction = 0;
    int digits = 0;

    if (**text != '.')
        return 0;
    for ((*text)++; **text >= '0' && **text <= '9'; (*text)++)
        if (digits < FRACTION_DIGITS) {
            fraction = fraction * 10 + (uint64_t)(**text - '0');
            digits++;
        }
    for (; digits < FRACTION_DIGITS; digits++)
        fraction *= 10;
    return fraction;
}

/* "Z", "+02:00" or nothing, which is UTC: seconds to take away. False for anything else. */
static bool read_offset(const char *text, int64_t *ret_s)
{
    *ret_s = 0;
    if (*text == '\0' || strcmp(text, "Z") == 0)
        return true;
    if ((*text != '+' && *text != '-') || strlen(text) != 6 || text[3] != ':' ||
        strspn(text + 1, "0123456789") != 2 || strspn(text + 4, "0123456789") != 2)
        return false;
    *ret_s = (strtol(text + 1, NULL, 10) * 60 + strtol(text + 4, NULL, 10)) * 60;
    if (*text == '-')
        *ret_s = -*ret_s;
    return true;
}

uint64_t when_parse(const char *text)
{
    struct tm parts = {0};
    const char *rest = strptime(text, "%Y-%m-%dT%H:%M:%S", &parts);
    uint64_t fraction_ns;
    int64_t offset_s, seconds;

    if (rest == NULL)
        rest = strptime(text, "%Y-%m-%d", &parts);
    if (rest == NULL)
        return 0;
    fraction_ns = read_fraction(&rest);
    if (!read_offset(rest, &offset_s))
        return 0;
    seconds = (int64_t)timegm(&parts) - offset_s;
    return seconds > 0 ? time_add(time_from_seconds((uint64_t)seconds), fraction_ns) : 0;
}

bool when_read(struct session *session, enum option_id option, uint64_t *ret_unix_ns)
{
    const char *text = cli_value(session->arguments, option);
    const char *message;
    int64_t duration_ns;
    uint64_t seconds;
    char *end;

    *ret_unix_ns = 0;
    if (text == NULL)
        return true;
    seconds = strtoull(text, &end, 10);
    if (text[0] >= '0' && text[0] <= '9' && (*end == '\0' || *end == '.')) {
        const char *rest = end;
        uint64_t fraction_ns = read_fraction(&rest);

        *ret_unix_ns = time_add(time_from_seconds(seconds), fraction_ns);
        if (*rest == '\0')
            return true;
    }
    *ret_unix_ns = when_parse(text);
    if (*ret_unix_ns > 0)
        return true;
    if (duration_parse(&session->arena, text, strlen(text), &duration_ns, &message) &&
        duration_ns >= 0) {
        *ret_unix_ns = time_subtract(os_real_time_ns(), (uint64_t)duration_ns);
        return true;
    }
    request_misused(session,
                    "--%s must be a time such as 2026-01-31T12:00:00Z, or how long ago, "
                    "such as 10m, not '%s'",
                    option_table[option].name, session_escaped(session, text));
    return false;
}

const char *when_write(char text[WHEN_BYTES], uint64_t unix_ns)
{
    time_t seconds = (time_t)(unix_ns / TIME_SECOND);
    struct tm parts;
    size_t length = 0;

    if (gmtime_r(&seconds, &parts) != NULL)
        length = strftime(text, WHEN_BYTES, "%Y-%m-%dT%H:%M:%S", &parts);
    if (length == 0)
        *text = '\0';
    else
        (void)snprintf(text + length, WHEN_BYTES - length, ".%09" PRIu64 "Z",
                       unix_ns % TIME_SECOND);
    return text;
}

const char *when_text(struct session *session, uint64_t unix_ns)
{
    char text[WHEN_BYTES];

    return arena_strdup(&session->arena, when_write(text, unix_ns));
}

uint64_t when_of(const struct value *value)
{
    if (value_is(value, VALUE_STRING))
        return when_parse(value->string.text);
    if (value_is(value, VALUE_INTEGER) && value->integer > 0)
        return (uint64_t)value->integer;
    return 0;
}

const char *when_ago(struct session *session, const struct value *value)
{
    uint64_t unix_ns = when_of(value);

    if (unix_ns == 0)
        return "-";
    return lists_age(&session->arena, time_subtract(os_real_time_ns(), unix_ns) / TIME_SECOND);
}
