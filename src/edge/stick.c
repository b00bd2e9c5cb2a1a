/* SPDX-License-Identifier: Apache-2.0 */
#include "edge/stick.h"

#include "edge/balance.h"
#include "edge/exchange.h"
#include "edge/sticky.h"
#include "wire/cookie.h"

static uint64_t stick_hash(const char *data, size_t length)
{
    /* FNV-1a, then mixed: the same in all threads and processes, so that a key stays with its
     * target over restarts. */
    uint64_t hash = UINT64_C(0xcbf29ce484222325);

    for (size_t i = 0; i < length; i++)
        hash = (hash ^ (uint8_t)data[i]) * UINT64_C(0x100000001b3);
    return lookup_mix(hash, UINT64_C(0x9e3779b97f4a7c15));
}

static void stick_scan(const struct exchange *exchange, const struct sticky_policy *policy,
                       struct stick_choice *choice)
{
    const struct http1_head *head = &exchange->request.head;
    const char *data = exchange_head_data(exchange);

    if ((head->present & UINT64_C(1) << HTTP1_FIELD_COOKIE) == 0)
        return;
    for (uint32_t i = 0; i < head->field_count; i++)
        if (head->fields[i].id == HTTP1_FIELD_COOKIE)
            sticky_scan(policy, data + head->fields[i].value.offset, head->fields[i].value.length,
                        &choice->found);
}

static const struct sticky_secret *stick_secret(const struct exchange *exchange)
{
    return &exchange->worker->shared->sticky_secret;
}

static uint64_t stick_now_s(const struct exchange *exchange)
{
    return worker_unix_ns(exchange->worker) / TIME_SECOND;
}

/*
 * Among the groups of a rule
 */

static void stick_rule_policy(const struct exchange *exchange, struct sticky_policy *ret)
{
    const struct snapshot *snapshot = &exchange->held->generation->snapshot;
    const struct snapshot_rule *rule = exchange->rule;
    const char *rule_name = snapshot_text(snapshot, rule->name);

    *ret = (struct sticky_policy){
        .name = snapshot_text(snapshot, rule->sticky_name),
        .name_length = rule->sticky_name.length,
        .ttl_s = rule->sticky_ttl_s,
        /* The same for as long as the rule has its name, wherever it stands. */
        .scope = exchange->listener->id ^ stick_hash(rule_name, rule->name.length),
    };
}

static uint32_t stick_draw_forward(const struct exchange *exchange)
{
    const struct snapshot_action *action = &exchange->rule->action;
    const struct snapshot_forward *forwards =
        &exchange->held->generation->snapshot.forwards[action->forwards.first];
    uint64_t draw = worker_random(exchange->worker) % action->weight_total;
    uint32_t i = 0;

    while (draw >= forwards[i].weight && i + 1 < action->forwards.count)
        draw -= forwards[i++].weight;
    return i;
}

uint32_t stick_choose_forward(struct exchange *exchange)
{
    const struct snapshot *snapshot = &exchange->held->generation->snapshot;
    const struct snapshot_action *action = &exchange->rule->action;
    struct stick_choice *choice = &exchange->stick_forward;
    struct sticky_policy policy;
    uint64_t subject;

    if (exchange->rule->sticky_name.length == 0 || exchange->is_tcp)
        return stick_draw_forward(exchange);
    stick_rule_policy(exchange, &policy);
    stick_scan(exchange, &policy, choice);
    choice->decision = sticky_decide(stick_secret(exchange), &policy, &choice->found,
                                     stick_now_s(exchange), &subject);
    if (choice->decision != STICKY_NONE) {
        for (uint32_t i = 0; i < action->forwards.count; i++) {
            const struct snapshot_forward *forward =
                &snapshot->forwards[action->forwards.first + i];

            if (snapshot->groups[forward->group].id == subject && forward->weight > 0) {
                choice->stayed = true;
                return i;
            }
        }
    }
    return stick_draw_forward(exchange);
}

/*
 * Among the targets of a group
 */

static void stick_group_policy(const struct exchange *exchange, struct sticky_policy *ret)
{
    const struct snapshot *snapshot = &exchange->held->generation->snapshot;
    const struct snapshot_group *config = exchange->view->config;

    *ret = (struct sticky_policy){
        .name = snapshot_text(snapshot, config->sticky_name),
        .name_length = config->sticky_name.length,
        .ttl_s = config->sticky_ttl_s,
        .is_of_application = config->stickiness == ROUTE_STICKINESS_APPLICATION_COOKIE,
        .scope = config->id,
    };
}

struct target *stick_find_target(struct exchange *exchange, const struct balance *balance)
{
    struct stick_choice *choice = &exchange->stick_target;
    struct sticky_policy policy;
    struct target *target = NULL;
    uint64_t subject;

