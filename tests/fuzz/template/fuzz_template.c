/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Expands hostile text. Beyond not crashing: text without a $ comes back as it is, results keep to
 * their limit, failures point into the text, escaped text expands to itself, and only variables
 * that template_variables() finds are looked up.
 */
#include <stdlib.h>
#include <string.h>

#include "spec/env/environment.h"
#include "spec/env/template.h"

#define GROWTH_MAX 65536

struct names {
    struct environment environment;
    struct hashmap mentioned;
};

int LLVMFuzzerTestOneInput(const unsigned char *data, size_t size);

static void require(bool condition)
{
    if (!condition)
        abort();
}

static const char *get_mentioned(void *context, const char *name, size_t length, size_t *ret_length)
{
    struct names *names = context;

    require(hashmap_has(&names->mentioned, name, length));
    return environment_get(&names->environment, name, length, ret_length);
}

static void check_unset(void *context, const char *name, size_t length)
{
    struct names *names = context;

    require(environment_get(&names->environment, name, length, NULL) == NULL);
}

static void check_expansion(struct arena *arena, const char *text, size_t size)
{
    struct names names;
    struct template_lookup lookup = {
        .get = get_mentioned, .context = &names, .unset = check_unset, .growth_max = GROWTH_MAX};
    struct template_result result;

    environment_init(&names.environment, arena);
    environment_put(&names.environment, "A", 1, "${B}", 4);
    environment_put(&names.environment, "B", 1, "", 0);
    environment_put(&names.environment, "LONG", 4, "0123456789abcdef0123456789abcdef", 32);
    hashmap_init(&names.mentioned, arena);
    template_collect_variables(&names.mentioned, text, size);
    if (template_substitute(arena, text, size, &lookup, &result)) {
        require(result.failure == TEMPLATE_FINE);
        require(result.length <= size + GROWTH_MAX);
        if (size == 0 || memchr(text, '$', size) == NULL)
            require(result.text == text && result.length == size);
        else if (memchr(text, '\0', size) == NULL)
            require(strlen(result.text) == result.length);
    } else {
        require(result.failure != TEMPLATE_FINE && result.text == NULL);
        require(result.message != NULL && result.message[0] != '\0');
        require(result.offset <= size);
    }
}

static void check_escaping(struct arena *arena, const char *text, size_t size)
{
    struct environment nothing;
    struct template_lookup lookup;
    struct template_result result;
    char *escaped = arena_alloc(arena, size * 2 + 1);
    size_t length = 0;

    for (size_t i = 0; i < size; i++) {
        escaped[length++] = text[i];
        if (text[i] == '$')
            escaped[length++] = '$';
    }
    environment_init(&nothing, arena);
    lookup = environment_lookup(&nothing);
    require(template_substitute(arena, escaped, length, &lookup, &result));
    require(result.length == size && (size == 0 || memcmp(result.text, text, size) == 0));
}

int LLVMFuzzerTestOneInput(const unsigned char *data, size_t size)
{
    struct arena arena;
    jmp_buf recover;

    arena_debug_malloc = true; /* so that the sanitizer sees where each allocation ends */
    arena_init(&arena, 16 << 20);
    if (setjmp(recover) == 0) {
        arena_set_recovery(&arena, &recover);
        check_expansion(&arena, (const char *)data, size);
        check_escaping(&arena, (const char *)data, size);
    }
    arena_deinit(&arena);
    return 0;
}
