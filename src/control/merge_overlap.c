/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Rules of different projects that may match the same host and path. Conditions on anything else do
 * not count: a user who reads two files cannot be expected to see that they keep out of each
 * other's way.
 *
 * Comparing all with all would take too long for many rules, so hosts are looked up: those without
 * wildcards, and those that begin with "*.", in tables of their own, where a host meets itself and
 * every end of itself that begins with a dot. Only hosts of any other form are tried against all.
 */
#include <ctype.h>
#include <errno.h>
#include <string.h>

#include "base/hashmap.h"
#include "control/merge_priv.h"

#define HOST_SIZE 256

/* How many pairs of rules are compared before it is given up. */
#define PAIRS_MAX 20000000

enum host_form {
    HOST_PLAIN,
    HOST_END, /* "*." and a plain rest; its key begins with the dot */
    HOST_OTHER,
};

/* One host of one rule. */
struct host {
    struct host *next; /* of the same key */
    const struct merge_part *part;
    const struct route_rule *rule;
    uint32_t rule_number;
    enum host_form form;
    const char *pattern;
};

/* Lists of struct host, by HOST_PLAIN and HOST_END. */
struct tables {
    struct hashmap forms[2];
};

struct overlap {
    struct arena *arena;
    const struct merge_part *parts;
    size_t part_count;
    struct tables *tables; /* by part: what belongs to one project is never compared */
    struct host *all;
    size_t count;
    uint64_t pairs;
    struct error **reterr;
};

static enum host_form form_of(const char *pattern)
{
    if (strpbrk(pattern, "*?") == NULL)
        return HOST_PLAIN;
    if (pattern[0] == '*' && pattern[1] == '.' && strpbrk(pattern + 1, "*?") == NULL)
        return HOST_END;
    return HOST_OTHER;
}

/* In lower case; what is too long to be a host is cut, and meets more than it should. */
static size_t key_of(const struct host *host, char key[HOST_SIZE])
{
    const char *text = host->pattern + (host->form == HOST_END ? 1 : 0);
    size_t length = strnlen(text, HOST_SIZE);

    for (size_t i = 0; i < length; i++)
        key[i] = (char)tolower((unsigned char)text[i]);
    return length;
}

static bool paths_meet(const struct route_rule *a, const struct route_rule *b)
{
    const struct route_texts *one = &a->when.paths, *other = &b->when.paths;

    if (one->count == 0 || other->count == 0)
        return true;
    for (uint32_t i = 0; i < one->count; i++)
        for (uint32_t j = 0; j < other->count; j++)
            if (merge_patterns_meet(one->items[i], other->items[j], false))
                return true;
    return false;
}

static void name_rule(const struct host *host, char name[128])
{
    if (host->rule->name != NULL && *host->rule->name != '\0')
        (void)snprintf(name, 128, "rule \"%.80s\" of project \"%s\"", host->rule->name,
                       host->part->project->name);
    else
        (void)snprintf(name, 128, "rule %u of project \"%s\"", host->rule_number + 1,
                       host->part->project->name);
}

static int compare_pair(struct overlap *overlap, const struct host *a, const struct host *b)
{
    char one[128], other[128];

    if (a->part == b->part)
        return 0;
    overlap->pairs += 1 + (uint64_t)a->rule->when.paths.count * b->rule->when.paths.count;
    if (overlap->pairs > PAIRS_MAX)
        return error_set(overlap->reterr, E2BIG,
                         "projects \"%s\" and \"%s\" have too many rules for the same hosts to be "
                         "told apart",
                         a->part->project->name, b->part->project->name);
    if (!paths_meet(a->rule, b->rule))
        return 0;
    name_rule(a, one);
    name_rule(b, other);
    if (strcmp(a->pattern, b->pattern) == 0)
        return error_set(overlap->reterr, EEXIST,
                         "%s and %s overlap: both have the host %.*s and a path that is the same",
                         one, other, HOST_SIZE, a->pattern);
    return error_set(overlap->reterr, EEXIST,
                     "%s and %s overlap: hosts %.*s and %.*s, and a path that is the same", one,
                     other, HOST_SIZE, a->pattern, HOST_SIZE, b->pattern);
}

static int compare_list(struct overlap *overlap, const struct host *host, const struct host *list)
{
    for (; list != NULL; list = list->next) {
        int r = list->part < host->part ? compare_pair(overlap, list, host)
                                        : compare_pair(overlap, host, list);

        if (r < 0)
            return r;
    }
    return 0;
}

