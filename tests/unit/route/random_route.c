/* SPDX-License-Identifier: Apache-2.0 */
#include "random_route.h"

#include <stdbool.h>
#include <string.h>

enum {
    MANY = 30
};

#define COUNT(array) ((uint32_t)(sizeof(array) / sizeof((array)[0])))

uint32_t random_below(struct random_source *source, uint32_t limit)
{
    if (source->size > 0) {
        source->size--;
        return *source->data++ % limit;
    }
    source->state ^= source->state << 13;
    source->state ^= source->state >> 7;
    source->state ^= source->state << 17;
    return (uint32_t)(source->state >> 33) % limit;
}

static bool one_in(struct random_source *source, uint32_t n)
{
    return random_below(source, n) == n - 1;
}

/* Texts */

struct alphabet {
    const char *const *pieces; /* those with wildcards at the end */
    uint32_t plain;
    uint32_t all;
};

static const char *const host_pieces[] = {
    "a", "b", "A", ".", ".", "example", "eXample.com", "a.b.example.com", "?", "*", "*."};
static const char *const path_pieces[] = {"/",         "a",    "b",   "B", "/a", "/ab", "/abcdefg",
                                          "/abcdefgh", ".png", "%2f", "?", "*",  "/*"};
static const char *const value_pieces[] = {"a", "B", "b", "", "&", "=", "?", "*"};
static const struct alphabet hosts = {host_pieces, COUNT(host_pieces) - 3, COUNT(host_pieces)};
static const struct alphabet paths = {path_pieces, COUNT(path_pieces) - 3, COUNT(path_pieces)};
static const struct alphabet values = {value_pieces, COUNT(value_pieces) - 2, COUNT(value_pieces)};

static const char *make_text(struct random_source *source, struct arena *arena,
                             const struct alphabet *alphabet, bool pattern, const char *first)
{
    uint32_t count = random_below(source, 5);
    char text[128] = {0};
    size_t length = strlen(first);

    memcpy(text, first, length);
    for (uint32_t i = 0; i < count; i++) {
        /* Wildcards are ordinary bytes in a request, but rare. */
        bool wild = pattern || one_in(source, 20);
        const char *piece =
            alphabet->pieces[random_below(source, wild ? alphabet->all : alphabet->plain)];

        memcpy(text + length, piece, strlen(piece));
        length += strlen(piece);
    }
    return arena_strdup(arena, text);
}

/* Beginnings of one another, so that one path has very many lists. */
static const char *make_nested(struct random_source *source, struct arena *arena, bool pattern)
{
    char text[128] = "/";
    size_t length = 1 + random_below(source, 60);

    memset(text + 1, 'a', length);
    if (pattern)
        text[length] = one_in(source, 4) ? 'a' : '*';
    return arena_strdup(arena, text);
}

static const char *make_path(struct random_source *source, struct arena *arena, bool pattern)
{
    if (one_in(source, 4))
        return make_nested(source, arena, pattern);
    return make_text(source, arena, &paths, pattern, pattern && one_in(source, 8) ? "*" : "/");
}

static const char *make_host(struct random_source *source, struct arena *arena, bool pattern)
{
    const char *first = pattern && one_in(source, 2) ? "*" : "a";

    return make_text(source, arena, &hosts, pattern, first);
}

/* Configs */

static uint32_t choose_count(struct random_source *source, uint32_t many)
{
    if (many > MANY)
        return many + random_below(source, 20);
    return one_in(source, 2) ? 0 : random_below(source, many) + 1;
}

static struct route_texts make_texts(struct random_source *source, struct arena *arena,
                                     uint32_t count,
                                     const char *(*make)(struct random_source *, struct arena *,
                                                         bool))
{
    const char **items = arena_new_array(arena, const char *, count);

    for (uint32_t i = 0; i < count; i++)
        items[i] = make(source, arena, true);
    return (struct route_texts){items, count};
}

