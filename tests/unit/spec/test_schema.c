/* SPDX-License-Identifier: Apache-2.0 */
#include "fixture.h"

#include "spec/schema.h"

enum {
    ACCEPT_NUMBERS = ACCEPT_INTEGER | ACCEPT_REAL,
    ACCEPT_SCALARS = ACCEPT_BOOL | ACCEPT_INTEGER | ACCEPT_REAL | ACCEPT_STRING,
};

/* A table that can be reached, and the runtimes for which something above it is refused already. */
struct visit {
    const struct schema *schema;
    const char *path;
    bool refused[RUNTIME_COUNT];
};

typedef void (*visit_function)(const struct visit *visit);

/* Each table is visited once for each set of runtimes that never see it. */
struct walk {
    struct visit visits[1000];
    size_t count;
};

static void visit_table(struct walk *walk, const struct visit *visit)
{
    if (visit->schema == NULL || visit->schema == &schema_anything)
        return;
    for (size_t i = 0; i < walk->count; i++)
        if (walk->visits[i].schema == visit->schema &&
            memcmp(walk->visits[i].refused, visit->refused, sizeof(visit->refused)) == 0)
            return;
    assert_true(walk->count < COUNT_OF(walk->visits));
    walk->visits[walk->count++] = *visit;
}

static void visit_parts(struct walk *walk, const struct visit *from)
{
    struct visit inner = *from;

    for (const struct schema_key *key = from->schema->keys; key != NULL && key->name != NULL;
         key++) {
        struct visit under = *from;

        under.schema = key->schema;
        under.path = arena_printf(&fixture_arena, "%s.%s", from->path, key->name);
        for (int i = 0; i < RUNTIME_COUNT; i++)
            under.refused[i] = from->refused[i] || key->support[i] == SUPPORT_REFUSED;
        visit_table(walk, &under);
    }
    inner.schema = from->schema->values;
    inner.path = arena_printf(&fixture_arena, "%s.NAME", from->path);
    visit_table(walk, &inner);
    inner.schema = from->schema->items;
    inner.path = arena_printf(&fixture_arena, "%s[]", from->path);
    visit_table(walk, &inner);
}

static void for_each_table_below(const struct schema *schema, visit_function function)
{
    struct walk *walk = arena_new(&fixture_arena, struct walk);
    struct visit first = {.schema = schema, .path = ""};

    visit_table(walk, &first);
    for (size_t i = 0; i < walk->count; i++) {
        struct visit visit = walk->visits[i];

        function(&visit);
        visit_parts(walk, &visit);
    }
    assert_true(walk->count > 1);
}

static void for_each_table(visit_function function)
{
    for_each_table_below(&schema_compose_file, function);
}

/* Fails with the path of the table. */
static void must(const struct visit *visit, bool fine, const char *what)
{
    if (!fine)
        fail_msg("%s: %s", visit->path, what);
}

static void check_keys(const struct visit *visit)
{
    for (const struct schema_key *key = visit->schema->keys; key != NULL && key->name != NULL;
         key++) {
        must(visit, *key->name != '\0', "a key has an empty name");
        must(visit, key->schema != NULL, key->name);
        must(visit, schema_find(visit->schema, key->name) == key, "a key is named twice");
        must(visit, schema_is_extension(key->name) == ((key->flags & KEY_EXTENSION) != 0),
             "a key is marked as an extension or not by mistake");
    }
}

static void every_key_is_named_once(void **state)
{
    (void)state;
    for_each_table(check_keys);
}

static void check_support(const struct visit *visit)
{
    for (const struct schema_key *key = visit->schema->keys; key != NULL && key->name != NULL;
         key++)
        for (int i = 0; i < RUNTIME_COUNT; i++) {
            uint8_t support = key->support[i];
            const char *note = support == SUPPORT_EMULATED ? key->emulated : key->refused;

            must(visit, support <= SUPPORT_REFUSED, key->name);
            if (support == SUPPORT_HONOURED || visit->refused[i])
                continue;
            if (note == NULL || *note == '\0')
                fail_msg("%s.%s: nothing says why %s has it %s", visit->path, key->name,
                         runtime_kind_name((enum runtime_kind)i),
                         schema_support_name((enum schema_support)support));
        }
}

