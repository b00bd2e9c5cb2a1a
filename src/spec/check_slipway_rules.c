/* SPDX-License-Identifier: Apache-2.0 */
/* Rules: that each does exactly one thing, and that what else it says goes with that. */
#include "spec/check_slipway_priv.h"

#include <string.h>
#include <strings.h>

#include "spec/checks.h"

enum {
    WEIGHTS_MAX = 5
};

static void refuse(const struct check *check, struct mark mark, uint32_t span,
                   const struct place *place, const char *hint, const char *message)
{
    diagnostics_error(check->load->diagnostics, mark, span, place, hint, "%s", message);
}

/* Actions */

static bool is_placeholder(const char *name, size_t length)
{
    static const char *const known[] = {"protocol", "host", "port", "path", "query"};

    for (size_t i = 0; i < sizeof(known) / sizeof(known[0]); i++)
        if (strlen(known[i]) == length && strncmp(known[i], name, length) == 0)
            return true;
    return false;
}

static void check_placeholders(const struct check *check, const struct value *template,
                               const struct place *place)
{
    const char *text = strstr(template->string.text, "#{");

    for (; text != NULL; text = strstr(text + 2, "#{")) {
        size_t length = strcspn(text, "}");

        if (!is_placeholder(text + 2, length - 2))
            refuse(check, template->mark, shape_span(template), place,
                   "write #{protocol}, #{host}, #{port}, #{path} or #{query}",
                   arena_printf(check->load->arena, "%.*s} stands for nothing", (int)length, text));
    }
}

static void check_redirect(const struct check *check, const struct value *redirect,
                           const struct place *place)
{
    const struct value *location = value_get(redirect, "location");
    const struct value *status = value_get(redirect, "status");
    struct place here = {.parent = place, .key = "redirect"};

    if (value_is(location, VALUE_STRING)) {
        const char *text = location->string.text;

        if (strcmp(text, "#{protocol}://#{host}:#{port}/#{path}?#{query}") == 0 ||
            strcmp(text, "#{protocol}://#{host}/#{path}?#{query}") == 0)
            refuse(check, location->mark, shape_span(location), &here, NULL,
                   "the redirect leads back to itself: it must change something");
        check_placeholders(check, location, &here);
    }
    if (value_is(status, VALUE_INTEGER) &&
        (status->integer == 304 || status->integer == 305 || status->integer == 306))
        refuse(check, status->mark, shape_span(status), &here, NULL,
               "expected 301, 302, 303, 307 or 308");
}

/* What chooses a target by a request cannot choose one for a stream. */
static void check_group_of_tcp(const struct check *check, const char *name, struct mark mark,
                               uint32_t span, const struct place *place)
{
    const struct value *group = value_get(check->groups, name);
    const char *hash_by = value_get_text(value_get(group, "hash"), "by");

    if (value_get(group, "stickiness") != NULL)
        refuse(check, mark, span, place, "use algorithm: hash",
               arena_printf(check->load->arena,
                            "a tcp listener sees no cookies for the stickiness of \"%s\"", name));
    if (hash_by != NULL && strcmp(hash_by, "source") != 0)
        refuse(check, mark, span, place, "write by: source",
               arena_printf(check->load->arena, "a tcp listener sees no %s to hash for \"%s\"",
                            hash_by, name));
}

static void check_forward(const struct check *check, const char *name, struct mark mark,
                          uint32_t span, bool is_tcp, const struct place *place)
{
    check_group_exists(check, name, mark, span, place);
    if (is_tcp)
        check_group_of_tcp(check, name, mark, span, place);
}

static void check_weights(const struct check *check, const struct value *weights, bool is_tcp,
                          const struct place *place)
{
    struct place here = {.parent = place, .key = "weights"};
    int64_t total = 0;

    for (uint32_t i = 0; i < value_map_count(weights); i++) {
        const struct value_entry *entry = &weights->map.entries[i];

        check_forward(check, entry->key, entry->mark, entry->key_length, is_tcp, &here);
        total += value_is(entry->value, VALUE_INTEGER) ? entry->value->integer : 1;
    }
    if (value_map_count(weights) > WEIGHTS_MAX)
        refuse(check, weights->mark, 1, &here, NULL, "more than 5 target groups share the traffic");
    if (weights != NULL && total == 0)
        refuse(check, weights->mark, 1, &here, "give one of them a weight of 1 or more",
               "all weights are 0, so nothing would be forwarded");
}