static const char *make_value(struct random_source *source, struct arena *arena, bool pattern)
{
    return make_text(source, arena, &values, pattern, "");
}

static const char *make_method(struct random_source *source, struct arena *arena, bool pattern)
{
    static const char *const methods[] = {"GET", "POST", "get", "GETS"};

    (void)arena;
    (void)pattern;
    return methods[random_below(source, COUNT(methods))];
}

static const char *make_name(struct random_source *source)
{
    static const char *const names[] = {"a", "A", "b", "ab", "aB"};

    return names[random_below(source, COUNT(names))];
}

static const struct route_named_patterns *make_named(struct random_source *source,
                                                     struct arena *arena, uint32_t *ret_count)
{
    uint32_t count = one_in(source, 4) ? 1 + random_below(source, 2) : 0;
    struct route_named_patterns *named = arena_new_array(arena, struct route_named_patterns, count);

    for (uint32_t i = 0; i < count; i++)
        named[i] = (struct route_named_patterns){
            make_name(source), make_texts(source, arena, 1 + random_below(source, 2), make_value)};
    *ret_count = count;
    return named;
}

/* 10.0.0.x, the same mapped into IPv6, and 2001:db8::x, with x below 8. */
static enum route_family make_address(struct random_source *source, uint8_t bytes[16])
{
    static const uint8_t mapped[16] = {[10] = 0xff, 0xff, 10};
    uint8_t last = (uint8_t)random_below(source, 8);

    memset(bytes, 0, 16);
    switch (random_below(source, 3)) {
    case 0:
        bytes[0] = 10;
        bytes[3] = last;
        return ROUTE_FAMILY_IPV4;
    case 1:
        memcpy(bytes, mapped, 16);
        break;
    default:
        memcpy(bytes, "\x20\x01\x0d\xb8", 4);
    }
    bytes[15] = last;
    return ROUTE_FAMILY_IPV6;
}

static struct route_networks make_networks(struct random_source *source, struct arena *arena)
{
    uint32_t count = one_in(source, 4) ? 1 + random_below(source, 3) : 0;
    struct route_network *networks = arena_new_array(arena, struct route_network, count);

    for (uint32_t i = 0; i < count; i++) {
        uint32_t bits;

        networks[i].family = make_address(source, networks[i].bytes);
        bits = networks[i].family == ROUTE_FAMILY_IPV4 ? 32 : 128;
        networks[i].prefix_bits = (uint8_t)(one_in(source, 8) ? random_below(source, bits + 1)
                                                              : bits - random_below(source, 4));
    }
    return (struct route_networks){networks, count};
}

static struct route_conditions make_conditions(struct random_source *source, struct arena *arena)
{
    struct route_conditions when = {0};

    /* So many of both that the builder does not pair them. */
    uint32_t most = one_in(source, 100) ? MANY + 1 : 3;

    when.hosts = make_texts(source, arena, choose_count(source, most), make_host);
    when.paths = make_texts(source, arena, choose_count(source, most), make_path);
    if (one_in(source, 4))
        when.methods = make_texts(source, arena, 1 + random_below(source, 2), make_method);
    when.headers = make_named(source, arena, &when.header_count);
    when.queries = make_named(source, arena, &when.query_count);
    when.sources = make_networks(source, arena);
    return when;
}

/* Whatever stands beside the conditions: it must not disturb them. */
static void add_settings(struct route_listener *listener, struct route_rule *first_rule)
{
    static const struct route_rate_limit of_listener[] = {
        {.id = 1, .requests = 10, .period_ms = 1000}};
    static const struct route_rate_limit of_rule[] = {
        {.id = 2, .by = ROUTE_LIMIT_BY_COOKIE, .name = "c", .concurrent = 5},
        {.id = 3, .by = ROUTE_LIMIT_BY_RULE, .requests = 1, .period_ms = 1}};

    listener->access_log = (struct route_access_log){"/var/log/a", ROUTE_LOG_FIELDS};
    listener->probes.idle_s = 1;
    listener->rate_limits = (struct route_rate_limits){of_listener, 1};
    first_rule->rate_limits = (struct route_rate_limits){of_rule, 2};
}

