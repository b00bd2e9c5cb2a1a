/* SPDX-License-Identifier: Apache-2.0 */
#include "birthday/name.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <unicase.h>
#include <unictype.h>
#include <uninorm.h>
#include <unistr.h>

#include "common/cleanup.h"

#define NUMBER_TEXT_(number) #number
#define NUMBER_TEXT(number)  NUMBER_TEXT_(number)

/* Longer than any name of NAME_LETTERS_MAX letters; normalizing more would be work for nothing. */
#define NAME_BYTES_MAX (NAME_LETTERS_MAX * 4 * 4)

static bool are_letters(const uint8_t *name, size_t length, size_t *ret_count)
{
    size_t count = 0;

    for (size_t at = 0; at < length; count++) {
        ucs4_t point = 0;
        int size = u8_mbtoucr(&point, name + at, length - at);

        if (size <= 0 || !uc_is_general_category(point, UC_CATEGORY_L))
            return false;
        at += (size_t)size;
    }
    *ret_count = count;
    return true;
}

const char *name_check(const char *name)
{
    _cleanup_free_ uint8_t *composed = NULL;
    const uint8_t *typed = (const uint8_t *)name;
    size_t length = strlen(name);
    size_t count = 0;

    if (length > NAME_BYTES_MAX)
        return "the name is longer than " NUMBER_TEXT(NAME_LETTERS_MAX) " letters";
    if (length == 0 || u8_check(typed, length) != NULL)
        return "the name is not valid UTF-8";
    /* As typed first: some letters have no composed form of their own (U+0958). */
    if (!are_letters(typed, length, &count)) {
        composed = u8_normalize(UNINORM_NFC, typed, length, NULL, &length);
        if (composed == NULL || !are_letters(composed, length, &count))
            return "the name may hold letters only";
    }
    if (count > NAME_LETTERS_MAX)
        return "the name is longer than " NUMBER_TEXT(NAME_LETTERS_MAX) " letters";
    return NULL;
}

/*
 * Unicode's canonical caseless matching (The Unicode Standard, 3.13, D145): decompose, fold, and
 * normalize again. No language is given, so that Turkish rules do not depend on a locale.
 */
char *name_key(const char *name)
{
    _cleanup_free_ uint8_t *decomposed = NULL;
    uint8_t *folded = NULL;
    char *key = NULL;
    size_t length = strlen(name);

    decomposed = u8_normalize(UNINORM_NFD, (const uint8_t *)name, length, NULL, &length);
    if (decomposed == NULL)
        return NULL;
    folded = u8_casefold(decomposed, length, NULL, UNINORM_NFC, NULL, &length);
    if (folded == NULL)
        return NULL;
    key = strndup((const char *)folded, length);
    free(folded);
    return key;
}
