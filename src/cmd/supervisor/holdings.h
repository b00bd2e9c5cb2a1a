/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What the supervisor holds for the others, so that it outlives them. All descriptors in here are
 * owned by it. Everything is bounded: control asks for listeners and logs, and may be broken.
 */
#pragma once

#include <stddef.h>
#include <stdint.h>

#include "base/list.h"
#include "ipc/messages.h"

struct channel;

#define HOLDINGS_LISTENERS_MAX 1024
#define HOLDINGS_LOGS_MAX      256

struct held_listener {
    struct list_head link;
    uint64_t id;
    int fd;
    char address[MESSAGE_ADDRESS_SIZE];
};

struct held_log {
    struct list_head link;
    uint64_t id;
    int fd;
};

struct held_config {
    uint64_t generation; /* 0: there is none */
    int fds[2];          /* snapshot, certificates */
};

struct holdings {
    struct list_head listeners;
    struct list_head logs;
    size_t listener_count;
    size_t log_count;
    struct held_config config; /* the last one that an edge took */
    int state_fd;
    int api_fd;
    int handover_fd;
    int dashboard_fd; /* control's listening socket; -1: there is none */
};

void holdings_init(struct holdings *holdings);
void holdings_deinit(struct holdings *holdings);

struct held_listener *holdings_find_listener(const struct holdings *holdings, uint64_t id);

/* In place of one with the same id. The descriptor is the holdings' from then on; on failure it is
 * closed. Returns 0, -ENOMEM, or -ENOSPC where there are too many. */
int holdings_put_listener(struct holdings *holdings, uint64_t id, const char *address, int fd);
void holdings_drop_listener(struct holdings *holdings, struct held_listener *listener);
int holdings_put_log(struct holdings *holdings, uint64_t id, int fd);
void holdings_drop_log(struct holdings *holdings, uint64_t id);

/* In place of the one before; -1 for none. */
void holdings_put_dashboard(struct holdings *holdings, int fd);

/* Takes what config holds, which holds nothing afterwards. */
void holdings_put_config(struct holdings *holdings, struct held_config *config);

void held_config_init(struct held_config *config);
void held_config_clear(struct held_config *config);

/* Sends listeners, logs and configuration. Returns 0 or the first failure. */
int holdings_send(const struct holdings *holdings, struct channel *channel,
                  uint64_t config_sequence);