static void make_listener(struct random_source *source, struct arena *arena, uint32_t rules_max,
                          struct route_listener *listener)
{
    uint32_t count = random_below(source, rules_max < 256 ? rules_max : 256) + 1;
    struct route_rule *rules = arena_new_array(arena, struct route_rule, count);

    for (uint32_t i = 0; i < count; i++) {
        rules[i].when = make_conditions(source, arena);
        rules[i].action.kind = ROUTE_ACTION_RESPOND;
    }
    listener->rules = rules;
    listener->rule_count = count;
    listener->trusted = make_networks(source, arena);
    if (listener->id == 2)
        add_settings(listener, &rules[0]);
}

const struct route_config *random_config(struct random_source *source, struct arena *arena,
                                         uint32_t rules_max)
{
    struct route_config *config = arena_new(arena, struct route_config);
    uint32_t count = random_below(source, 3) + 1;
    struct route_listener *listeners = arena_new_array(arena, struct route_listener, count);

    for (uint32_t i = 0; i < count; i++) {
        listeners[i].id = i + 1;
        make_listener(source, arena, rules_max, &listeners[i]);
    }
    config->listeners = listeners;
    config->listener_count = count;
    return config;
}

/* Requests */

static struct route_text text_of(const char *text)
{
    return (struct route_text){text, strlen(text)};
}

struct random_request *random_request(struct random_source *source, struct arena *arena)
{
    struct random_request *made = arena_new(arena, struct random_request);
    struct route_request *request = &made->request;
    uint32_t count = random_below(source, 4);
    struct route_header *headers = arena_new_array(arena, struct route_header, count);
    uint32_t parameters = random_below(source, 4);
    const char *query = "";

    for (uint32_t i = 0; i < count; i++)
        headers[i] = (struct route_header){text_of(make_name(source)),
                                           text_of(make_value(source, arena, false))};
    for (uint32_t i = 0; i < parameters; i++)
        query = arena_printf(arena, "%s%s%s%s%s", query, i > 0 ? "&" : "", make_name(source),
                             one_in(source, 4) ? "" : "=", make_value(source, arena, false));
    request->method = text_of(make_method(source, arena, false));
    request->host = text_of(one_in(source, 20) ? "" : make_host(source, arena, false));
    request->path = text_of(one_in(source, 20) ? "*" : make_path(source, arena, false));
    request->query = text_of(query);
    request->peer.family = make_address(source, request->peer.bytes);
    if (one_in(source, 20))
        request->peer.family = ROUTE_FAMILY_NONE;
    made->headers = (struct route_header_array){headers, count};
    request->header = route_header_from_array;
    request->header_context = &made->headers;
    return made;
}

/* The reference */

static char fold(char character, bool insensitive)
{
    if (insensitive && character >= 'A' && character <= 'Z')
        return (char)(character - 'A' + 'a');
    return character;
}

/* By table: fits[t] says whether the pattern so far fits the first t bytes of the text. */
static bool reference_pattern(const char *pattern, struct route_text text, bool insensitive)
{
    bool fits[512] = {true};

    for (; *pattern != '\0'; pattern++) {
        bool before = fits[0];

        fits[0] = before && *pattern == '*';
        for (size_t t = 1; t <= text.length; t++) {
            bool here = fits[t];

            if (*pattern == '*')
                fits[t] = here || fits[t - 1];
            else
                fits[t] = before && (*pattern == '?' || fold(*pattern, insensitive) ==
                                                            fold(text.data[t - 1], insensitive));
            before = here;
        }
    }
    return fits[text.length];
}

static bool reference_any(const struct route_texts *patterns, struct route_text text,
                          bool insensitive)
{
    for (uint32_t i = 0; i < patterns->count; i++)
        if (reference_pattern(patterns->items[i], text, insensitive))
            return true;
    return patterns->count == 0;
}