static void what_is_emulated_or_refused_says_how_or_why(void **state)
{
    (void)state;
    for_each_table(check_support);
}

static void check_containers(const struct visit *visit)
{
    const struct schema *schema = visit->schema;
    bool list = (schema->accepts & ACCEPT_LIST) != 0;
    bool map = (schema->accepts & ACCEPT_MAP) != 0;

    must(visit, schema->accepts != 0, "nothing is accepted");
    if (schema->accepts == ACCEPT_ANY)
        return;
    must(visit, list == (schema->items != NULL), "lists and items do not go together");
    must(visit, map == (schema->keys != NULL || schema->values != NULL),
         "maps and keys do not go together");
    must(visit, (schema->names != NAMES_NONE) == (schema->values != NULL),
         "free names and their values do not go together");
    must(visit, map || !schema->extensible, "extensible, but no map");
    must(visit, list || !(schema->unique || schema->sorted), "unique or sorted, but no list");
}

static void lists_have_items_and_maps_have_keys(void **state)
{
    (void)state;
    for_each_table(check_containers);
}

static void check_merge(const struct visit *visit)
{
    const struct schema *schema = visit->schema;

    must(visit, schema->identity == IDENTITY_NONE || (schema->accepts & ACCEPT_LIST) != 0,
         "an identity, but no list");
    must(visit, (schema->identity == IDENTITY_TARGET) == (schema->identity_prefix != NULL),
         "the prefix goes with the identity of targets");
    if (schema->merge == MERGE_LOGGING || schema->merge == MERGE_ULIMIT)
        must(visit, (schema->accepts & ACCEPT_MAP) != 0, "this merge is for maps");
    if (schema->merge == MERGE_LOGGING)
        must(visit, schema_find(schema, "driver") != NULL, "no driver");
    if (schema->merge == MERGE_SUBNETS)
        must(visit,
             (schema->accepts & ACCEPT_LIST) != 0 && schema_find(schema->items, "subnet") != NULL,
             "no list of subnets");
}

static void merge_rules_and_identities_fit_what_is_accepted(void **state)
{
    (void)state;
    for_each_table(check_merge);
}

static const char *identity_key(enum schema_identity identity)
{
    switch (identity) {
    case IDENTITY_TARGET:
    case IDENTITY_PORT:
        return "target";
    case IDENTITY_PATH:
        return "path";
    case IDENTITY_NAME:
        return "name";
    case IDENTITY_ADDRESS:
        return "address";
    case IDENTITY_NONE:
    case IDENTITY_TEXT:
        break;
    }
    return NULL;
}

static void check_identity_keys(const struct visit *visit)
{
    const char *key = identity_key((enum schema_identity)visit->schema->identity);

    if (key != NULL)
        must(visit, schema_find(visit->schema->items, key) != NULL,
             "the items do not have the key that tells them apart");
}

static void items_have_the_key_that_tells_them_apart(void **state)
{
    (void)state;
    for_each_table(check_identity_keys);
}

/* What a form makes, it must be able to read: what it accepts at least and at most as scalars, and
 * the keys that it writes. */
