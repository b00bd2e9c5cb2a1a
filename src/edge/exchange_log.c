/* SPDX-License-Identifier: Apache-2.0 */
#include "edge/exchange_log.h"

#include <stdio.h>
#include <string.h>

#include "edge/access_log.h"
#include "edge/exchange.h"
#include "edge/forwarded.h"
#include "net/tls.h"
#include "route/expand.h"

#define LOG_TARGETS_SIZE  512
#define LOG_REDIRECT_SIZE 2048

/* Texts that are made for the record. */
struct log_texts {
    char request_id[FORWARDED_ID_SIZE];
    char connection_id[16];
    char redirect[LOG_REDIRECT_SIZE];
    char targets[LOG_TARGETS_SIZE];
    char statuses[EXCHANGE_TRIED_MAX * 4 + 4];
};

static struct access_text log_span(const char *data, struct http1_span span)
{
    return access_text_of(data + span.offset, span.length);
}

static struct access_text log_field(const struct exchange *exchange, enum http1_field_id id)
{
    const struct http1_field *field = http1_head_find(&exchange->request.head, id);

    if (field == NULL)
        return access_text_of(NULL, 0);
    return log_span(exchange_head_data(exchange), field->value);
}

static void log_fill_request(const struct exchange *exchange, struct access_record *record,
                             struct log_texts *texts)
{
    static const char versions[2][9] = {"HTTP/1.0", "HTTP/1.1"};
    const struct http1_head *head = &exchange->request.head;
    const char *data;

    if (exchange->head_length == 0 || exchange->client->in == NULL)
        return;
    data = exchange_head_data(exchange);
    record->method = log_span(data, head->method_name);
    record->host = log_span(data, head->host);
    record->path =
        access_text_of(data + head->path.offset, (size_t)head->path.length + head->query.length);
    record->version = access_text_of(versions[head->minor_version != 0], 8);
    record->user_agent = log_field(exchange, HTTP1_FIELD_USER_AGENT);
    record->trace_id = log_field(exchange, HTTP1_FIELD_X_REQUEST_ID);
    if (record->trace_id.length == 0 && exchange->request_id[0] != 0) {
        forwarded_format_id(exchange->request_id, texts->request_id);
        record->trace_id = access_text_of(texts->request_id, FORWARDED_ID_SIZE);
    }
}

static void log_fill_times(const struct exchange *exchange, struct access_record *record)
{
    uint64_t now_ns = worker_now_ns(exchange->worker);

    record->ended_unix_ns = worker_unix_ns(exchange->worker);
    record->started_unix_ns = exchange->started_ns + exchange->worker->unix_offset_ns;
    record->request_time_ns = ACCESS_TIME_NONE;
    record->target_time_ns = ACCESS_TIME_NONE;
    record->response_time_ns = ACCESS_TIME_NONE;
    if (exchange->dispatched_ns != 0)
        record->request_time_ns = exchange->dispatched_ns - exchange->started_ns;
    if (exchange->answered_ns != 0) {
        record->target_time_ns = exchange->answered_ns - exchange->dispatched_ns;
        record->response_time_ns = now_ns - exchange->answered_ns;
    }
}

static void log_fill_tls(const struct exchange *exchange, struct access_record *record)
{
    struct tls_information information;

    if (!tls_information(&exchange->client->stream, &information))
        return;
    record->tls_cipher = access_text_of(information.cipher, strlen(information.cipher));
    record->tls_protocol = access_text_of(information.protocol, strlen(information.protocol));
    record->server_name = access_text_of(information.server_name, strlen(information.server_name));
    record->certificate =
        access_text_of(information.certificate_name, strlen(information.certificate_name));
}

/* All that were asked, where that was more than one. */
static void log_fill_attempts(const struct exchange *exchange, struct access_record *record,
                              struct log_texts *texts)
{
    size_t used = 0;
    size_t statuses = 0;

    if (exchange->tried_count == 0)
        return;
    for (uint32_t i = 0; i < exchange->tried_count; i++) {
        const struct worker_target *entry = exchange->worker->targets[exchange->tried[i]];
        size_t length = entry == NULL ? 0 : strlen(entry->text);

        if (entry == NULL || used + length + 1 > sizeof(texts->targets))
            continue;
        memcpy(texts->targets + used, entry->text, length);
        used += length;
        texts->targets[used++] = ' ';
        texts->statuses[statuses++] = '-';
        texts->statuses[statuses++] = ' ';
    }
    if (used + record->target.length <= sizeof(texts->targets)) {
        memcpy(texts->targets + used, record->target.data, record->target.length);
        used += record->target.length;
    }
    statuses += (size_t)snprintf(texts->statuses + statuses, sizeof(texts->statuses) - statuses,
                                 "%u", exchange->target_status);
    record->targets = access_text_of(texts->targets, used);
    record->target_statuses = access_text_of(texts->statuses, statuses);
}

