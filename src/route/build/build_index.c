/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The index. Every pair of a host and a path that a rule names becomes an entry in one list:
 *
 *     host "www.example.com"    the list of that host
 *     host "*-a.example.com"    the list of the suffix ".example.com", to be tried in full
 *     host "www.*", or none     the list of every host, to be tried in full
 *     path "/a"                 below the host: the list of that path
 *     path "/a/?b*"             below the host: the list of the beginning "/a/", to be tried
 *     path "*.png", or none     below the host: the list for every path
 *
 * so that a request finds all rules that may match it in a few lists, whatever the number of rules.
 * An entry names the one pattern that remains to be tried, where its list does not prove it.
 */
#include "route/build/build_priv.h"

#include <string.h>

#include "route/pattern.h"

/* A rule takes at most so many entries for each host and path that it names; one that would take
 * more is found by its hosts alone. */
#define ENTRIES_PER_PATTERN_MAX 16

/* Numbers + 1, so that zero is the empty chain. */
struct chain {
    uint32_t first;
    uint32_t last;
    uint32_t count;
};

struct host_draft {
    struct snapshot_host host;
    struct chain entries;
    struct chain paths;
};

struct path_draft {
    struct snapshot_path path;
    struct chain entries;
    uint32_t next;
};

struct entry_draft {
    struct snapshot_entry entry;
    uint32_t next;
};

struct drafts {
    void *items;
    uint32_t count;
    uint32_t capacity;
};

struct build_index {
    struct build_keys host_keys;
    struct build_keys path_keys;
    struct drafts hosts;
    struct drafts paths;
    struct drafts entries;
    uint32_t *path_hosts; /* of each path, in the order in which they are written */
    uint32_t listener;
};

static void *draft(const struct drafts *drafts, uint32_t number, size_t size)
{
    return (char *)drafts->items + (size_t)number * size;
}

#define host_at(index, number)                                                                     \
    ((struct host_draft *)draft(&(index)->hosts, (number), sizeof(struct host_draft)))
#define path_at(index, number)                                                                     \
    ((struct path_draft *)draft(&(index)->paths, (number), sizeof(struct path_draft)))
#define entry_at(index, number)                                                                    \
    ((struct entry_draft *)draft(&(index)->entries, (number), sizeof(struct entry_draft)))

static uint32_t add_draft(struct build *build, struct drafts *drafts, size_t size)
{
    if (drafts->count == drafts->capacity) {
        uint32_t capacity = drafts->capacity == 0 ? 16 : drafts->capacity * 2;

        drafts->items =
            arena_grow(build->arena, drafts->items, drafts->capacity * size, capacity * size);
        drafts->capacity = capacity;
    }
    return drafts->count++;
}

/* Collecting */

void build_index_start(struct build *build)
{
    build->index = arena_new(build->arena, struct build_index);
}

static struct snapshot_key make_key(struct snapshot_text text, uint32_t kind)
{
    return (struct snapshot_key){
        .offset = text.offset, .length = (uint16_t)text.length, .kind = (uint8_t)kind};
}

static uint32_t find_host(struct build *build, enum snapshot_host_kind kind,
                          struct snapshot_text key)
{
    struct build_index *index = build->index;
    bool new;
    uint32_t number =
        build_key(build, &index->host_keys,
                  (struct build_key){{index->listener, kind, key.offset, key.length}}, &new);

    if (new) {
        (void)add_draft(build, &index->hosts, sizeof(struct host_draft));
        host_at(index, number)->host =
            (struct snapshot_host){.key = make_key(key, kind), .listener = index->listener};
    }
    return number;
}

void build_index_listener(struct build *build, uint32_t listener)
{
    build->index->listener = listener;
    (void)find_host(build, SNAPSHOT_HOST_ANY, (struct snapshot_text){0});
}

static uint32_t find_path(struct build *build, uint32_t host, enum snapshot_path_kind kind,
                          struct snapshot_text key)
{
    struct build_index *index = build->index;
    bool new;
    uint32_t number = build_key(build, &index->path_keys,
                                (struct build_key){{host, kind, key.offset, key.length}}, &new);

