/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What the builder asks of texts. Whatever ends up in a head that the edge writes must not be able
 * to end a line there, nor touch the framing, which is the edge's own.
 */
#include "route/build/build_priv.h"

#include <errno.h>
#include <inttypes.h>
#include <string.h>
#include <strings.h>

static bool is_token_byte(char character)
{
    return (character >= 'a' && character <= 'z') || (character >= 'A' && character <= 'Z') ||
           (character >= '0' && character <= '9') ||
           (character != '\0' && strchr("!#$%&'*+-.^_`|~", character) != NULL);
}

/* A header, a method, a cookie. */
int build_check_name(const char *what, const char *text, struct error **reterr)
{
    if (text == NULL || *text == '\0')
        return error_set(reterr, EINVAL, "%s: no name is given", what);
    for (const char *at = text; *at != '\0'; at++)
        if (!is_token_byte(*at))
            return error_set(reterr, EINVAL, "%s: \"%s\" is not a name", what, text);
    return 0;
}

int build_check_pattern(const char *what, const char *text, struct error **reterr)
{
    if (text == NULL)
        return error_set(reterr, EINVAL, "%s: a pattern is missing", what);
    if (strlen(text) > ROUTE_PATTERN_BYTES_MAX)
        return error_set(reterr, EINVAL, "%s: a pattern is longer than %d bytes", what,
                         ROUTE_PATTERN_BYTES_MAX);
    return 0;
}

int build_check_line(const char *what, const char *text, struct error **reterr)
{
    for (; text != NULL && *text != '\0'; text++)
        if (((uint8_t)*text < ' ' && *text != '\t') || *text == 0x7f)
            return error_set(reterr, EINVAL, "%s holds a control character", what);
    return 0;
}

int build_check_header_operation(const struct route_header_operation *operation,
                                 struct error **reterr)
{
    static const char *const framing[] = {
        "connection", "content-length", "keep-alive",        "proxy-connection",
        "te",         "trailer",        "transfer-encoding", "upgrade"};
    int r = build_check_name("header change", operation->name, reterr);

    if (r < 0)
        return r;
    if ((uint32_t)operation->change > ROUTE_HEADER_REMOVE)
        return error_set(reterr, EINVAL, "header \"%s\": unknown change", operation->name);
    for (size_t i = 0; i < sizeof(framing) / sizeof(framing[0]); i++)
        if (strcasecmp(operation->name, framing[i]) == 0)
            return error_set(reterr, EINVAL, "header \"%s\" cannot be changed by a rule",
                             operation->name);
    r = build_check_line("its value", operation->value, reterr);
    return r < 0 ? error_prefix(reterr, "header \"%s\"", operation->name) : 0;
}

int build_check_id(struct build *build, uint32_t kind, uint64_t id, struct error **reterr)
{
    struct build_key key = {{kind, (uint32_t)id, (uint32_t)(id >> 32), 0}};
    bool new;

    if (id == 0)
        return error_set(reterr, EINVAL, "it has no id");
    (void)build_key(build, &build->ids, key, &new);
    return new ? 0 : error_set(reterr, EINVAL, "its id %016" PRIx64 " is taken", id);
}
