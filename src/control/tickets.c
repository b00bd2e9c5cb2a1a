/* SPDX-License-Identifier: Apache-2.0 */
#include "control/tickets.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/error.h"
#include "os/file.h"
#include "os/os.h"

#define MAGIC "slipTkts"

struct tickets_file {
    char magic[8];
    uint64_t made_unix_ns;
    struct bundle_ticket_keys keys;
};

static char *path_of(const char *folder)
{
    char *path;

    return asprintf(&path, "%s/ticket-keys", folder) < 0 ? NULL : path;
}

static int keep(const char *folder, const struct tickets *tickets, struct error **reterr)
{
    _cleanup_free_ char *path = path_of(folder);
    struct tickets_file file = {.magic = MAGIC, .made_unix_ns = tickets->made_unix_ns};

    if (path == NULL)
        return error_set(reterr, ENOMEM, "out of memory");
    file.keys = tickets->keys;
    return os_write_file_atomically(path, &file, sizeof(file), 0600, reterr);
}

static int fill(unsigned char key[BUNDLE_TICKET_KEY_SIZE], struct error **reterr)
{
    int r = os_random(key, BUNDLE_TICKET_KEY_SIZE);

    return r < 0 ? error_set(reterr, -r, "there are no random bytes: %s", error_text(-r)) : 0;
}

uint64_t tickets_left_ns(const struct tickets *tickets, uint64_t unix_ns)
{
    /* A clock that was set back must not keep a key alive. */
    if (unix_ns < tickets->made_unix_ns)
        return TICKETS_LIFE_NS;
    return time_subtract(TICKETS_LIFE_NS, unix_ns - tickets->made_unix_ns);
}

int tickets_rotate(const char *folder, uint64_t unix_ns, struct tickets *tickets,
                   struct error **reterr)
{
    struct tickets next = {.made_unix_ns = unix_ns};
    int r;

    if (tickets_left_ns(tickets, unix_ns) > 0 && unix_ns >= tickets->made_unix_ns)
        return 0;
    /* What the current key made may be twelve hours old; what is older than that is of no use. */
    if (unix_ns < tickets->made_unix_ns || unix_ns - tickets->made_unix_ns < 2 * TICKETS_LIFE_NS)
        memcpy(next.keys.previous, tickets->keys.current, BUNDLE_TICKET_KEY_SIZE);
    else if ((r = fill(next.keys.previous, reterr)) < 0)
        return r;
    r = fill(next.keys.current, reterr);
    if (r == 0)
        r = keep(folder, &next, reterr);
    if (r < 0)
        return r;
    *tickets = next;
    return 1;
}

int tickets_load(const char *folder, uint64_t unix_ns, struct tickets *ret_tickets,
                 struct error **reterr)
{
    _cleanup_free_ char *path = path_of(folder);
    _cleanup_free_ char *data = NULL;
    struct tickets tickets = {0};
    struct tickets_file file;
    size_t size = 0;
    int r;

    if (path == NULL)
        return error_set(reterr, ENOMEM, "out of memory");
    if (os_read_file(path, sizeof(file), &data, &size, NULL) == 0 && size == sizeof(file)) {
        memcpy(&file, data, sizeof(file));
        if (memcmp(file.magic, MAGIC, sizeof(file.magic)) == 0)
            tickets = (struct tickets){.keys = file.keys, .made_unix_ns = file.made_unix_ns};
    }
    r = tickets_rotate(folder, unix_ns, &tickets, reterr);
    if (r < 0)
        return r;
    *ret_tickets = tickets;
    return 0;
}
