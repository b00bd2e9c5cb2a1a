/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The index of an image. It is checked for where it points, not for whether it finds what a linear
 * scan would: that it does is the builder's business, and a wrong answer harms no memory.
 */
#include "route/check_priv.h"

static bool check_pattern_of(uint32_t pattern, struct snapshot_span patterns)
{
    return pattern == SNAPSHOT_PATTERN_PROVEN || pattern == SNAPSHOT_PATTERN_ALL ||
           (pattern >= patterns.first && pattern - patterns.first < patterns.count);
}

static bool has_more(const struct snapshot_conditions *when)
{
    return when->methods.count > 0 || when->headers.count > 0 || when->queries.count > 0 ||
           when->sources.ipv4.count > 0 || when->sources.ipv6.count > 0;
}

static bool check_entry(const struct check *check, const struct snapshot_entry *entry,
                        const struct snapshot_listener *listener)
{
    uint32_t rule = entry->order / 2;
    const struct snapshot_conditions *when;

    /* The default action is the last rule, and found without the index. */
    if (rule < listener->rules.first || rule - listener->rules.first >= listener->rules.count - 1)
        return false;
    when = &check->snapshot->rules[rule].when;
    return check_pattern_of(entry->host_pattern, when->hosts) &&
           check_pattern_of(entry->path_pattern, when->paths) && entry->order % 2 == has_more(when);
}

static bool check_list(struct check *check, const struct snapshot_list *list,
                       const struct snapshot_listener *listener)
{
    struct snapshot_span span = {list->first, list->count > 1 ? list->count : 0};
    const struct snapshot_entry *entries;

    if (!check_claim(check, SNAPSHOT_ENTRIES, span))
        return false;
    if (list->count == 1)
        return check_entry(check, &list->only, listener);
    if (list->only.order != 0 || list->only.host_pattern != 0 || list->only.path_pattern != 0)
        return false;
    entries = check->snapshot->entries + span.first;
    for (uint32_t i = 0; i < span.count; i++)
        if (!check_entry(check, &entries[i], listener) ||
            (i > 0 && entries[i].order < entries[i - 1].order))
            return false;
    return true;
}

static bool check_key(const struct check *check, const struct snapshot_key *key)
{
    return check_text(check, (struct snapshot_text){key->offset, key->length});
}

static bool check_prefixes(struct check *check, const struct snapshot_host *host)
{
    const struct snapshot_prefix *prefixes = host->prefixes_inline;
    struct snapshot_span owned = host->prefixes;

    if (host->prefixes.count <= SNAPSHOT_HOST_PREFIXES_INLINE)
        owned.count = 0;
    else
        prefixes = check->snapshot->prefixes + host->prefixes.first;
    if (!check_claim(check, SNAPSHOT_PREFIXES, owned))
        return false;
    for (uint32_t i = 0; i < host->prefixes.count; i++)
        if (prefixes[i].length == 0 || (i > 0 && prefixes[i].length <= prefixes[i - 1].length))
            return false;
    return true;
}

static bool check_paths(struct check *check, const struct snapshot_host *host,
                        const struct snapshot_listener *listener)
{
    const struct snapshot_path *paths;

    if (!check_claim(check, SNAPSHOT_PATHS, host->paths))
        return false;
    paths = check->snapshot->paths + host->paths.first;
    for (uint32_t i = 0; i < host->paths.count; i++)
        if (paths[i].key.kind >= SNAPSHOT_PATH_KIND_COUNT || paths[i].key.length == 0 ||
            !check_key(check, &paths[i].key) || paths[i].key.flags != 0 ||
            !check_list(check, &paths[i].list, listener))
            return false;
    return true;
}

static bool check_host_key(const struct check *check, const struct snapshot_host *host,
                           bool is_first)
{
    if (host->key.kind >= SNAPSHOT_HOST_KIND_COUNT || !check_key(check, &host->key) ||
        (host->key.kind == SNAPSHOT_HOST_ANY) != is_first)
        return false;
    return is_first ? host->key.length == 0
                    : host->key.length > 0 && host->key.length <= SNAPSHOT_HOST_KEY_BYTES_MAX;
}

static bool check_hosts(struct check *check, const struct snapshot_listener *listener,
                        uint32_t number)
{
    if (listener->hosts.count == 0 || !check_claim(check, SNAPSHOT_HOSTS, listener->hosts))
        return false;
    for (uint32_t i = 0; i < listener->hosts.count; i++) {
        const struct snapshot_host *host = &check->snapshot->hosts[listener->hosts.first + i];

        if (host->listener != number || host->key.flags > SNAPSHOT_HOST_HAS_EXACT_PATHS ||
            !check_host_key(check, host, i == 0) || !check_list(check, &host->list, listener) ||
            !check_prefixes(check, host) || !check_paths(check, host, listener))
            return false;
    }
    return true;
}

/* Every number in the table is below the limit, and there are as many as there are keys. */
static bool check_lookup(const struct lookup *lookup, uint32_t key_count, uint32_t limit)
{
    size_t slot_count = (size_t)lookup->bucket_count * LOOKUP_BUCKET_SLOTS;
    size_t used = 0;

    for (size_t i = 0; i < slot_count; i++) {
        if (lookup->slots[i].tag == 0)
            continue;
        if (lookup->slots[i].value >= limit)
            return false;
        used++;
    }
    return used == key_count;
}

bool check_index(struct check *check)
{
    const struct snapshot *snapshot = check->snapshot;
    uint32_t host_count = check_section_count(check, SNAPSHOT_HOSTS);
    uint32_t path_count = check_section_count(check, SNAPSHOT_PATHS);
    uint32_t looked_up = 0;

    for (uint32_t i = 0; i < snapshot->listener_count; i++)
        if (!check_hosts(check, &snapshot->listeners[i], i))
            return false;
    for (uint32_t i = 0; i < host_count; i++)
        if (snapshot->hosts[i].paths.count > SNAPSHOT_HOST_PATHS_SCANNED)
            looked_up += snapshot->hosts[i].paths.count;
    return check_lookup(&snapshot->host_lookup, host_count - snapshot->listener_count,
                        host_count) &&
           check_lookup(&snapshot->path_lookup, looked_up, path_count);
}