static const struct form {
    enum schema_form form;
    uint8_t needs;
    uint8_t scalars;
    const char *keys[6];
} forms[] = {
    {FORM_PLAIN, 0, ACCEPT_SCALARS, {NULL}},
    {FORM_LIST, ACCEPT_LIST | ACCEPT_STRING, ACCEPT_STRING, {NULL}},
    {FORM_MAPPING, ACCEPT_LIST | ACCEPT_MAP, 0, {NULL}},
    {FORM_MAPPING_NULL, ACCEPT_LIST | ACCEPT_MAP, 0, {NULL}},
    {FORM_NAMES, ACCEPT_LIST | ACCEPT_MAP, 0, {NULL}},
    {FORM_DEPENDENCIES, ACCEPT_LIST | ACCEPT_MAP, 0, {NULL}},
    {FORM_SHELL, ACCEPT_LIST | ACCEPT_STRING, ACCEPT_STRING, {NULL}},
    {FORM_HEALTH_TEST, ACCEPT_LIST | ACCEPT_STRING, ACCEPT_STRING, {NULL}},
    {FORM_BUILD, ACCEPT_STRING | ACCEPT_MAP, ACCEPT_STRING, {"context"}},
    {FORM_EXTENDS, ACCEPT_STRING | ACCEPT_MAP, ACCEPT_STRING, {"service"}},
    {FORM_INCLUDE, ACCEPT_STRING | ACCEPT_MAP, ACCEPT_STRING, {"path"}},
    {FORM_ENV_FILE, ACCEPT_STRING | ACCEPT_MAP, ACCEPT_STRING, {"path", "required"}},
    {FORM_PORT,
     ACCEPT_INTEGER | ACCEPT_STRING | ACCEPT_MAP,
     ACCEPT_NUMBERS | ACCEPT_STRING,
     {"mode", "host_ip", "target", "published", "protocol"}},
    {FORM_MOUNT,
     ACCEPT_STRING | ACCEPT_MAP,
     ACCEPT_STRING,
     {"type", "source", "target", "read_only", "bind", "volume"}},
    {FORM_DEVICE, ACCEPT_STRING | ACCEPT_MAP, ACCEPT_STRING, {"source", "target", "permissions"}},
    {FORM_FILE_REFERENCE, ACCEPT_STRING | ACCEPT_MAP, ACCEPT_STRING, {"source"}},
    {FORM_GPUS, ACCEPT_STRING | ACCEPT_LIST, ACCEPT_STRING, {NULL}},
    {FORM_HOSTS, ACCEPT_LIST | ACCEPT_MAP, 0, {NULL}},
    {FORM_SSH, ACCEPT_LIST | ACCEPT_MAP, 0, {NULL}},
    {FORM_OPTION_LISTS, ACCEPT_MAP, 0, {NULL}},
    {FORM_RESOURCE, ACCEPT_MAP, 0, {"external", "name"}},
    {FORM_TARGET, ACCEPT_STRING | ACCEPT_MAP, ACCEPT_STRING, {"address"}},
};

static size_t forms_seen[COUNT_OF(forms)];

static void check_form(const struct visit *visit)
{
    const struct schema *schema = visit->schema;

    assert_true(schema->form < COUNT_OF(forms));
    assert_int_equal(forms[schema->form].form, schema->form);
    forms_seen[schema->form]++;
    if (schema->accepts == ACCEPT_ANY)
        return;
    must(visit, (forms[schema->form].needs & ~schema->accepts) == 0,
         "the form does not accept what it writes out");
    must(visit, (schema->accepts & ACCEPT_SCALARS & ~forms[schema->form].scalars) == 0,
         "the form accepts a scalar that it cannot write out");
    for (size_t i = 0; i < COUNT_OF(forms[0].keys) && forms[schema->form].keys[i] != NULL; i++)
        must(visit, schema_find(schema, forms[schema->form].keys[i]) != NULL,
             "the form writes a key that the table does not have");
}

static void every_form_fits_what_it_accepts_and_writes(void **state)
{
    (void)state;
    for_each_table(check_form);
    for (size_t i = 0; i < COUNT_OF(forms); i++)
        if (forms_seen[i] == 0)
            fail_msg("no table has the form %zu", i);
}

/* Which scalars a conversion can take. */
static uint8_t castable(enum schema_scalar scalar)
{
    switch (scalar) {
    case SCALAR_AS_WRITTEN:
        return ACCEPT_STRING;
    case SCALAR_TEXT:
        return ACCEPT_SCALARS;
    case SCALAR_BOOL:
    case SCALAR_STRING_OR_BOOL:
        return ACCEPT_BOOL | ACCEPT_STRING;
    case SCALAR_INTEGER:
    case SCALAR_REAL:
    case SCALAR_BYTES:
    case SCALAR_FILE_MODE:
    case SCALAR_DEVICE_COUNT:
        return ACCEPT_NUMBERS | ACCEPT_STRING;
    case SCALAR_DURATION:
        return ACCEPT_STRING;
    }
    return 0;
}