    if (new) {
        struct chain *chain = &host_at(index, host)->paths;

        (void)add_draft(build, &index->paths, sizeof(struct path_draft));
        path_at(index, number)->path = (struct snapshot_path){.key = make_key(key, kind)};
        if (chain->count++ == 0)
            chain->first = number + 1;
        else
            path_at(index, chain->last - 1)->next = number + 1;
        chain->last = number + 1;
        if (kind == SNAPSHOT_PATH_EXACT)
            host_at(index, host)->host.key.flags = SNAPSHOT_HOST_HAS_EXACT_PATHS;
    }
    return number;
}

static void add_entry(struct build *build, struct chain *chain, struct snapshot_entry entry)
{
    struct build_index *index = build->index;
    uint32_t number = add_draft(build, &index->entries, sizeof(struct entry_draft));

    entry_at(index, number)->entry = entry;
    if (chain->count++ == 0)
        chain->first = number + 1;
    else
        entry_at(index, chain->last - 1)->next = number + 1;
    chain->last = number + 1;
}

/* Where a host pattern is looked up, and whether that proves it. */
static uint32_t place_host(struct build *build, uint32_t number, uint32_t *ret_pattern)
{
    struct snapshot_pattern pattern = *build_get(build, PATTERNS, struct snapshot_pattern, number);
    const char *text = build_record(build, SNAPSHOT_TEXTS, pattern.text.offset);
    size_t tail = pattern_literal_tail(text, pattern.text.length);
    const char *end = text + pattern.text.length;
    const char *dot;
    bool proven;

    *ret_pattern = SNAPSHOT_PATTERN_PROVEN;
    if (pattern.kind == PATTERN_ANY)
        return find_host(build, SNAPSHOT_HOST_ANY, (struct snapshot_text){0});
    if (pattern.kind == PATTERN_EXACT && pattern.text.length > 0 &&
        pattern.text.length <= SNAPSHOT_HOST_KEY_BYTES_MAX)
        return find_host(build, SNAPSHOT_HOST_EXACT, pattern.text);

    dot = pattern.kind != PATTERN_EXACT ? memchr(end - tail, '.', tail) : NULL;
    proven = pattern.kind == PATTERN_SUFFIX && dot == text + 1;
    if (dot == NULL || end - dot > SNAPSHOT_HOST_KEY_BYTES_MAX) {
        *ret_pattern = number;
        return find_host(build, SNAPSHOT_HOST_ANY, (struct snapshot_text){0});
    }
    if (!proven)
        *ret_pattern = number;
    return find_host(build, SNAPSHOT_HOST_SUFFIX, build_text(build, dot, (size_t)(end - dot)));
}

static void place_path(struct build *build, uint32_t host, uint32_t number,
                       struct snapshot_entry entry)
{
    struct snapshot_pattern pattern = *build_get(build, PATTERNS, struct snapshot_pattern, number);
    const char *text = build_record(build, SNAPSHOT_TEXTS, pattern.text.offset);
    size_t head = pattern_literal_head(text, pattern.text.length);
    bool exact = pattern.kind == PATTERN_EXACT;
    uint32_t path;

    entry.path_pattern = exact || pattern.kind == PATTERN_ANY || pattern.kind == PATTERN_PREFIX
                             ? SNAPSHOT_PATTERN_PROVEN
                             : number;
    if (head == 0 && !exact) {
        add_entry(build, &host_at(build->index, host)->entries, entry);
        return;
    }
    path = find_path(build, host, exact ? SNAPSHOT_PATH_EXACT : SNAPSHOT_PATH_PREFIX,
                     build_text(build, text, head));
    add_entry(build, &path_at(build->index, path)->entries, entry);
}

