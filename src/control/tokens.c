/* SPDX-License-Identifier: Apache-2.0 */
#include "control/tokens.h"

#include <errno.h>
#include <inttypes.h>
#include <jansson.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/arena.h"
#include "base/error.h"
#include "base/text.h"
#include "base/time.h"
#include "os/os.h"
#include "store/store.h"
#include "wire/jwt.h"

#define ISSUER          "slipway"
#define KEY_NAME        "token key"
#define NAME_CHARACTERS 64

struct tokens {
    pthread_mutex_t changing; /* held while the store is read or changed */
    pthread_mutex_t lock;     /* of what follows, for a moment at a time */
    bool is_loaded;
    unsigned char key[JWT_KEY_SIZE];
    struct token *items; /* in the order of their ids */
    size_t count;
};

struct tokens *tokens_new(void)
{
    struct tokens *tokens = calloc(1, sizeof(*tokens));

    if (tokens == NULL)
        return NULL;
    (void)pthread_mutex_init(&tokens->changing, NULL);
    (void)pthread_mutex_init(&tokens->lock, NULL);
    return tokens;
}

struct tokens *tokens_free(struct tokens *tokens)
{
    if (tokens == NULL)
        return NULL;
    explicit_bzero(tokens->key, sizeof(tokens->key));
    (void)pthread_mutex_destroy(&tokens->lock);
    (void)pthread_mutex_destroy(&tokens->changing);
    free(tokens->items);
    free(tokens);
    return NULL;
}

/* Looking */

static int compare(const void *a, const void *b)
{
    return strcmp(((const struct token *)a)->id, ((const struct token *)b)->id);
}

static struct token *find(const struct tokens *tokens, const char *id)
{
    struct token wanted;

    if (strlen(id) >= sizeof(wanted.id) || tokens->count == 0)
        return NULL;
    memcpy(wanted.id, id, strlen(id) + 1);
    return bsearch(&wanted, tokens->items, tokens->count, sizeof(wanted), compare);
}

static enum tokens_verdict judge(const struct token *token, uint64_t now_unix_s)
{
    if (token == NULL)
        return TOKENS_INVALID;
    if (token->revoked_unix_s != 0)
        return TOKENS_REVOKED;
    return now_unix_s >= token->expires_unix_s ? TOKENS_EXPIRED : TOKENS_GOOD;
}

enum tokens_verdict tokens_look(struct tokens *tokens, const char *id, uint64_t now_unix_s)
{
    enum tokens_verdict verdict;

    (void)pthread_mutex_lock(&tokens->lock);
    verdict = judge(find(tokens, id), now_unix_s);
    (void)pthread_mutex_unlock(&tokens->lock);
    return verdict;
}

static const char *claim(const json_t *claims, const char *name)
{
    const char *text = json_string_value(json_object_get(claims, name));

    return text != NULL ? text : "";
}

/* The words of a token that is sealed well against the table. */
static enum tokens_verdict judge_claims(struct tokens *tokens, const json_t *claims,
                                        uint64_t now_unix_s, struct token *ret)
{
    json_int_t expires = json_integer_value(json_object_get(claims, "exp"));
    enum tokens_verdict verdict;
    const struct token *token;

    if (strcmp(claim(claims, "iss"), ISSUER) != 0 || expires <= 0)
        return TOKENS_INVALID;
    (void)pthread_mutex_lock(&tokens->lock);
    token = find(tokens, claim(claims, "jti"));
    verdict = judge(token, now_unix_s);
    if (verdict == TOKENS_GOOD &&
        (strcmp(claim(claims, "sub"), token->name) != 0 ||
         strcmp(claim(claims, "role"), access_role_name(token->role)) != 0))
        verdict = TOKENS_INVALID;
    else if (verdict == TOKENS_GOOD && now_unix_s >= (uint64_t)expires)
        verdict = TOKENS_EXPIRED;
    if (verdict == TOKENS_GOOD)
        *ret = *token;
    (void)pthread_mutex_unlock(&tokens->lock);
    return verdict;
}

enum tokens_verdict tokens_open(struct tokens *tokens, const char *text, size_t length,
                                uint64_t now_unix_s, struct token *ret)
{
    unsigned char payload[JWT_PAYLOAD_SIZE_MAX], key[JWT_KEY_SIZE];
    enum tokens_verdict verdict = TOKENS_INVALID;
    bool is_loaded;
    json_t *claims;
    int size;

    (void)pthread_mutex_lock(&tokens->lock);
    is_loaded = tokens->is_loaded;
    memcpy(key, tokens->key, sizeof(key));
    (void)pthread_mutex_unlock(&tokens->lock);
    if (!is_loaded)
        return TOKENS_UNKNOWN;
    size = jwt_open(text, length, key, payload);
    explicit_bzero(key, sizeof(key));
    if (size < 0)
        return TOKENS_INVALID;
    claims = json_loadb((const char *)payload, (size_t)size, JSON_REJECT_DUPLICATES, NULL);
    if (json_is_object(claims))
        verdict = judge_claims(tokens, claims, now_unix_s, ret);
    json_decref(claims);
    return verdict;
}