static void check_scalar(const struct visit *visit)
{
    const struct schema *schema = visit->schema;
    bool counted = schema->scalar == SCALAR_INTEGER || schema->scalar == SCALAR_REAL ||
                   schema->scalar == SCALAR_DURATION || schema->scalar == SCALAR_BYTES;

    if (schema->accepts == ACCEPT_ANY)
        return;
    if (schema->form != FORM_PORT) /* which looks at its scalars itself */
        must(visit,
             (schema->accepts & ACCEPT_SCALARS & ~castable((enum schema_scalar)schema->scalar)) ==
                 0,
             "a scalar is accepted that the conversion cannot take");
    must(visit, schema->scalar == SCALAR_AS_WRITTEN || (schema->accepts & ACCEPT_SCALARS) != 0,
         "a conversion, but no scalar");
    if (schema->bounded) {
        must(visit, counted, "bounds, but nothing to count");
        must(visit, schema->minimum < schema->maximum, "the bounds leave nothing");
        must(visit, schema->expected != NULL, "nobody is told the bounds");
    }
    if (schema->check != NULL) {
        must(visit, (schema->accepts & ACCEPT_STRING) != 0, "a check of text, but no text");
        must(visit, schema->expected != NULL, "nobody is told what the check wants");
    }
}

static void scalars_are_accepted_where_they_can_be_converted(void **state)
{
    (void)state;
    for_each_table(check_scalar);
}

static void check_choices(const struct visit *visit)
{
    const char *const *choices = visit->schema->choices;
    bool default_found = visit->schema->default_text == NULL;
    size_t count = 0;

    if (choices == NULL)
        return;
    must(visit, (visit->schema->accepts & ACCEPT_STRING) != 0, "choices, but no text");
    while (choices[count] != NULL) {
        must(visit, *choices[count] != '\0', "an empty choice");
        must(visit, strcmp(choices[count], "NULL") != 0, "a choice named NULL");
        for (size_t i = 0; i < count; i++)
            must(visit, strcmp(choices[i], choices[count]) != 0, "a choice is given twice");
        if (visit->schema->default_text != NULL &&
            strcmp(choices[count], visit->schema->default_text) == 0)
            default_found = true;
        /* A list without its end is seen here or by a sanitizer. */
        must(visit, ++count < 20, "the choices do not end");
    }
    must(visit, count > 0, "no choice at all");
    must(visit, default_found, "the default is none of the choices");
}

static void choices_end_and_hold_their_default(void **state)
{
    (void)state;
    for_each_table(check_choices);
}

static void check_path(const struct visit *visit)
{
    static const uint8_t needs[] = {
        [PATH_NONE] = 0,          [PATH_FILE] = ACCEPT_STRING, [PATH_CONTEXT] = ACCEPT_STRING,
        [PATH_SSH] = ACCEPT_LIST, [PATH_MOUNT] = ACCEPT_MAP,   [PATH_VOLUME] = ACCEPT_MAP,
    };

    assert_true(visit->schema->path < COUNT_OF(needs));
    must(visit, (needs[visit->schema->path] & ~visit->schema->accepts) == 0,
         "a path where none can stand");
}

static void paths_stand_where_they_can_be_resolved(void **state)
{
    (void)state;
    for_each_table(check_path);
}

static void check_documented(const struct visit *visit)
{
    for (const struct schema_key *key = visit->schema->keys; key != NULL && key->name != NULL;
         key++) {
        size_t length = key->documentation != NULL ? strlen(key->documentation) : 0;

        if (length == 0 || key->documentation[length - 1] != '.')
            fail_msg("%s.%s: no sentence says what it is for", visit->path, key->name);
    }
}

static void every_key_of_x_slipway_says_what_it_is_for(void **state)
{
    (void)state;
    for_each_table_below(&schema_slipway, check_documented);
    for_each_table_below(&schema_slipway_service, check_documented);
}

static void an_entry_has_the_schema_of_its_key_or_of_free_names(void **state)
{
    const struct schema *services = schema_of_entry(&schema_compose_file, "services");
    const struct schema *environment = schema_of_entry(&schema_service, "environment");
    const struct schema *sections = schema_of_entry(&schema_slipway, "listeners");

    (void)state;
    assert_ptr_equal(schema_of_entry(services, "any.Name_1-2"), &schema_service);
    assert_null(schema_of_entry(services, "a b"));
    assert_null(schema_of_entry(services, ""));
    assert_null(schema_of_entry(services, "\xc3\xa9"));
    assert_non_null(schema_of_entry(environment, "a b"));
    assert_null(schema_of_entry(environment, ""));
    assert_null(schema_of_entry(&schema_service, "imagee"));
    assert_ptr_equal(schema_of_entry(&schema_service, "x-anything"), &schema_anything);
    assert_ptr_equal(schema_of_entry(&schema_service, "x-slipway"), &schema_slipway_service);
    assert_ptr_equal(schema_of_entry(&schema_compose_file, "x-slipway"), &schema_slipway);
    assert_null(schema_of_entry(&schema_slipway, "x-anything"));
    assert_non_null(sections);
}