void build_index_rule(struct build *build, uint32_t rule)
{
    struct snapshot_conditions when = build_get(build, RULES, struct snapshot_rule, rule)->when;
    uint64_t hosts = when.hosts.count > 0 ? when.hosts.count : 1;
    bool by_path = when.paths.count > 0 &&
                   hosts * when.paths.count <= (hosts + when.paths.count) * ENTRIES_PER_PATTERN_MAX;
    bool has_more = when.methods.count > 0 || when.headers.count > 0 || when.queries.count > 0 ||
                    when.sources.ipv4.count > 0 || when.sources.ipv6.count > 0;
    struct snapshot_entry entry = {
        .order = rule * 2 + has_more,
        .host_pattern = SNAPSHOT_PATTERN_PROVEN,
        .path_pattern = when.paths.count > 0 ? SNAPSHOT_PATTERN_ALL : SNAPSHOT_PATTERN_PROVEN,
    };

    for (uint32_t i = 0; i < hosts; i++) {
        uint32_t host = when.hosts.count > 0
                            ? place_host(build, when.hosts.first + i, &entry.host_pattern)
                            : find_host(build, SNAPSHOT_HOST_ANY, (struct snapshot_text){0});

        if (!by_path)
            add_entry(build, &host_at(build->index, host)->entries, entry);
        for (uint32_t j = 0; by_path && j < when.paths.count; j++)
            place_path(build, host, when.paths.first + j, entry);
    }
}

/* Writing */

static struct snapshot_list write_list(struct build *build, const struct chain *chain)
{
    struct snapshot_list list = {.count = chain->count,
                                 .first = build_count(build, SNAPSHOT_ENTRIES)};
    struct snapshot_entry *entries = &list.only;
    uint32_t next = chain->first;

    if (chain->count > 1) {
        (void)build_add(build, SNAPSHOT_ENTRIES, chain->count);
        entries = build_get(build, ENTRIES, struct snapshot_entry, list.first);
    }
    for (uint32_t i = 0; i < list.count; i++) {
        const struct entry_draft *from = entry_at(build->index, next - 1);

        entries[i] = from->entry;
        next = from->next;
    }
    return list;
}

static int compare_prefixes(const void *a, const void *b)
{
    const struct snapshot_prefix *left = a;
    const struct snapshot_prefix *right = b;

    return (int)left->length - (int)right->length;
}

/* Sorts them and makes one of those of the same length; returns how many are left. */
static uint32_t join_prefixes(struct snapshot_prefix *prefixes, uint32_t count)
{
    uint32_t joined = 0;

    if (count == 0)
        return 0;
    qsort(prefixes, count, sizeof(*prefixes), compare_prefixes);
    for (uint32_t i = 1; i < count; i++) {
        if (prefixes[i].length != prefixes[joined].length)
            prefixes[++joined] = prefixes[i];
        else if (prefixes[i].last_byte != prefixes[joined].last_byte)
            prefixes[joined].last_byte_varies = 1;
    }
    for (uint32_t i = 0; i <= joined; i++)
        if (prefixes[i].last_byte_varies != 0)
            prefixes[i].last_byte = 0; /* so that the order of sorting does not show */
    return joined + 1;
}

static void write_paths(struct build *build, struct host_draft *from, uint32_t host)
{
    struct snapshot_prefix *prefixes =
        arena_new_array(build->arena, struct snapshot_prefix, from->paths.count);
    uint32_t next = from->paths.first;
    uint32_t count = 0;

    from->host.paths = (struct snapshot_span){build_add(build, SNAPSHOT_PATHS, from->paths.count),
                                              from->paths.count};
    for (uint32_t i = 0; i < from->paths.count; i++) {
        struct path_draft *path = path_at(build->index, next - 1);
        const char *text = build_record(build, SNAPSHOT_TEXTS, path->path.key.offset);

        build->index->path_hosts[from->host.paths.first + i] = host;
        path->path.list = write_list(build, &path->entries);
        *build_get(build, PATHS, struct snapshot_path, from->host.paths.first + i) = path->path;
        if (path->path.key.kind == SNAPSHOT_PATH_PREFIX)
            prefixes[count++] =
                (struct snapshot_prefix){.length = path->path.key.length,
                                         .last_byte = (uint8_t)text[path->path.key.length - 1]};
        next = path->next;
    }
    count = join_prefixes(prefixes, count);
    from->host.prefixes = (struct snapshot_span){build_count(build, SNAPSHOT_PREFIXES), count};
    if (count <= SNAPSHOT_HOST_PREFIXES_INLINE) {
        memcpy(from->host.prefixes_inline, prefixes, count * sizeof(*prefixes));
        return;
    }
    (void)build_add(build, SNAPSHOT_PREFIXES, count);
    memcpy(build_record(build, SNAPSHOT_PREFIXES, from->host.prefixes.first), prefixes,
           count * sizeof(*prefixes));
}

