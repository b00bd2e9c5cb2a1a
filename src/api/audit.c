/* SPDX-License-Identifier: Apache-2.0 */
#include "api/audit.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "api/access.h"
#include "api/api_priv.h"
#include "api/targets.h"
#include "api/work.h"
#include "base/log.h"
#include "base/text.h"
#include "control/audit.h"

#define BODY_BYTES_MAX ((size_t)8 << 20) /* that are looked into for the detail */
#define DETAIL_ROOM    4096
#define ENTRIES_USUAL  100
#define ENTRIES_MAX    10000

struct pending {
    struct audit_item item;
    struct control *control;
    struct http_request *request; /* NULL: nobody waits */
    void (*go_on)(struct control *control, struct http_request *request);
};

/* The detail: of the thread. A request that waits is not changed by others. */

static void append_names(struct strbuf *text, const json_t *names)
{
    const json_t *item;
    size_t i;

    json_array_foreach(names, i, item)
    {
        if (json_string_length(item) > 0)
            strbuf_printf(text, "%s%s", i == 0 ? " " : ", ", json_string_value(item));
    }
}

static void append_changes(struct strbuf *text, const json_t *changes)
{
    const char *separator = " ", *name;
    const json_t *item;

    json_object_foreach((json_t *)changes, name, item)
    {
        if (json_is_integer(item))
            strbuf_printf(text, "%s%s=%lld", separator, name, (long long)json_integer_value(item));
        else if (json_is_string(item))
            strbuf_printf(text, "%s%s=%s", separator, name, json_string_value(item));
        separator = ", ";
    }
}

static void describe_deploy(struct strbuf *text, const json_t *body)
{
    const json_t *options = json_object_get(body, "options");
    const char *kind = json_string_value(json_object_get(body, "kind"));
    json_int_t revision = json_integer_value(json_object_get(body, "revision"));

    strbuf_append_string(text, kind != NULL ? kind : "up");
    if (revision > 0)
        strbuf_printf(text, " to revision %lld", (long long)revision);
    append_changes(text, json_object_get(options, "scale"));
    append_changes(text, json_object_get(options, "images"));
    append_names(text, json_object_get(options, "services"));
    append_names(text, json_object_get(options, "instances"));
}

/* The word alone: arguments may be secrets. */
static void describe_command(struct strbuf *text, const json_t *body)
{
    const char *word = json_string_value(json_array_get(json_object_get(body, "command"), 0));
    const char *service = json_string_value(json_object_get(body, "service"));

    if (service != NULL)
        strbuf_printf(text, "%s%s", service, word != NULL ? ": " : "");
    if (word != NULL)
        strbuf_append_string(text, word);
}

static void describe_token(struct strbuf *text, const json_t *body)
{
    const char *role = json_string_value(json_object_get(body, "role"));
    const char *name = json_string_value(json_object_get(body, "name"));

    strbuf_printf(text, "%s for %s", role != NULL ? role : "?", name != NULL ? name : "?");
}

static void describe_action(struct strbuf *text, const json_t *body, const char *target)
{
    const char *action = json_string_value(json_object_get(body, "action"));
    const json_t *weight = json_object_get(body, "weight");

    strbuf_append_string(text, action != NULL ? action : "");
    if (json_is_integer(weight))
        strbuf_printf(text, " %lld", (long long)json_integer_value(weight));
    if (*target != '\0')
        strbuf_printf(text, "%s%s", action != NULL ? " " : "", target);
}

static void describe_text(struct strbuf *text, const json_t *body, const char *key)
{
    const char *value = json_string_value(json_object_get(body, key));

    strbuf_append_string(text, value != NULL ? value : "");
}

static void describe_body(struct strbuf *text, const char *path, const json_t *body,
                          const char *target)
{
    if (text_ends_with(path, "/deploys"))
        describe_deploy(text, body);
    else if (text_starts_with(path, "/v1/targets/"))
        describe_action(text, body, target);
    else if (text_ends_with(path, "/exec") || text_ends_with(path, "/run"))
        describe_command(text, body);
    else if (text_ends_with(path, "/kill"))
        describe_text(text, body, "signal");
    else if (strcmp(path, "/v1/tokens") == 0)
        describe_token(text, body);
    else if (strcmp(path, "/v1/dashboard") == 0)
        describe_text(text, body, "address");
    else if (strcmp(path, "/v1/images/pull") == 0)
        describe_text(text, body, "reference");
}

/* At most the room, cut between characters. */
static void cut_text(char *to, size_t room, const char *text)
{
    size_t length = strnlen(text, room);

    while (length > 0 && ((unsigned char)text[length] & 0xc0) == 0x80)
        length--; /* the byte behind it belongs to the same character */
    memcpy(to, text, length);
    to[length] = '\0';
}