static bool reference_name(const char *wanted, struct route_text name)
{
    if (strlen(wanted) != name.length)
        return false;
    for (size_t i = 0; i < name.length; i++)
        if (fold(wanted[i], true) != fold(name.data[i], true))
            return false;
    return true;
}

static bool reference_header(const struct route_named_patterns *condition,
                             const struct route_header_array *headers)
{
    for (size_t i = 0; i < headers->count; i++)
        if (reference_name(condition->name, headers->items[i].name) &&
            reference_any(&condition->patterns, headers->items[i].value, true))
            return true;
    return false;
}

static bool reference_query(const struct route_named_patterns *condition, struct route_text query)
{
    size_t at = 0;

    while (at <= query.length) {
        size_t end = at;
        size_t name;

        while (end < query.length && query.data[end] != '&')
            end++;
        for (name = at; name < end && query.data[name] != '=';)
            name++;
        if (reference_name(condition->name, (struct route_text){query.data + at, name - at}) &&
            reference_any(&condition->patterns,
                          name < end ? (struct route_text){query.data + name + 1, end - name - 1}
                                     : (struct route_text){query.data, 0},
                          true))
            return true;
        at = end + 1;
    }
    return false;
}

/* IPv4 as the IPv6 that it can be mapped into, but never inside a shorter network of IPv6. */
static bool reference_network(const struct route_network *network, const struct route_peer *peer)
{
    static const uint8_t mapped[12] = {[10] = 0xff, 0xff};
    uint8_t addresses[2][16];
    enum route_family families[2] = {network->family, peer->family};
    const uint8_t *sources[2] = {network->bytes, peer->bytes};
    uint32_t bits = network->prefix_bits + (network->family == ROUTE_FAMILY_IPV4 ? 96 : 0);

    for (uint32_t i = 0; i < 2; i++) {
        if (families[i] == ROUTE_FAMILY_NONE)
            return false;
        memcpy(addresses[i], mapped, 12);
        memcpy(addresses[i] + (families[i] == ROUTE_FAMILY_IPV4 ? 12 : 0), sources[i],
               families[i] == ROUTE_FAMILY_IPV4 ? 4 : 16);
    }
    if (bits < 96 && memcmp(addresses[1], mapped, 12) == 0)
        return false;
    for (uint32_t bit = 0; bit < bits; bit++)
        if (((addresses[0][bit / 8] ^ addresses[1][bit / 8]) >> (7 - bit % 8) & 1) != 0)
            return false;
    return true;
}

static bool reference_source(const struct route_networks *networks, const struct route_peer *peer)
{
    for (uint32_t i = 0; i < networks->count; i++)
        if (reference_network(&networks->items[i], peer))
            return true;
    return networks->count == 0;
}

static bool reference_method(const struct route_texts *methods, struct route_text method)
{
    for (uint32_t i = 0; i < methods->count; i++)
        if (strlen(methods->items[i]) == method.length &&
            memcmp(methods->items[i], method.data, method.length) == 0)
            return true;
    return methods->count == 0;
}

static bool reference_holds(const struct route_conditions *when,
                            const struct route_request *request)
{
    if (!reference_any(&when->hosts, request->host, true) ||
        !reference_any(&when->paths, request->path, false) ||
        !reference_method(&when->methods, request->method) ||
        !reference_source(&when->sources, &request->peer))
        return false;
    for (uint32_t i = 0; i < when->header_count; i++)
        if (!reference_header(&when->headers[i], request->header_context))
            return false;
    for (uint32_t i = 0; i < when->query_count; i++)
        if (!reference_query(&when->queries[i], request->query))
            return false;
    return true;
}

uint32_t reference_match(const struct route_listener *listener, const struct route_request *request)
{
    uint32_t position = 0;

    while (position < listener->rule_count &&
           !reference_holds(&listener->rules[position].when, request))
        position++;
    return position;
}
