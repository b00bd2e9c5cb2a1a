/* SPDX-License-Identifier: Apache-2.0 */
#include "spec/schema.h"

#include <stddef.h>
#include <string.h>

#include "base/text.h"

const struct schema_key *schema_find(const struct schema *schema, const char *name)
{
    /* Called for every key of every map in every stage: most names differ in the first two bytes.
     */
    for (const struct schema_key *key = schema->keys; key != NULL && key->name != NULL; key++)
        if (key->name[0] == name[0] && key->name[1] == name[1] && strcmp(key->name, name) == 0)
            return key;
    return NULL;
}

bool schema_is_extension(const char *name)
{
    return name[0] == 'x' && name[1] == '-';
}

static bool is_identifier(const char *name)
{
    if (*name == '\0')
        return false;
    for (; *name != '\0'; name++) {
        bool letter = (*name >= 'a' && *name <= 'z') || (*name >= 'A' && *name <= 'Z');
        bool digit = *name >= '0' && *name <= '9';

        if (!letter && !digit && *name != '.' && *name != '_' && *name != '-')
            return false;
    }
    return true;
}

static bool is_lowercase(const char *name)
{
    if (*name == '\0')
        return false;
    for (; *name != '\0'; name++)
        if (*name < 'a' || *name > 'z')
            return false;
    return true;
}

static bool name_fits(enum schema_names names, const char *name)
{
    switch (names) {
    case NAMES_NONE:
        return false;
    case NAMES_IDENTIFIER:
        return is_identifier(name);
    case NAMES_LOWERCASE:
        return is_lowercase(name);
    case NAMES_ANY:
        return *name != '\0';
    }
    return false;
}

const struct schema *schema_of_entry(const struct schema *schema, const char *name)
{
    const struct schema_key *key = schema_find(schema, name);

    if (key != NULL)
        return key->schema;
    if (schema->extensible && schema_is_extension(name))
        return &schema_anything;
    if (name_fits(schema->names, name))
        return schema->values != NULL ? schema->values : &schema_anything;
    return NULL;
}

const char *schema_nearest_key(const struct schema *schema, const char *name)
{
    /* One slip for short names, two for longer ones: more would suggest what was not meant. */
    size_t limit = strlen(name) <= 4 ? 1 : 2;
    size_t best = limit + 1;
    const char *nearest = NULL;

    for (const struct schema_key *key = schema->keys; key != NULL && key->name != NULL; key++) {
        size_t distance = text_edit_distance(name, key->name, limit);

        if (distance < best) {
            best = distance;
            nearest = key->name;
        }
    }
    return nearest;
}

const char *runtime_kind_name(enum runtime_kind runtime)
{
    static const char *const names[] = {"docker", "swarm", "process"};

    return names[runtime];
}

const char *schema_support_name(enum schema_support support)
{
    static const char *const names[] = {"honoured", "emulated", "refused"};

    return names[support];
}
