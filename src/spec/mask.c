/* SPDX-License-Identifier: Apache-2.0 */
#include "spec/mask.h"

#include <ctype.h>
#include <string.h>
#include <strings.h>

#include "spec/schema.h"

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

/* Words that make a name one of a secret. They must stand as words of their own: MONKEY is no key.
 */
static const char *const secret_words[] = {
    "PASSWORD",    "PASSWD",      "PASS",   "PWD",     "PASSPHRASE",    "SECRET",
    "SECRETS",     "TOKEN",       "TOKENS", "KEY",     "KEYS",          "APIKEY",
    "CREDENTIAL",  "CREDENTIALS", "CREDS",  "PRIVATE", "SALT",          "AUTH",
    "CERTIFICATE", "LICENSE",     "DSN",    "COOKIE",  "AUTHORIZATION",
};

/* Words that, glued to others, still say it: DBPASSWORD, accessToken. */
static const char *const secret_parts[] = {"PASSWORD", "PASSWD", "PASSPHRASE", "SECRET",
                                           "TOKEN",    "APIKEY", "CREDENTIAL"};

/* Names that hold such a word and are no secret: where it is kept, what it is called, how it is. */
static const char *const harmless_ends[] = {"FILE", "PATH",   "DIR",    "NAME",    "URL",
                                            "TTL",  "LENGTH", "EXPIRY", "EXPIRES", "ID"};

/* A word of a name: letters and digits, cut also where camelCase begins a new word. */
struct word {
    const char *text;
    size_t length;
};

static bool word_is(struct word word, const char *text)
{
    return strlen(text) == word.length && strncasecmp(word.text, text, word.length) == 0;
}

static bool word_is_any(struct word word, const char *const *words, size_t count)
{
    for (size_t i = 0; i < count; i++)
        if (word_is(word, words[i]))
            return true;
    return false;
}

static bool word_has_part(struct word word)
{
    for (size_t i = 0; i < COUNT(secret_parts); i++)
        for (size_t at = 0; at + strlen(secret_parts[i]) <= word.length; at++)
            if (strncasecmp(word.text + at, secret_parts[i], strlen(secret_parts[i])) == 0)
                return true;
    return false;
}

static bool begins_word(const char *text)
{
    bool upper = isupper((unsigned char)text[0]) != 0;

    if (!upper)
        return false;
    /* accessKey, and the K of APIKey. */
    return islower((unsigned char)text[-1]) ||
           (isupper((unsigned char)text[-1]) && islower((unsigned char)text[1]));
}

/* The next word at or behind *text, which is moved past it; without the digits at its end. */
static bool next_word(const char **text, struct word *ret)
{
    const char *at = *text;

    while (*at != '\0' && !isalnum((unsigned char)*at))
        at++;
    ret->text = at;
    while (isalnum((unsigned char)*at) && (at == ret->text || !begins_word(at)))
        at++;
    ret->length = (size_t)(at - ret->text);
    *text = at;
    while (ret->length > 1 && isdigit((unsigned char)ret->text[ret->length - 1]))
        ret->length--;
    return ret->length > 0;
}

bool mask_is_secret_name(const char *name)
{
    const char *start = name;
    bool secret = word_has_part((struct word){.text = name, .length = strlen(name)});
    struct word word = {0};
    struct word last = {0};

    for (; next_word(&start, &word); last = word)
        if (word_is_any(word, secret_words, COUNT(secret_words)))
            secret = true;
    return secret && !(last.length > 0 && word_is_any(last, harmless_ends, COUNT(harmless_ends)));
}

/* Where the password of the URL whose "://" ends at authority begins and ends; false without one.
 */
static bool find_password(const char *authority, const char **ret_start, const char **ret_end)
{
    size_t length = strcspn(authority, "/?# \t\n,\"'");
    const char *at = memrchr(authority, '@', length);
    const char *colon = at != NULL ? memchr(authority, ':', (size_t)(at - authority)) : NULL;

    if (colon == NULL || colon + 1 == at)
        return false;
    *ret_start = colon + 1;
    *ret_end = at;
    return true;
}

/* Each scheme://user:password@host: the password is hidden, the rest stays. */
static const char *mask_urls(struct arena *arena, const char *text)
{
    size_t urls = 0;
    char *masked;
    char *end;

    for (const char *at = text; (at = strstr(at, "://")) != NULL; at++)
        urls++;
    if (urls == 0)
        return text;
    masked = arena_alloc(arena, strlen(text) + urls * strlen(MASK_TEXT) + 1);
    end = masked;
    while (*text != '\0') {
        const char *authority = strstr(text, "://");
        const char *copied_to = authority != NULL ? authority + 3 : text + strlen(text);
        const char *password = NULL;
        const char *behind = NULL;

        if (authority != NULL && find_password(authority + 3, &password, &behind))
            copied_to = password;
        end = mempcpy(end, text, (size_t)(copied_to - text));
        if (behind != NULL)
            end = mempcpy(end, MASK_TEXT, strlen(MASK_TEXT));
        text = behind != NULL ? behind : copied_to;
    }
    return masked;
}