static void log_fill_redirect(const struct exchange *exchange, struct access_record *record,
                              struct log_texts *texts)
{
    struct expand_values values;
    size_t length;

    if (exchange->rule->action.kind != ROUTE_ACTION_REDIRECT || exchange->client->in == NULL)
        return;
    exchange_expand_values(exchange, &values);
    if (expand_location(&exchange->held->generation->snapshot, &exchange->rule->action, &values,
                        texts->redirect, sizeof(texts->redirect), &length) == 0)
        record->redirect = access_text_of(texts->redirect, length);
}

static void log_fill_route(const struct exchange *exchange, struct access_record *record,
                           struct log_texts *texts)
{
    static const char actions[][9] = {
        [ROUTE_ACTION_NONE] = "",
        [ROUTE_ACTION_FORWARD] = "forward",
        [ROUTE_ACTION_REDIRECT] = "redirect",
        [ROUTE_ACTION_RESPOND] = "respond",
    };
    const struct snapshot *snapshot = &exchange->held->generation->snapshot;
    const struct snapshot_rule *rule = exchange->rule;
    uint32_t position;

    record->rule = -1;
    if (rule == NULL)
        return;
    position = snapshot_rule_position(snapshot, rule);
    record->rule = position + 1 == exchange->listener->rules.count ? 0 : (int32_t)position + 1;
    record->actions =
        access_text_of(actions[rule->action.kind], strlen(actions[rule->action.kind]));
    log_fill_redirect(exchange, record, texts);
    if (exchange->view != NULL) {
        const struct snapshot_group *group = exchange->view->config;

        record->group = access_text_of(snapshot_text(snapshot, group->name), group->name.length);
    }
    if (exchange->last_target != NULL)
        record->target =
            access_text_of(exchange->last_target->text, strlen(exchange->last_target->text));
}

static enum access_type log_type(const struct exchange *exchange)
{
    bool is_https = exchange->listener->protocol == ROUTE_PROTOCOL_HTTPS;

    if (exchange->is_tcp)
        return ACCESS_TCP;
    if (exchange->status == 101)
        return is_https ? ACCESS_WSS : ACCESS_WS;
    return is_https ? ACCESS_HTTPS : ACCESS_HTTP;
}

void exchange_log(struct exchange *exchange)
{
    const struct snapshot_listener *listener = exchange->listener;
    struct client *client = exchange->client;
    struct log_texts texts;
    struct access_record record = {0};
    const char *address;
    int length;

    if (exchange->is_logged || listener == NULL || listener->access_log.id == 0 ||
        exchange->state == EXCHANGE_READING)
        return;
    exchange->is_logged = true;
    record.type = log_type(exchange);
    record.is_https = listener->protocol == ROUTE_PROTOCOL_HTTPS;
    record.listener =
        access_text_of(snapshot_text(&exchange->held->generation->snapshot, listener->name),
                       listener->name.length);
    forwarded_client(exchange, &address, &record.client_address.length);
    record.client_address.data = address;
    record.client_port = address == client->peer_text ? client->peer_port : 0;
    record.status = exchange->status;
    record.target_status = exchange->target_status;
    record.received_bytes = exchange->received_bytes;
    record.sent_bytes = exchange->sent_bytes;
    if (exchange->error != NULL)
        record.error = access_text_of(exchange->error, strlen(exchange->error));
    log_fill_times(exchange, &record);
    log_fill_route(exchange, &record, &texts);
    log_fill_request(exchange, &record, &texts);
    log_fill_tls(exchange, &record);
    log_fill_attempts(exchange, &record, &texts);
    length = snprintf(texts.connection_id, sizeof(texts.connection_id), "%x-%llx",
                      exchange->worker->number, (unsigned long long)client->number);
    record.connection_id = access_text_of(
        texts.connection_id, (size_t)length < sizeof(texts.connection_id) ? (size_t)length : 15);
    access_log_write(exchange->worker->access, listener->access_log.id,
                     (enum route_log_format)listener->access_log.format, &record);
}
