/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A search takes three steps. The host leads to a few hosts of the index: itself, its suffixes, and
 * the one for every host. Below each, the path leads to a few lists: of itself, of its beginnings,
 * and the one for every path. Then the entries of these lists are tried in the order of the rules,
 * until the first that matches.
 */
#include "route/match.h"

#include <assert.h>
#include <string.h>

#include "route/match_priv.h"

enum {
    CURSORS_MAX = 32
};

struct cursor {
    const struct snapshot_entry *at;
    const struct snapshot_entry *end;
};

struct search {
    const struct snapshot *snapshot;
    const struct route_request *request;
    uint64_t path_hash; /* of the whole path, as soon as it is needed */
    bool has_path_hash;
    uint32_t best; /* the order of the first rule known to match */
    uint32_t cursor_count;
    struct cursor cursors[CURSORS_MAX];
};

static bool pattern_of_entry_holds(const struct search *search, uint32_t pattern,
                                   struct snapshot_span all, struct route_text text, bool fold)
{
    if (pattern == SNAPSHOT_PATTERN_ALL)
        return match_patterns(search->snapshot, all, text, fold);
    return match_pattern(search->snapshot, pattern, text, fold);
}

static bool entry_holds(const struct search *search, const struct snapshot_entry *entry)
{
    const struct snapshot_conditions *when = &search->snapshot->rules[entry->order / 2].when;
    const struct route_request *request = search->request;

    if (entry->host_pattern != SNAPSHOT_PATTERN_PROVEN &&
        !pattern_of_entry_holds(search, entry->host_pattern, when->hosts, request->host, true))
        return false;
    if (entry->path_pattern != SNAPSHOT_PATTERN_PROVEN &&
        !pattern_of_entry_holds(search, entry->path_pattern, when->paths, request->path, false))
        return false;
    return entry->order % 2 == 0 || match_others(search->snapshot, when, request);
}

/* Tries the entries of all lists in the order of the rules, as if they were one list: from the list
 * that comes first, up to where another one does. */
static void try_cursors(struct search *search)
{
    uint32_t count = search->cursor_count;

    search->cursor_count = 0;
    while (count > 0) {
        struct cursor *first = &search->cursors[0];
        uint32_t until = search->best; /* where the next list begins, or the best is reached */

        for (uint32_t i = 1; i < count; i++) {
            struct cursor *cursor = &search->cursors[i];

            if (cursor->at->order < first->at->order) {
                until = first->at->order;
                first = cursor;
            } else if (cursor->at->order < until) {
                until = cursor->at->order;
            }
        }
        do {
            if (entry_holds(search, first->at)) {
                search->best = first->at->order;
                return;
            }
            first->at++;
        } while (first->at < first->end && first->at->order < until);
        if (first->at == first->end || first->at->order >= search->best)
            *first = search->cursors[--count];
    }
}

static inline void add_list(struct search *search, const struct snapshot_list *list)
{
    const struct snapshot_entry *at = &list->only;

    if (list->count == 0)
        return;
    if (list->count > 1)
        at = search->snapshot->entries + list->first;
    /* Whether it matches is known later than that it is likely to. */
    __builtin_prefetch(&search->snapshot->rules[at->order / 2].action);
    __builtin_prefetch(&search->snapshot->rules[at->order / 2].rate_limits);
    if (search->cursor_count == CURSORS_MAX)
        try_cursors(search);
    if (at->order < search->best)
        search->cursors[search->cursor_count++] = (struct cursor){at, at + list->count};
}

/* Paths */

struct path_key {
    const struct snapshot *snapshot;
    struct snapshot_span paths; /* of the host */
    const char *text;
    size_t length;
    uint32_t kind;
};

static inline bool is_path(const void *context, uint32_t number)
{
    const struct path_key *key = context;
    const struct snapshot_path *path = &key->snapshot->paths[number];

    return number - key->paths.first < key->paths.count && path->key.kind == key->kind &&
           path->key.length == key->length &&
           memcmp(key->snapshot->texts + path->key.offset, key->text, key->length) == 0;
}

static inline uint32_t scan_paths(const struct path_key *key, uint32_t tag)
{
    const struct snapshot_path *paths = &key->snapshot->paths[key->paths.first];

    for (uint32_t i = 0; i < key->paths.count; i++)
        if (paths[i].tag == tag && is_path(key, key->paths.first + i))
            return key->paths.first + i;
    return UINT32_MAX;
}

