/* SPDX-License-Identifier: Apache-2.0 */
#include "spec/scalar/host_entry.h"

#include "spec/scalar/complaint.h"
#include "spec/scalar/span.h"

bool host_entry_check_host(struct arena *arena, const char *host, size_t length,
                           const char **ret_message)
{
    if (length > 0 && memchr(host, ':', length) == NULL && memchr(host, '=', length) == NULL)
        return true;
    *ret_message =
        complaint_new(arena, host, length, "host name", "expected a name without : and =");
    return false;
}

const char *host_entry_address(struct arena *arena, const char *text, size_t length)
{
    if (length > 2 && text[0] == '[' && text[length - 1] == ']')
        return arena_strndup(arena, text + 1, length - 2);
    return arena_strndup(arena, text, length);
}

static size_t host_entry_count(struct span list)
{
    size_t count = 1;

    for (size_t i = 0; i < list.length; i++)
        count += list.text[i] == ',';
    return count;
}

bool host_entry_parse(struct arena *arena, const char *text, size_t length,
                      struct host_entry *ret_entry, const char **ret_message)
{
    struct host_entry entry = {0};
    struct span all = span_make(text, length);
    struct span host, address, rest;

    /* Wherever it stands, an equals sign goes before a colon. */
    if (!span_cut(all, '=', &host, &rest) && !span_cut(all, ':', &host, &rest)) {
        *ret_message =
            complaint_new(arena, text, length, "extra host", "expected HOST=ADDRESS[,ADDRESS...]");
        return false;
    }
    if (!host_entry_check_host(arena, host.text, host.length, ret_message))
        return false;

    entry.host = arena_strndup(arena, host.text, host.length);
    entry.address_count = host_entry_count(rest);
    entry.addresses = arena_new_array(arena, const char *, entry.address_count);
    for (size_t i = 0; i < entry.address_count; i++) {
        (void)span_cut(rest, ',', &address, &rest);
        entry.addresses[i] = host_entry_address(arena, address.text, address.length);
    }
    *ret_entry = entry;
    return true;
}

const char *host_entry_print(struct arena *arena, const char *host, const char *address)
{
    return arena_printf(arena, "%s=%s", host, address);
}
