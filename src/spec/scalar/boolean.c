/* SPDX-License-Identifier: Apache-2.0 */
#include "spec/scalar/boolean.h"

#include "spec/scalar/complaint.h"
#include "spec/scalar/span.h"

static const struct {
    const char *text;
    struct boolean boolean;
} boolean_words[] = {
    {"true", {.value = true}},
    {"false", {.value = false}},
    {"yes", {.value = true, .is_deprecated = true}},
    {"no", {.value = false, .is_deprecated = true}},
    {"on", {.value = true, .is_deprecated = true}},
    {"off", {.value = false, .is_deprecated = true}},
    {"y", {.value = true, .is_deprecated = true}},
    {"n", {.value = false, .is_deprecated = true}},
};

bool boolean_parse(struct arena *arena, const char *text, size_t length,
                   struct boolean *ret_boolean, const char **ret_message)
{
    for (size_t i = 0; i < sizeof(boolean_words) / sizeof(boolean_words[0]); i++) {
        if (span_is_ignoring_case(span_make(text, length), boolean_words[i].text)) {
            *ret_boolean = boolean_words[i].boolean;
            return true;
        }
    }
    *ret_message = complaint_new(arena, text, length, "boolean", "expected true or false");
    return false;
}