/* Loading */

void token_of_row(const struct store_token *row, struct token *ret)
{
    *ret = (struct token){
        .role = access_role_find(row->role),
        .created_unix_s = row->created_unix_s,
        .expires_unix_s = row->expires_unix_s,
        .revoked_unix_s = row->revoked_unix_s,
    };
    (void)snprintf(ret->id, sizeof(ret->id), "%s", row->id);
    (void)snprintf(ret->name, sizeof(ret->name), "%s", row->name);
}

static bool read_key(const char *text, unsigned char key[JWT_KEY_SIZE])
{
    if (strlen(text) != 2 * JWT_KEY_SIZE)
        return false;
    for (size_t i = 0; i < JWT_KEY_SIZE; i++) {
        char digits[3] = {text[2 * i], text[2 * i + 1], '\0'};
        char *end;

        key[i] = (unsigned char)strtoul(digits, &end, 16);
        if (end != digits + 2 || digits[0] == '+' || digits[0] == '-' || digits[0] == ' ')
            return false;
    }
    return true;
}

static int load_key(struct store *store, struct arena *arena, unsigned char key[JWT_KEY_SIZE],
                    struct error **reterr)
{
    char text[2 * JWT_KEY_SIZE + 1];
    const char *kept;
    int r = os_random(key, JWT_KEY_SIZE);

    if (r < 0)
        return error_set(reterr, -r, "there are no random bytes: %s", error_text(-r));
    for (size_t i = 0; i < JWT_KEY_SIZE; i++)
        (void)snprintf(text + 2 * i, 3, "%02x", key[i]);
    r = store_need_secret(store, arena, KEY_NAME, text, &kept, reterr);
    explicit_bzero(text, sizeof(text));
    if (r < 0)
        return r;
    return read_key(kept, key)
               ? 0
               : error_set(reterr, EUCLEAN, "the key of tokens in the store is damaged");
}

/* Puts the table of the store in the place of the one in memory. The arena may jump: nothing is
 * held then but the lock for changes, which the callers' callers let go of. */
static int reload(struct tokens *tokens, struct store *store, struct arena *arena,
                  struct error **reterr)
{
    struct store_token *rows;
    struct token *items;
    uint32_t count;
    int r = store_list_tokens(store, arena, &rows, &count, reterr);

    if (r < 0)
        return r;
    items = calloc(count > 0 ? count : 1, sizeof(*items));
    if (items == NULL)
        return error_set(reterr, ENOMEM, "out of memory");
    for (uint32_t i = 0; i < count; i++)
        token_of_row(&rows[i], &items[i]);
    qsort(items, count, sizeof(*items), compare);
    (void)pthread_mutex_lock(&tokens->lock);
    free(tokens->items);
    tokens->items = items;
    tokens->count = count;
    (void)pthread_mutex_unlock(&tokens->lock);
    return 0;
}

static int load(struct tokens *tokens, struct store *store, struct arena *arena,
                struct error **reterr)
{
    unsigned char key[JWT_KEY_SIZE];
    int r;

    if (tokens->is_loaded)
        return 0;
    r = load_key(store, arena, key, reterr);
    if (r == 0)
        r = reload(tokens, store, arena, reterr);
    if (r < 0)
        return r;
    (void)pthread_mutex_lock(&tokens->lock);
    memcpy(tokens->key, key, sizeof(key));
    tokens->is_loaded = true;
    (void)pthread_mutex_unlock(&tokens->lock);
    explicit_bzero(key, sizeof(key));
    return 0;
}

/* Changes, one at a time. What is below a recovery point of its own: the lock is held. */

struct change {
    struct tokens *tokens;
    struct store *store;
    struct arena *arena;
    struct error **reterr;
    int (*make)(struct change *change);
    struct token *token;
    int result;
};

static void make_change(void *context)
{
    struct change *change = context;

    change->result = load(change->tokens, change->store, change->arena, change->reterr);
    if (change->result == 0 && change->make != NULL)
        change->result = change->make(change);
}

static int run_change(struct change *change)
{
    int r;

    (void)pthread_mutex_lock(&change->tokens->changing);
    r = arena_protect(change->arena, make_change, change);
    (void)pthread_mutex_unlock(&change->tokens->changing);
    return r < 0 ? error_set(change->reterr, ENOMEM, "out of memory") : change->result;
}

int tokens_load(struct tokens *tokens, struct store *store, struct arena *arena,
                struct error **reterr)
{
    struct change change = {.tokens = tokens, .store = store, .arena = arena, .reterr = reterr};

    return run_change(&change);
}

static bool is_printable(uint32_t character)
{
    return character >= 0x20 && (character < 0x7f || character > 0x9f) &&
           !(character >= 0x200b && character <= 0x200f) && /* invisible, or turning text */
           !(character >= 0x2028 && character <= 0x202e) &&
           !(character >= 0x2060 && character <= 0x206f) && character != 0xfeff;
}