/* Against those of one other part with the same key, or with an end of it. */
static int compare_keyed(struct overlap *overlap, const struct tables *tables,
                         const struct host *host, const char *key, size_t length)
{
    int r = compare_list(overlap, host, hashmap_get(&tables->forms[host->form], key, length));

    for (size_t i = 1; i < length && r == 0; i++) {
        if (key[i] == '.')
            r = compare_list(overlap, host,
                             hashmap_get(&tables->forms[HOST_END], key + i, length - i));
    }
    return r;
}

static int compare_with_others(struct overlap *overlap, const struct host *host)
{
    char key[HOST_SIZE];
    size_t length = key_of(host, key);
    int r = 0;

    for (size_t i = 0; i < overlap->part_count && r == 0; i++) {
        if (&overlap->parts[i] != host->part)
            r = compare_keyed(overlap, &overlap->tables[i], host, key, length);
    }
    return r;
}

static void put(struct overlap *overlap, struct host *host)
{
    struct tables *tables = &overlap->tables[host->part - overlap->parts];
    struct hashmap *table = &tables->forms[host->form];
    char key[HOST_SIZE];
    size_t length = key_of(host, key);

    host->next = hashmap_get(table, key, length);
    (void)hashmap_put(table, key, length, host);
}

static int compare_other(struct overlap *overlap, const struct host *other)
{
    for (size_t i = 0; i < overlap->count; i++) {
        const struct host *host = &overlap->all[i];
        int r;

        /* Two of this form would meet twice. */
        if (host->part == other->part || (host->form == HOST_OTHER && host <= other))
            continue;
        if (++overlap->pairs <= PAIRS_MAX &&
            !merge_patterns_meet(host->pattern, other->pattern, true))
            continue;
        r = compare_pair(overlap, host < other ? host : other, host < other ? other : host);
        if (r < 0)
            return r;
    }
    return 0;
}

static void add_host(struct overlap *overlap, const struct merge_part *part, uint32_t rule,
                     const char *pattern)
{
    overlap->all[overlap->count++] = (struct host){
        .part = part,
        .rule = &part->listener->rules[rule],
        .rule_number = rule,
        .form = form_of(pattern),
        .pattern = pattern,
    };
}

static void collect(struct overlap *overlap, const struct merge_part *parts, size_t count)
{
    size_t capacity = 0;

    for (size_t i = 0; i < count; i++)
        for (uint32_t j = 0; j < parts[i].listener->rule_count; j++)
            capacity += parts[i].listener->rules[j].when.hosts.count + 1;
    overlap->all = arena_new_array(overlap->arena, struct host, capacity);
    for (size_t i = 0; i < count; i++) {
        for (uint32_t j = 0; j < parts[i].listener->rule_count; j++) {
            const struct route_texts *hosts = &parts[i].listener->rules[j].when.hosts;

            if (hosts->count == 0)
                add_host(overlap, &parts[i], j, "*");
            for (uint32_t k = 0; k < hosts->count; k++)
                add_host(overlap, &parts[i], j, hosts->items[k]);
        }
    }
}

int merge_check_overlap(struct arena *arena, const struct merge_part *parts, size_t count,
                        struct error **reterr)
{
    struct overlap overlap = {
        .arena = arena,
        .parts = parts,
        .part_count = count,
        .tables = arena_new_array(arena, struct tables, count),
        .reterr = reterr,
    };
    int r = 0;

    for (size_t i = 0; i < count; i++) {
        hashmap_init(&overlap.tables[i].forms[HOST_PLAIN], arena);
        hashmap_init(&overlap.tables[i].forms[HOST_END], arena);
    }
    collect(&overlap, parts, count);
    /* Of two keys the longer one finds the shorter one, so all are put in before any is looked up;
     * two that are equal find each other, which does no harm. */
    for (size_t i = 0; i < overlap.count; i++) {
        if (overlap.all[i].form != HOST_OTHER)
            put(&overlap, &overlap.all[i]);
    }
    for (size_t i = 0; i < overlap.count && r == 0; i++) {
        if (overlap.all[i].form == HOST_OTHER)
            r = compare_other(&overlap, &overlap.all[i]);
        else
            r = compare_with_others(&overlap, &overlap.all[i]);
    }
    return r;
}