    if (exchange->view->config->stickiness == ROUTE_STICKINESS_NONE || exchange->is_tcp)
        return NULL;
    stick_group_policy(exchange, &policy);
    choice->found = (struct sticky_found){.has_token = false};
    stick_scan(exchange, &policy, choice);
    choice->decision = sticky_decide(stick_secret(exchange), &policy, &choice->found,
                                     stick_now_s(exchange), &subject);
    if (choice->decision != STICKY_NONE)
        target = balance_find(balance, subject);
    choice->stayed = target != NULL;
    return target;
}

/*
 * Answers
 */

static void stick_write_value(struct http1_writer *writer, const char *value, size_t length)
{
    if (length > 0)
        http1_write_field(writer, "Set-Cookie", 10, value, length);
}

static enum cookie_change stick_application_change(const struct exchange *exchange,
                                                   const struct sticky_policy *policy)
{
    const struct http1_head *head = &exchange->response.head;
    const char *data = exchange->upstream->in->data + exchange->upstream->in->begin;
    enum cookie_change change = COOKIE_OTHER;

    for (uint32_t i = 0; policy->is_of_application && i < head->field_count; i++)
        if (head->fields[i].id == HTTP1_FIELD_SET_COOKIE)
            sticky_scan_answer(policy, data + head->fields[i].value.offset,
                               head->fields[i].value.length, &change);
    return change;
}

static void stick_write(struct exchange *exchange, struct http1_writer *writer,
                        const struct sticky_policy *policy, const struct stick_choice *choice,
                        uint64_t subject, enum cookie_change change)
{
    bool is_https = exchange->listener->protocol == ROUTE_PROTOCOL_HTTPS;
    char value[STICKY_COOKIE_MAX];

    switch (sticky_answer(policy, &choice->found, choice->decision, choice->stayed, change)) {
    case STICKY_ANSWER_NOTHING:
        break;
    case STICKY_ANSWER_SET:
        stick_write_value(writer, value,
                          sticky_write(stick_secret(exchange), policy, subject,
                                       stick_now_s(exchange), is_https, value));
        break;
    case STICKY_ANSWER_REMOVE:
        stick_write_value(writer, value, sticky_write_removal(policy, is_https, value));
        break;
    }
}

void stick_write_cookies(struct exchange *exchange, struct http1_writer *writer)
{
    struct sticky_policy policy;

    if (exchange->view->config->stickiness != ROUTE_STICKINESS_NONE) {
        stick_group_policy(exchange, &policy);
        /* A second attempt went elsewhere than the first one's cookie says. */
        if (exchange->attempt_count > 1)
            exchange->stick_target.stayed = false;
        stick_write(exchange, writer, &policy, &exchange->stick_target, exchange->upstream->own->id,
                    stick_application_change(exchange, &policy));
    }
    if (exchange->rule->action.forwards.count > 1 && exchange->rule->sticky_name.length > 0) {
        stick_rule_policy(exchange, &policy);
        stick_write(exchange, writer, &policy, &exchange->stick_forward, exchange->view->config->id,
                    COOKIE_OTHER);
    }
}

/*
 * The key of a hash
 */

static bool stick_hash_header(const struct exchange *exchange, const char *name, size_t length,
                              uint64_t *ret_hash)
{
    const struct http1_head *head = &exchange->request.head;
    const char *data = exchange_head_data(exchange);

    for (uint32_t i = 0; i < head->field_count; i++) {
        const struct http1_field *field = &head->fields[i];

        if (field->name.length == length &&
            http1_text_equal(data + field->name.offset, name, length)) {
            *ret_hash = stick_hash(data + field->value.offset, field->value.length);
            return true;
        }
    }
    return false;
}

static bool stick_hash_cookie(const struct exchange *exchange, const char *name, size_t length,
                              uint64_t *ret_hash)
{
    const struct http1_head *head = &exchange->request.head;
    const char *data = exchange_head_data(exchange);

    for (uint32_t i = 0; i < head->field_count; i++) {
        struct cookie_text value;

        if (head->fields[i].id == HTTP1_FIELD_COOKIE &&
            cookie_find(data + head->fields[i].value.offset, head->fields[i].value.length, name,
                        length, &value)) {
            *ret_hash = stick_hash(value.data, value.length);
            return true;
        }
    }
    return false;
}

bool stick_hash_key(const struct exchange *exchange, uint64_t *ret_hash)
{
    const struct snapshot *snapshot = &exchange->held->generation->snapshot;
    const struct snapshot_group *config = exchange->view->config;
    const char *name = snapshot_text(snapshot, config->hash_name);
    const struct route_peer *peer = &exchange->client->peer;

    if (config->hash_by == ROUTE_HASH_BY_SOURCE) {
        if (peer->family == ROUTE_FAMILY_NONE)
            return false;
        *ret_hash =
            stick_hash((const char *)peer->bytes, peer->family == ROUTE_FAMILY_IPV4 ? 4 : 16);
        return true;
    }
    if (exchange->is_tcp)
        return false;
    return config->hash_by == ROUTE_HASH_BY_HEADER
               ? stick_hash_header(exchange, name, config->hash_name.length, ret_hash)
               : stick_hash_cookie(exchange, name, config->hash_name.length, ret_hash);
}