static inline void add_path(struct search *search, uint32_t number, enum snapshot_path_kind kind,
                            size_t length, uint64_t text_hash)
{
    const struct snapshot *snapshot = search->snapshot;
    struct path_key key = {.snapshot = snapshot,
                           .paths = snapshot->hosts[number].paths,
                           .text = search->request->path.data,
                           .length = length,
                           .kind = kind};
    uint64_t hash = lookup_hash_scope(text_hash, number * SNAPSHOT_PATH_KIND_COUNT + kind);
    uint32_t path;

    if (key.paths.count <= SNAPSHOT_HOST_PATHS_SCANNED)
        path = scan_paths(&key, lookup_tag(hash));
    else
        path = lookup_find(&snapshot->path_lookup, hash, is_path, &key);
    if (path != UINT32_MAX)
        add_list(search, &snapshot->paths[path].list);
}

/* All beginnings are hashed in one pass, in so far as the index has some of their length. */
static void add_prefixes(struct search *search, uint32_t number, const struct snapshot_host *host)
{
    const struct snapshot_prefix *prefixes = host->prefixes_inline;
    struct route_text path = search->request->path;
    uint64_t hash = search->snapshot->path_lookup.seed;
    size_t hashed = 0;

    if (host->prefixes.count > SNAPSHOT_HOST_PREFIXES_INLINE)
        prefixes = search->snapshot->prefixes + host->prefixes.first;
    for (uint32_t i = 0; i < host->prefixes.count; i++) {
        size_t length = prefixes[i].length;

        if (length > path.length)
            return;
        if (!prefixes[i].last_byte_varies &&
            prefixes[i].last_byte != (uint8_t)path.data[length - 1])
            continue;
        for (; length - hashed >= 8; hashed += 8)
            hash = lookup_hash_word(hash, lookup_load_word(path.data + hashed));
        add_path(
            search, number, SNAPSHOT_PATH_PREFIX, length,
            lookup_hash_end(hash, lookup_load_rest(path.data + length, length - hashed), length));
    }
}

static void add_host(struct search *search, uint32_t number)
{
    const struct snapshot_host *host = &search->snapshot->hosts[number];
    struct route_text path = search->request->path;

    add_list(search, &host->list);
    if (path.length == 0)
        return;
    if ((host->key.flags & SNAPSHOT_HOST_HAS_EXACT_PATHS) != 0 &&
        path.length <= ROUTE_PATTERN_BYTES_MAX) {
        if (!search->has_path_hash)
            search->path_hash =
                lookup_hash_text(search->snapshot->path_lookup.seed, path.data, path.length);
        search->has_path_hash = true;
        add_path(search, number, SNAPSHOT_PATH_EXACT, path.length, search->path_hash);
    }
    if (host->prefixes.count > 0)
        add_prefixes(search, number, host);
}

/* Hosts */

struct host_key {
    const struct snapshot *snapshot;
    const char *text; /* lower case */
    size_t length;
    uint32_t listener;
    uint32_t kind;
};

/* Where paths are scanned, all of their lines at once, while the name of the host is compared: it
 * is hardly ever another one. */
static inline void prefetch_paths(const struct snapshot *snapshot, const struct snapshot_host *host)
{
    const char *paths = (const char *)&snapshot->paths[host->paths.first];

    if (host->paths.count > SNAPSHOT_HOST_PATHS_SCANNED)
        return;
    for (size_t at = 0; at < host->paths.count * sizeof(struct snapshot_path);
         at += SNAPSHOT_SECTION_ALIGNMENT)
        __builtin_prefetch(paths + at);
}

static inline bool is_host(const void *context, uint32_t number)
{
    const struct host_key *key = context;
    const struct snapshot_host *host = &key->snapshot->hosts[number];

    prefetch_paths(key->snapshot, host);
    return host->listener == key->listener && host->key.kind == key->kind &&
           host->key.length == key->length &&
           memcmp(key->snapshot->texts + host->key.offset, key->text, key->length) == 0;
}

static inline void find_host(struct search *search, uint32_t listener, enum snapshot_host_kind kind,
                             const char *text, size_t length)
{
    const struct snapshot *snapshot = search->snapshot;
    struct host_key key = {snapshot, text, length, listener, kind};
    uint64_t hash = lookup_hash_scope(lookup_hash_text(snapshot->host_lookup.seed, text, length),
                                      listener * SNAPSHOT_HOST_KIND_COUNT + kind);
    uint32_t host = lookup_find(&snapshot->host_lookup, hash, is_host, &key);

    if (host != UINT32_MAX)
        add_host(search, host);
}

