/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Two patterns of *, ? and plain bytes: is there a text that both match? A table over the positions
 * of the one, moved along the other: a place is reached when beginnings of both match the same
 * text.
 */
#include <ctype.h>
#include <stdlib.h>
#include <string.h>

#include "control/merge_priv.h"

#define TABLE_SIZE 512

static bool bytes_meet(char a, char b, bool ignores_case)
{
    if (a == '?' || b == '?')
        return true;
    if (ignores_case)
        return tolower((unsigned char)a) == tolower((unsigned char)b);
    return a == b;
}

/* reached[j]: up to here of a, and j bytes of b. */
static bool meet(const char *a, const char *b, size_t b_length, bool ignores_case, bool *reached)
{
    reached[0] = true;
    for (size_t j = 0; j < b_length; j++)
        reached[j + 1] = reached[j] && b[j] == '*';

    for (; *a != '\0'; a++) {
        bool before = reached[0]; /* at the same place of b, one byte of a ago */

        reached[0] = before && *a == '*';
        for (size_t j = 0; j < b_length; j++) {
            bool here = reached[j + 1];

            if (*a == '*' || b[j] == '*')
                /* A star takes nothing, or what the other has next. */
                reached[j + 1] = here || reached[j];
            else
                reached[j + 1] = before && bytes_meet(*a, b[j], ignores_case);
            before = here;
        }
    }
    return reached[b_length];
}

bool merge_patterns_meet(const char *a, const char *b, bool ignores_case)
{
    bool table[TABLE_SIZE];
    bool *reached = table;
    size_t length;
    bool result;

    /* Most differ in how they begin. */
    while (*a != '\0' && *a != '*' && *b != '\0' && *b != '*') {
        if (!bytes_meet(*a, *b, ignores_case))
            return false;
        a++;
        b++;
    }
    length = strlen(b);
    if (length + 1 > TABLE_SIZE) {
        reached = malloc((length + 1) * sizeof(*reached));
        if (reached == NULL)
            return true; /* to be on the safe side */
    }
    result = meet(a, b, length, ignores_case, reached);
    if (reached != table)
        free(reached);
    return result;
}
