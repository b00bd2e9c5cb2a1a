/* SPDX-License-Identifier: Apache-2.0 */
#include "cmd/supervisor/holdings.h"

#include <errno.h>
#include <stdlib.h>

#include "ipc/channel.h"
#include "os/os.h"

static void holdings_close(int *fd)
{
    os_closep(fd);
    *fd = -1;
}

void held_config_init(struct held_config *config)
{
    *config = (struct held_config){.fds = {-1, -1}};
}

void held_config_clear(struct held_config *config)
{
    holdings_close(&config->fds[0]);
    holdings_close(&config->fds[1]);
    config->generation = 0;
}

void holdings_init(struct holdings *holdings)
{
    *holdings =
        (struct holdings){.state_fd = -1, .api_fd = -1, .handover_fd = -1, .dashboard_fd = -1};
    list_init(&holdings->listeners);
    list_init(&holdings->logs);
    held_config_init(&holdings->config);
}

static void held_log_free(struct holdings *holdings, struct held_log *log)
{
    list_remove(&log->link);
    holdings->log_count--;
    holdings_close(&log->fd);
    free(log);
}

void holdings_deinit(struct holdings *holdings)
{
    struct held_listener *listener;
    struct held_log *log;

    list_for_each_safe (listener, &holdings->listeners, link)
        holdings_drop_listener(holdings, listener);
    list_for_each_safe (log, &holdings->logs, link)
        held_log_free(holdings, log);
    held_config_clear(&holdings->config);
    holdings_close(&holdings->state_fd);
    holdings_close(&holdings->api_fd);
    holdings_close(&holdings->handover_fd);
    holdings_close(&holdings->dashboard_fd);
}

struct held_listener *holdings_find_listener(const struct holdings *holdings, uint64_t id)
{
    struct held_listener *listener;

    list_for_each (listener, &holdings->listeners, link) {
        if (listener->id == id)
            return listener;
    }
    return NULL;
}

int holdings_put_listener(struct holdings *holdings, uint64_t id, const char *address, int fd)
{
    _cleanup_os_close_ int owned = fd;
    struct held_listener *listener = holdings_find_listener(holdings, id);

    if (listener == NULL && holdings->listener_count >= HOLDINGS_LISTENERS_MAX)
        return -ENOSPC;
    if (listener == NULL) {
        listener = calloc(1, sizeof(*listener));
        if (listener == NULL)
            return -ENOMEM;
        listener->id = id;
        listener->fd = -1;
        list_append(&holdings->listeners, &listener->link);
        holdings->listener_count++;
    }
    holdings_close(&listener->fd);
    listener->fd = take_fd(&owned);
    message_set_text(listener->address, sizeof(listener->address), address);
    return 0;
}

void holdings_drop_listener(struct holdings *holdings, struct held_listener *listener)
{
    list_remove(&listener->link);
    holdings->listener_count--;
    holdings_close(&listener->fd);
    free(listener);
}

static struct held_log *holdings_find_log(const struct holdings *holdings, uint64_t id)
{
    struct held_log *log;

    list_for_each (log, &holdings->logs, link) {
        if (log->id == id)
            return log;
    }
    return NULL;
}

int holdings_put_log(struct holdings *holdings, uint64_t id, int fd)
{
    _cleanup_os_close_ int owned = fd;
    struct held_log *log = holdings_find_log(holdings, id);

    if (log == NULL && holdings->log_count >= HOLDINGS_LOGS_MAX)
        return -ENOSPC;
    if (log == NULL) {
        log = calloc(1, sizeof(*log));
        if (log == NULL)
            return -ENOMEM;
        log->id = id;
        log->fd = -1;
        list_append(&holdings->logs, &log->link);
        holdings->log_count++;
    }
    holdings_close(&log->fd);
    log->fd = take_fd(&owned);
    return 0;
}

void holdings_drop_log(struct holdings *holdings, uint64_t id)
{
    struct held_log *log = holdings_find_log(holdings, id);

    if (log != NULL)
        held_log_free(holdings, log);
}

void holdings_put_dashboard(struct holdings *holdings, int fd)
{
    holdings_close(&holdings->dashboard_fd);
    holdings->dashboard_fd = fd;
}

void holdings_put_config(struct holdings *holdings, struct held_config *config)
{
    held_config_clear(&holdings->config);
    holdings->config = *config;
    held_config_init(config);
}

int holdings_send(const struct holdings *holdings, struct channel *channel,
                  uint64_t config_sequence)
{
    struct message_config config = {.generation = holdings->config.generation};
    struct held_listener *listener;
    struct held_log *log;
    int r = 0;

    list_for_each (listener, &holdings->listeners, link) {
        struct message_listen message = {.id = listener->id};

        message_set_text(message.address, sizeof(message.address), listener->address);
        if (r == 0)
            r = channel_send(channel, MESSAGE_LISTENER, 0, &message, &listener->fd);
    }
    list_for_each (log, &holdings->logs, link) {
        struct message_id message = {.id = log->id};

        if (r == 0)
            r = channel_send(channel, MESSAGE_LOG, 0, &message, &log->fd);
    }
    if (r == 0 && config.generation != 0)
        r = channel_send(channel, MESSAGE_CONFIG, config_sequence, &config, holdings->config.fds);
    return r;
}