static void describe(struct audit_item *item)
{
    const struct http_request *request = list_entry(item, struct pending, item)->request;
    _cleanup_strbuf_ struct strbuf text;
    json_t *body;

    strbuf_init(&text, DETAIL_ROOM);
    /* What is there by now is the name of a target: see pending_new(). */
    if (request->body_size == 0 || request->body_fd >= 0 || request->body_size > BODY_BYTES_MAX)
        return;
    body = json_loadb(request->body, request->body_size, 0, NULL);
    if (json_is_object(body))
        describe_body(&text, request->path, body, item->detail);
    json_decref(body);
    cut_text(item->detail, AUDIT_DETAIL_MAX, strbuf_text(&text)); /* what was too long is cut */
}

/* In the loop */

static struct pending *pending_new(struct control *control, const struct http_request *request)
{
    const struct access *access = access_of(request);
    struct pending *pending = calloc(1, sizeof(*pending));
    char target[DETAIL_ROOM];

    if (pending == NULL)
        return NULL;
    pending->control = control;
    pending->item.role = access->role;
    pending->item.is_by_dashboard = access->is_by_dashboard;
    memcpy(pending->item.name, access->name, sizeof(pending->item.name));
    memcpy(pending->item.token, access->token, sizeof(pending->item.token));
    pending->item.method = http1_method_name(request->method);
    cut_text(pending->item.path, AUDIT_PATH_MAX, request->path);
    /* Its path may have a number in the place of the address; only the loop knows what it means. */
    targets_write_name(control_merged(control), request->path, target, sizeof(target));
    cut_text(pending->item.detail, AUDIT_DETAIL_MAX, target);
    return pending;
}

static void continue_with(struct pending *pending, int r, const char *message)
{
    struct access *access = access_get(pending->request);

    if (r == 0) {
        access->audit = pending->control->audit;
        access->sequence = pending->item.sequence;
    }
    if (access->is_over)
        http_respond_error(pending->request, 401, "the token does not count any more");
    else if (r < 0 && access->is_by_dashboard)
        http_respond_error(pending->request, 503,
                           "nothing was done, as it cannot be written down: %s", message);
    else
        pending->go_on(pending->control, pending->request);
}

static void written(struct audit_item *item, int r, const char *message)
{
    struct pending *pending = list_entry(item, struct pending, item);

    if (r < 0)
        log_warning("%s %s by %s is not in the audit: %s", item->method, item->path, item->name,
                    message);
    if (pending->request != NULL)
        continue_with(pending, r, message);
    free(pending);
}

void audit_begin(struct control *control, struct http_request *request,
                 void (*go_on)(struct control *control, struct http_request *request))
{
    struct pending *pending = pending_new(control, request);
    int r;

    if (pending == NULL) {
        http_respond_error(request, 503, "out of memory");
        return;
    }
    pending->request = request;
    pending->go_on = go_on;
    pending->item.describe = describe;
    pending->item.written = written;
    r = audit_write(control->audit, &pending->item);
    if (r < 0)
        written(&pending->item, r, r == -EBUSY ? "too much waits for it" : error_text(-r));
}

void audit_refusal(struct control *control, const struct http_request *request, unsigned int status)
{
    struct pending *pending =
        audit_takes_refusal(control->audit) ? pending_new(control, request) : NULL;

    if (pending == NULL)
        return;
    pending->item.status = status;
    pending->item.written = written;
    if (audit_write(control->audit, &pending->item) < 0)
        free(pending);
}

/* Reading it */

/* What the store has may be no UTF-8, as names of users. */
static json_t *text_value(const char *text)
{
    json_t *value = json_string(text);

    return value != NULL ? value : json_string("?");
}

static json_t *entry_value(const struct store_action *action)
{
    return json_pack("{s:I, s:o, s:o, s:s, s:o, s:s, s:s, s:o, s:o, s:o}", "sequence",
                     (json_int_t)action->sequence, "time", work_time(action->unix_ns), "name",
                     text_value(action->name), "role", action->role, "token",
                     *action->token != '\0' ? text_value(action->token) : json_null(), "via",
                     action->via, "method", action->method, "path", text_value(action->path),
                     "detail", text_value(action->detail), "status",
                     action->status != 0 ? json_integer(action->status) : json_null());
}

static int list(struct work *work)
{
    uint64_t limit = work_number(work, "limit", ENTRIES_USUAL);
    struct store_action *actions;
    json_t *items = json_array();
    uint32_t count = 0;
    int r;

    work->answer = json_pack("{s:o}", "entries", items);
    r = store_list_actions(
        work->store, &work->arena, work_number(work, "before", 0), work_number(work, "after", 0),
        (uint32_t)(limit < ENTRIES_MAX ? limit : ENTRIES_MAX), &actions, &count, &work->error);
    for (uint32_t i = 0; r == 0 && i < count; i++)
        (void)json_array_append_new(items, entry_value(&actions[i]));
    return r;
}

API_WORK(api_list_audit, list)
