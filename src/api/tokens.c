/* SPDX-License-Identifier: Apache-2.0 */
/* Tokens, and who one is oneself. */
#include <errno.h>
#include <string.h>

#include "api/access.h"
#include "api/api_priv.h"
#include "api/work.h"
#include "base/time.h"
#include "control/tokens.h"

static json_t *time_of(uint64_t unix_s)
{
    return work_time(time_from_seconds(unix_s));
}

static json_t *token_value(const struct token *token)
{
    return json_pack("{s:s, s:s, s:s, s:o, s:o, s:o}", "id", token->id, "name", token->name, "role",
                     access_role_name(token->role), "created", time_of(token->created_unix_s),
                     "expires", time_of(token->expires_unix_s), "revoked",
                     time_of(token->revoked_unix_s));
}

static int add(struct work *work)
{
    const json_t *life = json_object_get(work->body, "expires_s");
    struct token token;
    const char *text;
    int r;

    if (!json_is_integer(life) || json_integer_value(life) < 0)
        return error_set(&work->error, EINVAL, "expires_s is a number of seconds");
    r = tokens_add(work->control->tokens, work->store, &work->arena, work_text(work, "name"),
                   work_text(work, "role"), (uint64_t)json_integer_value(life), &token, &text,
                   &work->error);
    if (r < 0)
        return r;
    work->status = 201;
    work->answer = token_value(&token);
    (void)json_object_set_new(work->answer, "token", json_string(text));
    return 0;
}

static int list(struct work *work)
{
    struct store_token *rows;
    json_t *items = json_array();
    uint32_t count = 0;
    int r;

    work->answer = json_pack("{s:o}", "tokens", items);
    r = store_list_tokens(work->store, &work->arena, &rows, &count, &work->error);
    for (uint32_t i = 0; r == 0 && i < count; i++) {
        struct token token;

        token_of_row(&rows[i], &token);
        (void)json_array_append_new(items, token_value(&token));
    }
    return r;
}

static int end(struct work *work)
{
    struct token token;
    int r = tokens_revoke(work->control->tokens, work->store, &work->arena, work->task->names[0],
                          &token, &work->error);

    if (r == 0)
        work->answer = token_value(&token);
    return r;
}

static struct value *make_session(struct arena *arena, const struct api_call *call, void *context)
{
    const struct access *access = access_of(call->request);
    struct value *map = json_new_map(arena);

    (void)context;
    json_put_text(arena, map, "name", access->name);
    json_put_text(arena, map, "role", access_role_name(access->role));
    json_put_text(arena, map, "token", access->token[0] != '\0' ? access->token : NULL);
    json_put_time(arena, map, "expires", (int64_t)access->expires_unix_s);
    json_put_text(arena, map, "version", SLIPWAY_VERSION);
    return map;
}

void api_get_session(struct api_call *call)
{
    api_answer(call, 200, make_session, NULL);
}

API_WORK(api_add_token, add)
API_WORK(api_list_tokens, list)
API_WORK(api_revoke_token, end)
