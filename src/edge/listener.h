/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A listening socket in one thread, and what happens to a connection before its first request:
 * limits, the PROXY header, the TLS handshake. All threads watch the same socket; the system wakes
 * one of them for each connection.
 */
#pragma once

#include <stdbool.h>

#include "edge/worker.h"
#include "route/match.h"

/* Takes over the descriptor. NULL when memory is out. */
struct worker_listener *listener_new(struct worker *worker, uint64_t id, int fd);

/* Accepts those that wait already, so that they are not refused by its end. */
void listener_accept_rest(struct worker_listener *listener);

/* Accepts no more; it is freed once its last client is gone. */
void listener_close(struct worker_listener *listener);
struct worker_listener *listener_find(struct worker *worker, uint64_t id);

/* Makes what it needs for that generation, which it does not use yet. 0 or -errno: the certificates
 * cannot be used. */
int listener_prepare(struct worker_listener *listener, const struct generation *generation);
void listener_forget(struct worker_listener *listener);

/* Brings it in line with the worker's new generation, for which it was prepared. Only one that is
 * new, and was not, may fail, and then has no certificates. */
int listener_update(struct worker_listener *listener);
void listener_open(struct worker_listener *listener);

/* A new connection: whether it may stay; its state says what comes next. */
int listener_admit(struct worker_listener *listener, struct client *client);
void listener_handshake(struct client *client);
void listener_proxy_header(struct client *client);

/* Whether the client's certificate is not the one of that host. */
bool listener_host_is_misdirected(const struct client *client, struct route_text host);

/* The client is closed; or it only waits for its end and counts no more for limits by source. */
void listener_client_gone(struct worker_listener *listener, struct client *client);
void listener_client_unlimited(struct worker_listener *listener, struct client *client);