static void only_names_that_begin_with_x_dash_are_extensions(void **state)
{
    (void)state;
    assert_true(schema_is_extension("x-a"));
    assert_true(schema_is_extension("x-"));
    assert_false(schema_is_extension("x"));
    assert_false(schema_is_extension("X-a"));
    assert_false(schema_is_extension("ax-"));
    assert_false(schema_is_extension(""));
}

static void the_nearest_key_is_one_or_two_slips_away(void **state)
{
    static const struct {
        const char *name;
        const char *nearest; /* NULL: none */
    } table[] = {
        {"imagee", "image"},
        {"Image", "image"},
        {"prots", "ports"},
        {"enviroment", "environment"},
        {"comand", "command"},
        {"depend_on", "depends_on"},
        {"dependson", "depends_on"},
        {"depends-on", "depends_on"},
        {"volume", "volumes"},
        {"tti", "tty"},
        {"tt", "tty"},
        {"tyy", "tty"},
        {"tabc", NULL}, /* short names: one slip */
        {"tex", NULL},
        {"abcd", NULL},
        {"imagexyz", NULL},
        {"", NULL},
        {"something_else", NULL},
    };

    (void)state;
    for (size_t i = 0; i < COUNT_OF(table); i++) {
        const char *nearest = schema_nearest_key(&schema_service, table[i].name);

        if (table[i].nearest == NULL) {
            if (nearest != NULL)
                fail_msg("%s: found %s", table[i].name, nearest);
        } else {
            fixture_assert_text(table[i].name, nearest, table[i].nearest);
        }
    }
}

static void a_key_is_nearest_to_itself(void **state)
{
    (void)state;
    for (const struct schema_key *key = schema_service.keys; key->name != NULL; key++)
        fixture_assert_text(key->name, schema_nearest_key(&schema_service, key->name), key->name);
}

static void runtimes_and_support_have_names(void **state)
{
    (void)state;
    assert_string_equal(runtime_kind_name(RUNTIME_DOCKER), "docker");
    assert_string_equal(runtime_kind_name(RUNTIME_SWARM), "swarm");
    assert_string_equal(runtime_kind_name(RUNTIME_PROCESS), "process");
    assert_string_equal(schema_support_name(SUPPORT_HONOURED), "honoured");
    assert_string_equal(schema_support_name(SUPPORT_EMULATED), "emulated");
    assert_string_equal(schema_support_name(SUPPORT_REFUSED), "refused");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        FIXTURE_TEST(every_key_is_named_once),
        FIXTURE_TEST(what_is_emulated_or_refused_says_how_or_why),
        FIXTURE_TEST(lists_have_items_and_maps_have_keys),
        FIXTURE_TEST(merge_rules_and_identities_fit_what_is_accepted),
        FIXTURE_TEST(items_have_the_key_that_tells_them_apart),
        FIXTURE_TEST(every_form_fits_what_it_accepts_and_writes),
        FIXTURE_TEST(scalars_are_accepted_where_they_can_be_converted),
        FIXTURE_TEST(choices_end_and_hold_their_default),
        FIXTURE_TEST(paths_stand_where_they_can_be_resolved),
        FIXTURE_TEST(every_key_of_x_slipway_says_what_it_is_for),
        FIXTURE_TEST(an_entry_has_the_schema_of_its_key_or_of_free_names),
        FIXTURE_TEST(only_names_that_begin_with_x_dash_are_extensions),
        FIXTURE_TEST(the_nearest_key_is_one_or_two_slips_away),
        FIXTURE_TEST(a_key_is_nearest_to_itself),
        FIXTURE_TEST(runtimes_and_support_have_names),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