/* Eight letters at a time: a byte from A to Z carries into its top bit in one of the two sums but
 * not in the other. */
static inline uint64_t lower_word(uint64_t word)
{
    const uint64_t ones = UINT64_C(0x0101010101010101);
    uint64_t seven = word & ones * 0x7f;
    uint64_t from_a = seven + ones * (0x80 - 'A');
    uint64_t above_z = seven + ones * (0x7f - 'Z');
    uint64_t upper = (from_a ^ above_z) & ~word & ones * 0x80;

    return word | upper >> 2;
}

#define FOLDED_BYTES ((SNAPSHOT_HOST_KEY_BYTES_MAX + 8) / 8 * 8)

/* The host in lower case, or as much of its end as keys may have. */
static size_t fold_host(struct route_text host, char folded[FOLDED_BYTES])
{
    size_t length = host.length;

    if (length > SNAPSHOT_HOST_KEY_BYTES_MAX)
        length = SNAPSHOT_HOST_KEY_BYTES_MAX;
    memset(folded + length / 8 * 8, 0, 8);
    memcpy(folded, host.data + host.length - length, length);
    for (size_t i = 0; i < length; i += 8) {
        uint64_t word;

        memcpy(&word, folded + i, sizeof(word));
        word = lower_word(word);
        memcpy(folded + i, &word, sizeof(word));
    }
    return length;
}

static void add_suffixes(struct search *search, uint32_t number, const char *host, size_t length)
{
    const struct snapshot_listener *listener = &search->snapshot->listeners[number];
    size_t most = listener->suffix_length_max < length ? listener->suffix_length_max : length;
    const char *end = host + length;
    const char *dot = memchr(end - most, '.', most);

    while (dot != NULL) {
        size_t suffix = (size_t)(end - dot);

        if ((listener->suffix_lengths[suffix / 32] >> suffix % 32 & 1) != 0)
            find_host(search, number, SNAPSHOT_HOST_SUFFIX, dot, suffix);
        dot = memchr(dot + 1, '.', suffix - 1);
    }
}

static void add_hosts(struct search *search, uint32_t number)
{
    const struct snapshot_listener *listener = &search->snapshot->listeners[number];
    struct route_text host = search->request->host;
    char folded[FOLDED_BYTES];
    size_t length;

    add_host(search, listener->hosts.first);
    if (listener->hosts.count == 1 || host.length == 0)
        return;
    length = fold_host(host, folded);
    if (length == host.length)
        find_host(search, number, SNAPSHOT_HOST_EXACT, folded, length);
    if (listener->suffix_length_max > 0)
        add_suffixes(search, number, folded, length);
}

const struct snapshot_rule *route_match(const struct snapshot *snapshot, uint32_t listener,
                                        const struct route_request *request)
{
    struct search search;
    struct snapshot_span rules;

    assert(listener < snapshot->listener_count);
    rules = snapshot->listeners[listener].rules;
    search.snapshot = snapshot;
    search.request = request;
    search.has_path_hash = false;
    search.best = (rules.first + rules.count - 1) * 2;
    search.cursor_count = 0;
    add_hosts(&search, listener);
    try_cursors(&search);
    return &snapshot->rules[search.best / 2];
}

/* One after the other */

static bool rule_holds(const struct snapshot *snapshot, const struct snapshot_rule *rule,
                       const struct route_request *request)
{
    const struct snapshot_conditions *when = &rule->when;

    return (when->hosts.count == 0 || match_patterns(snapshot, when->hosts, request->host, true)) &&
           (when->paths.count == 0 ||
            match_patterns(snapshot, when->paths, request->path, false)) &&
           match_others(snapshot, when, request);
}

const struct snapshot_rule *route_match_linear(const struct snapshot *snapshot, uint32_t listener,
                                               const struct route_request *request)
{
    const struct snapshot_rule *rule;
    struct snapshot_span span;

    assert(listener < snapshot->listener_count);
    span = snapshot->listeners[listener].rules;
    rule = &snapshot->rules[span.first];
    for (uint32_t i = 1; i < span.count && !rule_holds(snapshot, rule, request); i++)
        rule++;
    return rule;
}