/* An action is the part of a rule that does something. */
static void check_action(const struct check *check, const struct value *action, bool is_tcp,
                         const struct place *place)
{
    static const char *const kinds[] = {"forward", "weights", "redirect", "respond"};
    const struct value *forward = value_get(action, "forward");
    uint32_t found = 0;

    for (size_t i = 0; i < sizeof(kinds) / sizeof(kinds[0]); i++)
        found += value_get(action, kinds[i]) != NULL;
    if (found != 1)
        refuse(check, action->mark, 1, place, found > 1 ? "keep one of them" : NULL,
               found > 1 ? "forward, weights, redirect and respond exclude each other"
                         : "one of forward, weights, redirect and respond must be given");
    if (value_is(forward, VALUE_STRING))
        check_forward(check, forward->string.text, forward->mark, shape_span(forward), is_tcp,
                      &(struct place){.parent = place, .key = "forward"});
    check_weights(check, value_get(action, "weights"), is_tcp, place);
    check_redirect(check, value_get(action, "redirect"), place);
    if (is_tcp && found == 1 &&
        (value_get(action, "redirect") != NULL || value_get(action, "respond") != NULL))
        refuse(check, action->mark, 1, place, "use forward or weights",
               "a tcp listener cannot answer in HTTP");
}

static void check_stickiness(const struct check *check, const struct value *action, bool is_tcp,
                             const struct place *place)
{
    const struct value *stickiness = value_get(action, "stickiness");

    if (stickiness == NULL)
        return;
    if (is_tcp)
        check_refuse(check, stickiness, place, NULL, "a tcp listener sees no cookies");
    else if (value_get(action, "weights") == NULL)
        check_refuse(check, stickiness, place,
                     "that of a target group goes below \"target_groups:\"",
                     "the stickiness of a rule goes with weights");
}

void check_default_action(const struct check *check, const struct value *action, bool is_tcp,
                          const struct place *place)
{
    check_action(check, action, is_tcp, place);
    check_stickiness(check, action, is_tcp, place);
}

/* Limits */

static void check_rate_limit(const struct check *check, const struct value *limit,
                             const struct place *place)
{
    const char *by = value_get_text(limit, "by");
    bool by_name = by != NULL && (strcmp(by, "header") == 0 || strcmp(by, "cookie") == 0);
    const struct value *name = value_get(limit, "name");
    const struct value *burst = value_get(limit, "burst");

    if (by_name && name == NULL)
        check_refuse(check, limit, place, NULL,
                     arena_printf(check->load->arena, "by: %s needs a name", by));
    if (!by_name && name != NULL)
        check_refuse(check, name, place, "write by: header or by: cookie",
                     "only headers and cookies have a name");
    if (value_get(limit, "rate") == NULL && value_get(limit, "concurrent") == NULL)
        check_refuse(check, limit, place, "add rate: 10/s or concurrent: 20",
                     "the limit limits nothing");
    if (burst != NULL && value_get(limit, "rate") == NULL)
        check_refuse(check, burst, place, NULL, "burst goes with rate");
}

void check_rate_limits(const struct check *check, const struct value *limits,
                       const struct place *place)
{
    for (uint32_t i = 0; i < value_list_count(limits); i++)
        if (value_is(limits->list.items[i], VALUE_MAP))
            check_rate_limit(check, limits->list.items[i],
                             &(struct place){.parent = place, .index = i});
}

/* What is changed on the way */

/* These are the edge's own: whoever could set them could end a request inside of another. */
static bool is_framing(const char *name)
{
    static const char *const framing[] = {
        "connection", "content-length", "keep-alive",        "proxy-connection",
        "te",         "trailer",        "transfer-encoding", "upgrade"};

    for (size_t i = 0; i < sizeof(framing) / sizeof(framing[0]); i++)
        if (strcasecmp(name, framing[i]) == 0)
            return true;
    return false;
}

static void check_header_map(const struct check *check, const struct value *map,
                             const struct place *place)
{
    for (uint32_t i = 0; i < value_map_count(map); i++) {
        const struct value_entry *entry = &map->map.entries[i];

        if (!check_header_name(entry->key))
            check_refuse_entry(check, entry, place, NULL,
                               arena_printf(check->load->arena,
                                            "\"%s\" cannot be the name of a header", entry->key));
        else if (is_framing(entry->key))
            check_refuse_entry(check, entry, place, NULL,
                               arena_printf(check->load->arena,
                                            "the header %s cannot be changed by a rule",
                                            entry->key));
    }
}

