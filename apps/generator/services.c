/* SPDX-License-Identifier: Apache-2.0 */
#include "services.h"

#include <inttypes.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include <curl/curl.h>

#include "call.h"
#include "common/cleanup.h"
#include "number_text.h"
#include "rules.h"

#define BODY_SIZE 96

/* NAME_URL, or else of NAME_HOST and NAME_PORT, by which Slipway tells processes of each other. */
static const char *read_address(struct config *config, const char *service, const char *name)
{
    const char *host = config_text(config, config_keep(config, "%s_HOST", service), NULL);
    const char *port = config_text(config, config_keep(config, "%s_PORT", service), NULL);

    if (config_text(config, name, NULL) == NULL && host != NULL && port != NULL)
        return config_keep(config, "http://%s:%s", host, port);
    return config_required(config, name);
}

static bool is_url(const char *text)
{
    CURLU *url = curl_url();
    bool is_good = url != NULL && curl_url_set(url, CURLUPART_URL, text, 0) == CURLUE_OK &&
                   (strncmp(text, "http://", 7) == 0 || strncmp(text, "https://", 8) == 0) &&
                   strpbrk(text, "?#") == NULL;

    curl_url_cleanup(url);
    return is_good;
}

/* Where to ask, with the path behind it. */
static const char *read_url(struct config *config, const char *service, const char *path)
{
    const char *name = config_keep(config, "%s_URL", service);
    const char *text = read_address(config, service, name);
    size_t length = strlen(text);

    if (length > 0 && !is_url(text))
        config_problem(config, name, "\"%s\" is not an address such as http://127.0.0.1:8001",
                       text);
    while (length > 0 && text[length - 1] == '/')
        length--;
    return config_keep(config, "%.*s%s", (int)length, text, path);
}

void services_configure(struct services *services, struct config *config)
{
    (void)curl_global_init(CURL_GLOBAL_DEFAULT);
    services->integer_url = read_url(config, "INTEGER", "/value");
    services->number_url = read_url(config, "NUMBER", "/value");
    services->combine_url = read_url(config, "COMBINE", "/combine");
    services->timeout_ms = config_number(config, "TIMEOUT_MS", 2000, 10, 60000);
}

static unsigned no_answer(const struct call *call, char reason[SERVICES_REASON_SIZE])
{
    (void)snprintf(reason, SERVICES_REASON_SIZE, "the service \"%s\" does not answer: %.150s",
                   call->service, call->problem);
    return 503;
}

static unsigned no_sense(const struct call *call, char reason[SERVICES_REASON_SIZE])
{
    if (call->status != 200)
        (void)snprintf(reason, SERVICES_REASON_SIZE, "the service \"%s\" answered with status %ld",
                       call->service, call->status);
    else
        (void)snprintf(reason, SERVICES_REASON_SIZE,
                       "the service \"%s\" gave an answer that makes no sense", call->service);
    return 502;
}

/* Both at once, and then, once more, what failed. */
static void fetch_values(struct call *integer, struct call *number, long timeout_ms)
{
    struct call *calls[] = {integer, number};
    struct call *again[2];
    size_t count = 0;

    call_all(calls, 2, timeout_ms);
    for (size_t i = 0; i < 2; i++) {
        if (calls[i]->is_answered && calls[i]->status < 500)
            continue;
        call_reset(calls[i]);
        again[count++] = calls[i];
    }
    if (count > 0)
        call_all(again, count, timeout_ms);
}

static unsigned read_values(const struct call *integer, const struct call *number,
                            struct draw *draw, char reason[SERVICES_REASON_SIZE])
{
    _cleanup_json_ json_t *integer_answer = call_object(integer);
    _cleanup_json_ json_t *number_answer = call_object(number);
    const json_t *integer_value = json_object_get(integer_answer, "value");
    const json_t *number_value = json_object_get(number_answer, "value");

    if (!integer->is_answered)
        return no_answer(integer, reason);
    if (!number->is_answered)
        return no_answer(number, reason);
    if (!json_is_integer(integer_value))
        return no_sense(integer, reason);
    if (!json_is_number(number_value))
        return no_sense(number, reason);
    draw->integer = json_integer_value(integer_value);
    draw->number = json_number_value(number_value);
    return 0;
}

static unsigned read_result(const struct call *call, struct draw *draw,
                            char reason[SERVICES_REASON_SIZE])
{
    _cleanup_json_ json_t *answer = call_object(call);
    const json_t *product = json_object_get(answer, "product");
    const char *outcome = json_string_value(json_object_get(answer, "outcome"));
    const char *rule = json_string_value(json_object_get(answer, "rule"));

    if (!call->is_answered)
        return no_answer(call, reason);
    if (!json_is_number(product) || outcome == NULL || rule == NULL)
        return no_sense(call, reason);
    draw->product = json_number_value(product);
    draw->outcome = strdup(outcome);
    draw->rule = strdup(rule);
    if (draw->outcome != NULL && draw->rule != NULL)
        return 0;
    draw_deinit(draw);
    (void)snprintf(reason, SERVICES_REASON_SIZE, "out of memory");
    return 503;
}

static unsigned combine(const struct services *services, struct draw *draw,
                        char reason[SERVICES_REASON_SIZE])
{
    char number[NUMBER_TEXT_SIZE];
    char body[BODY_SIZE];
    struct call call = {.service = "combine", .url = services->combine_url, .body = body};
    struct call *calls[] = {&call};
    unsigned status;

    number_text(draw->number, number);
    (void)snprintf(body, sizeof(body), "{\"integer\": %" PRId64 ", \"number\": %s}", draw->integer,
                   number);
    call_all(calls, 1, services->timeout_ms);
    status = read_result(&call, draw, reason);
    call_reset(&call);
    return status;
}

unsigned services_draw(const struct services *services, struct draw *ret_draw,
                       char reason[SERVICES_REASON_SIZE])
{
    struct call integer = {.service = "integer", .url = services->integer_url};
    struct call number = {.service = "number", .url = services->number_url};
    struct draw draw = {0};
    unsigned status;

    fetch_values(&integer, &number, services->timeout_ms);
    status = read_values(&integer, &number, &draw, reason);
    call_reset(&integer);
    call_reset(&number);
    if (status == 0)
        status = combine(services, &draw, reason);
    if (status == 0)
        *ret_draw = draw;
    return status;
}