static int check_name(const char *name, struct error **reterr)
{
    size_t left = strlen(name);
    unsigned int count = 0;

    while (left > 0) {
        uint32_t character;
        size_t length = text_utf8_decode(name, left, &character);

        if (length == 0 || !is_printable(character))
            return error_set(reterr, EINVAL, "the name has characters that cannot be shown");
        if (++count > NAME_CHARACTERS)
            break;
        name += length;
        left -= length;
    }
    return count == 0 || count > NAME_CHARACTERS
               ? error_set(reterr, EINVAL, "name must have 1 to %d characters", NAME_CHARACTERS)
               : 0;
}

static int check_new(const char *name, const char *role, uint64_t life_s, struct error **reterr)
{
    if (role == NULL || access_role_find(role) == ACCESS_NOBODY)
        return error_set(reterr, EINVAL, "role must be viewer, operator or admin");
    if (life_s < TOKENS_LIFE_S_MIN || life_s > TOKENS_LIFE_S_MAX)
        return error_set(reterr, EINVAL, "expires_s must be %d to %d (366 days)", TOKENS_LIFE_S_MIN,
                         TOKENS_LIFE_S_MAX);
    return check_name(name != NULL ? name : "", reterr);
}

static int add(struct change *change)
{
    const struct token *token = change->token;
    const struct store_token row = {
        .id = token->id,
        .name = token->name,
        .role = access_role_name(token->role),
        .created_unix_s = token->created_unix_s,
        .expires_unix_s = token->expires_unix_s,
    };
    int r = store_add_token(change->store, &row, change->reterr);

    return r < 0 ? r : reload(change->tokens, change->store, change->arena, change->reterr);
}

static int seal(struct tokens *tokens, struct arena *arena, const struct token *token,
                const char **ret_text, struct error **reterr)
{
    char text[JWT_SIZE_MAX + 1];
    json_t *claims =
        json_pack("{s:s, s:s, s:s, s:s, s:I, s:I}", "iss", ISSUER, "jti", token->id, "sub",
                  token->name, "role", access_role_name(token->role), "iat",
                  (json_int_t)token->created_unix_s, "exp", (json_int_t)token->expires_unix_s);
    char *payload = claims != NULL ? json_dumps(claims, JSON_COMPACT) : NULL;
    int r = payload != NULL ? jwt_seal(payload, strlen(payload), tokens->key, text) : -ENOMEM;

    json_decref(claims);
    free(payload);
    if (r < 0)
        return error_set(reterr, -r, "the token cannot be sealed: %s", error_text(-r));
    *ret_text = arena_strdup(arena, text);
    explicit_bzero(text, sizeof(text));
    return 0;
}

int tokens_add(struct tokens *tokens, struct store *store, struct arena *arena, const char *name,
               const char *role, uint64_t life_s, struct token *ret, const char **ret_text,
               struct error **reterr)
{
    uint64_t now_s = os_real_time_ns() / TIME_SECOND, id;
    struct token token = {.created_unix_s = now_s, .expires_unix_s = now_s + life_s};
    struct change change = {.tokens = tokens,
                            .store = store,
                            .arena = arena,
                            .reterr = reterr,
                            .make = add,
                            .token = &token};
    int r = check_new(name, role, life_s, reterr);

    if (r < 0)
        return r;
    r = os_random(&id, sizeof(id));
    if (r < 0)
        return error_set(reterr, -r, "there are no random bytes: %s", error_text(-r));
    (void)snprintf(token.id, sizeof(token.id), "%016" PRIx64, id);
    (void)snprintf(token.name, sizeof(token.name), "%s", name);
    token.role = access_role_find(role);
    r = run_change(&change);
    if (r == 0) /* the key does not change once it is there */
        r = seal(tokens, arena, &token, ret_text, reterr);
    if (r == 0)
        *ret = token;
    return r;
}

static int revoke_one(struct change *change)
{
    struct token *token = change->token;
    struct token *found;
    int r = store_revoke_token(change->store, token->id, token->revoked_unix_s, change->reterr);

    if (r < 0)
        return r;
    (void)pthread_mutex_lock(&change->tokens->lock);
    found = find(change->tokens, token->id);
    if (found != NULL) {
        if (found->revoked_unix_s == 0)
            found->revoked_unix_s = token->revoked_unix_s;
        *token = *found;
    }
    (void)pthread_mutex_unlock(&change->tokens->lock);
    return 0;
}

int tokens_revoke(struct tokens *tokens, struct store *store, struct arena *arena, const char *id,
                  struct token *ret, struct error **reterr)
{
    struct token token = {.revoked_unix_s = os_real_time_ns() / TIME_SECOND};
    struct change change = {.tokens = tokens,
                            .store = store,
                            .arena = arena,
                            .reterr = reterr,
                            .make = revoke_one,
                            .token = &token};
    int r;

    if (strlen(id) != sizeof(token.id) - 1)
        return error_set(reterr, ENOENT, "there is no token \"%.40s\"", id);
    memcpy(token.id, id, sizeof(token.id));
    r = run_change(&change);
    if (r == 0)
        *ret = token;
    return r;
}