static void check_headers(const struct check *check, const struct value *rule, const char *key,
                          const struct place *place)
{
    const struct value *headers = value_get(rule, key);
    const struct value *removed = value_get(headers, "remove");
    struct place here = {.parent = place, .key = key};

    check_header_map(check, value_get(headers, "set"),
                     &(struct place){.parent = &here, .key = "set"});
    check_header_map(check, value_get(headers, "add"),
                     &(struct place){.parent = &here, .key = "add"});
    for (uint32_t i = 0; i < value_list_count(removed); i++) {
        const struct value *name = removed->list.items[i];

        if (value_is(name, VALUE_STRING) && is_framing(name->string.text))
            check_refuse(check, name, &here, NULL,
                         arena_printf(check->load->arena,
                                      "the header %s cannot be changed by a rule",
                                      name->string.text));
    }
}

static void check_rewrite(const struct check *check, const struct value *rewrite,
                          const struct place *place)
{
    const struct value *path = value_get(rewrite, "path");
    bool has_prefix = value_get(rewrite, "prefix") != NULL;
    bool has_replacement = value_get(rewrite, "replacement") != NULL;

    if (rewrite == NULL)
        return;
    if (path != NULL && (has_prefix || has_replacement))
        check_refuse(check, path, place, "keep one of them",
                     "path and prefix with replacement exclude each other");
    else if (path == NULL && !(has_prefix && has_replacement))
        check_refuse(check, rewrite, place, NULL,
                     "either path, or prefix and replacement must be given");
    if (value_is(path, VALUE_STRING)) {
        check_placeholders(check, path, place);
        if (strstr(path->string.text, "#{query}") != NULL)
            check_refuse(check, path, place, NULL,
                         "the query stays as it is: #{query} cannot stand in the path");
    }
}

/* Rules */

static void check_header_conditions(const struct check *check, const struct value *map,
                                    const struct place *place)
{
    struct place when = {.parent = place, .key = "when"};
    struct place here = {.parent = &when, .key = "header"};

    for (uint32_t i = 0; i < value_map_count(map); i++)
        if (!check_header_name(map->map.entries[i].key))
            check_refuse_entry(check, &map->map.entries[i], &here, NULL,
                               arena_printf(check->load->arena,
                                            "\"%s\" cannot be the name of a header",
                                            map->map.entries[i].key));
}

/* What a rule may say only where it forwards, and where requests are seen at all. */
static void check_additions(const struct check *check, const struct value *rule, bool is_tcp,
                            const struct place *place)
{
    static const char *const of_http[] = {"request_headers", "response_headers", "rewrite",
                                          "limits", NULL};
    static const char *const of_forward[] = {"request_headers", "rewrite", NULL};
    bool answers = value_get(rule, "redirect") != NULL || value_get(rule, "respond") != NULL;

    if (is_tcp)
        check_refuse_keys(check, rule, of_http, "a rule of a tcp listener", NULL, place);
    else if (answers)
        check_refuse_keys(check, rule, of_forward, "a rule that forwards nothing", NULL, place);
    check_stickiness(check, rule, is_tcp, place);
    check_header_conditions(check, value_get(value_get(rule, "when"), "header"), place);
    check_headers(check, rule, "request_headers", place);
    check_headers(check, rule, "response_headers", place);
    check_rewrite(check, value_get(rule, "rewrite"),
                  &(struct place){.parent = place, .key = "rewrite"});
    check_rate_limits(check, value_get(rule, "limits"),
                      &(struct place){.parent = place, .key = "limits"});
}

void check_rules(const struct check *check, const struct value *rules, bool is_tcp,
                 const struct place *place)
{
    for (uint32_t i = 0; i < value_list_count(rules); i++) {
        const struct value *rule = rules->list.items[i];
        struct place here = {.parent = place, .index = i};

        if (rule->kind != VALUE_MAP)
            continue;
        check_action(check, rule, is_tcp, &here);
        check_additions(check, rule, is_tcp, &here);
        if (is_tcp && value_get(rule, "when") != NULL) {
            const struct value *when = value_get(rule, "when");

            for (uint32_t j = 0; j < value_map_count(when); j++)
                if (strcmp(when->map.entries[j].key, "source") != 0)
                    refuse(check, when->map.entries[j].mark, when->map.entries[j].key_length, &here,
                           "only source can be told apart in TCP",
                           arena_printf(check->load->arena,
                                        "a tcp listener does not see the %s of a request",
                                        when->map.entries[j].key));
        }
    }
}