const char *mask_variable(struct arena *arena, const char *name, const char *text)
{
    if (*text == '\0')
        return text;
    return mask_is_secret_name(name) ? MASK_TEXT : mask_urls(arena, text);
}

static void set_text(struct value *value, const char *text)
{
    value->string.text = text;
    value->string.length = strlen(text);
}

static void mask_map(struct arena *arena, struct value *map)
{
    for (uint32_t i = 0; value_is(map, VALUE_MAP) && i < map->map.count; i++) {
        struct value_entry *entry = &map->map.entries[i];

        if (entry->value->kind == VALUE_STRING)
            set_text(entry->value, mask_variable(arena, entry->key, entry->value->string.text));
    }
}

/* "--password", or with its value "--password=x": where the value begins; NULL for other texts. */
static const char *find_option_value(struct arena *arena, const char *text)
{
    size_t length = strcspn(text, "=");

    if (*text != '-' || !mask_is_secret_name(arena_strndup(arena, text, length)))
        return NULL;
    return text + length + (text[length] == '=');
}

/* Of commands: what is given by an option whose name says so, and passwords in URLs. */
static void mask_list(struct arena *arena, struct value *list)
{
    bool is_secret = false; /* by the option before it */

    for (uint32_t i = 0; i < list->list.count; i++) {
        struct value *item = list->list.items[i];
        const char *text = item->kind == VALUE_STRING ? item->string.text : "";
        const char *value = find_option_value(arena, text);

        if (is_secret && *text != '-' && *text != '\0')
            set_text(item, MASK_TEXT);
        else if (value != NULL && *value != '\0')
            set_text(item, arena_printf(arena, "%.*s" MASK_TEXT, (int)(value - text), text));
        else if (*text != '\0')
            set_text(item, mask_urls(arena, text));
        is_secret = value != NULL && *value == '\0';
    }
}

static void mask_under(struct arena *arena, struct value *value, const struct schema *schema)
{
    if (schema == NULL || schema == &schema_anything)
        return;
    if (value->kind == VALUE_LIST)
        mask_list(arena, value);
    for (uint32_t i = 0; value->kind == VALUE_LIST && i < value->list.count; i++)
        if (schema->items != NULL)
            mask_under(arena, value->list.items[i], schema->items);
    for (uint32_t i = 0; value->kind == VALUE_MAP && i < value->map.count; i++) {
        struct value_entry *entry = &value->map.entries[i];
        const struct schema_key *key = schema_find(schema, entry->key);

        if (key != NULL && (key->flags & KEY_SECRET) != 0 && entry->value->kind == VALUE_STRING)
            set_text(entry->value, MASK_TEXT);
        else
            mask_under(arena, entry->value, schema_of_entry(schema, entry->key));
    }
    if (schema->names == NAMES_ANY)
        mask_map(arena, value);
}

void mask_tree(struct arena *arena, struct value *root)
{
    mask_under(arena, root, &schema_compose_file);
}

static void mask_all(struct value *value)
{
    for (uint32_t i = 0; value->kind == VALUE_LIST && i < value->list.count; i++)
        mask_all(value->list.items[i]);
    for (uint32_t i = 0; value->kind == VALUE_MAP && i < value->map.count; i++)
        mask_all(value->map.entries[i].value);
    if (value->kind == VALUE_LIST || value->kind == VALUE_MAP || value->kind == VALUE_NULL)
        return;
    value->kind = VALUE_STRING; /* what came as JSON may have a number there */
    set_text(value, MASK_TEXT);
}

static void mask_matched_under(struct value *value, const struct schema *schema)
{
    if (schema == NULL || schema == &schema_anything)
        return;
    for (uint32_t i = 0; value->kind == VALUE_LIST && i < value->list.count; i++)
        mask_matched_under(value->list.items[i], schema->items);
    for (uint32_t i = 0; value->kind == VALUE_MAP && i < value->map.count; i++) {
        struct value_entry *entry = &value->map.entries[i];
        const struct schema_key *key = schema_find(schema, entry->key);

        if (key != NULL && (key->flags & KEY_MATCHED) != 0)
            mask_all(entry->value);
        else
            mask_matched_under(entry->value, schema_of_entry(schema, entry->key));
    }
}

void mask_matched(struct value *root)
{
    mask_matched_under(root, &schema_compose_file);
}