static void note_suffix(struct snapshot_listener *listener, uint32_t length)
{
    listener->suffix_lengths[length / 32] |= UINT32_C(1) << length % 32;
    if (length > listener->suffix_length_max)
        listener->suffix_length_max = length;
}

static void write_hosts(struct build *build)
{
    uint32_t first = build_add(build, SNAPSHOT_HOSTS, build->index->hosts.count);

    build->index->path_hosts = arena_new_array(build->arena, uint32_t, build->index->paths.count);
    for (uint32_t i = 0; i < build->index->hosts.count; i++) {
        struct host_draft *from = host_at(build->index, i);
        struct snapshot_listener *listener =
            build_get(build, LISTENERS, struct snapshot_listener, from->host.listener);

        from->host.list = write_list(build, &from->entries);
        write_paths(build, from, first + i);
        *build_get(build, HOSTS, struct snapshot_host, first + i) = from->host;

        if (listener->hosts.count++ == 0)
            listener->hosts.first = first + i;
        if (from->host.key.kind == SNAPSHOT_HOST_SUFFIX)
            note_suffix(listener, from->host.key.length);
    }
}

static struct lookup_key host_key(const void *context, uint32_t number)
{
    const struct build *build = context;
    const struct snapshot_host *host = build_get(build, HOSTS, struct snapshot_host, number);

    if (host->key.kind == SNAPSHOT_HOST_ANY)
        return (struct lookup_key){.text = NULL};
    return (struct lookup_key){
        .text = build_record(build, SNAPSHOT_TEXTS, host->key.offset),
        .length = host->key.length,
        .scope = host->listener * SNAPSHOT_HOST_KIND_COUNT + host->key.kind,
    };
}

static struct lookup_key any_path_key(const struct build *build, uint32_t number)
{
    const struct snapshot_path *path = build_get(build, PATHS, struct snapshot_path, number);

    return (struct lookup_key){
        .text = build_record(build, SNAPSHOT_TEXTS, path->key.offset),
        .length = path->key.length,
        .scope = build->index->path_hosts[number] * SNAPSHOT_PATH_KIND_COUNT + path->key.kind,
    };
}

static bool is_scanned(const struct build *build, uint32_t path)
{
    uint32_t host = build->index->path_hosts[path];

    return build_get(build, HOSTS, struct snapshot_host, host)->paths.count <=
           SNAPSHOT_HOST_PATHS_SCANNED;
}

static struct lookup_key path_key(const void *context, uint32_t number)
{
    const struct build *build = context;

    if (is_scanned(build, number))
        return (struct lookup_key){.text = NULL};
    return any_path_key(build, number);
}

static struct snapshot_lookup write_lookup(struct build *build, enum snapshot_section_id slots,
                                           uint32_t key_count, uint32_t value_count,
                                           struct lookup_key (*key)(const void *, uint32_t))
{
    uint32_t slot_count = lookup_slot_count(key_count);
    uint32_t first = build_add(build, slots, slot_count);
    struct lookup lookup;

    lookup_build(&lookup, build_record(build, slots, first), slot_count, value_count, key, build);
    return (struct snapshot_lookup){.seed = lookup.seed, .probes_max = lookup.probes_max};
}

/* With the seed of the lookup, so that one hash serves for either. */
static void write_tags(struct build *build)
{
    for (uint32_t i = 0; i < build_count(build, SNAPSHOT_PATHS); i++) {
        struct lookup_key key = any_path_key(build, i);
        uint64_t hash = lookup_hash_text(build->path_lookup.seed, key.text, key.length);

        build_get(build, PATHS, struct snapshot_path, i)->tag =
            lookup_tag(lookup_hash_scope(hash, key.scope));
    }
}

void build_index_finish(struct build *build)
{
    uint32_t host_count = build->index->hosts.count;
    uint32_t path_count = build->index->paths.count;
    uint32_t looked_up = 0;

    write_hosts(build);
    for (uint32_t i = 0; i < path_count; i++)
        looked_up += !is_scanned(build, i);
    build->host_lookup =
        write_lookup(build, SNAPSHOT_HOST_SLOTS, host_count - build->config->listener_count,
                     host_count, host_key);
    build->path_lookup = write_lookup(build, SNAPSHOT_PATH_SLOTS, looked_up, path_count, path_key);
    write_tags(build);
}
