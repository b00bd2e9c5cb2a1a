/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The dashboard's listener: open on this machine only, once it was asked for, and from then on, as
 * the folder remembers it. The supervisor holds the socket too, so that nobody else gets the port,
 * and who connects waits, while there is no control. What is served there, and to whom, is the
 * API's business (api/access.h).
 */
#pragma once

#include <stdbool.h>

struct arena;
struct dashboard;
struct error;
struct http_server;
struct link;
struct loop;
struct store;
struct tokens;

#define DASHBOARD_LISTENER "dashboard" /* of the server */

struct dashboard_options {
    struct loop *loop;
    struct http_server *server;
    const char *folder; /* stays the caller's */
    struct tokens *tokens;
    struct link *link; /* to the supervisor */
    int held_fd;       /* what it held; the dashboard's from then on, also on failure; or -1 */
};

/* Opens what was open before, in a thread that tries for as long as it takes. NULL where memory is
 * out. */
struct dashboard *dashboard_new(const struct dashboard_options *options);

void dashboard_stop(struct dashboard *dashboard);
bool dashboard_has_stopped(struct dashboard *dashboard);
struct dashboard *dashboard_free(struct dashboard *dashboard); /* after that; takes NULL */

/* Of the loop: a copy of the listening socket, which is the caller's; -1 where there is none. */
int dashboard_copy_socket(const struct dashboard *dashboard);

/* Of the loop: where it is open; NULL where it is not. */
const char *dashboard_address(const struct dashboard *dashboard);

/* Of a thread that the loop does not wait for; the tokens are read first. -EINVAL for an address
 * that is not loopback, -EADDRINUSE; a failure changes nothing. */
int dashboard_open(struct dashboard *dashboard, struct store *store, struct arena *arena,
                   const char *address, struct error **reterr);
int dashboard_close(struct dashboard *dashboard, struct error **reterr);
