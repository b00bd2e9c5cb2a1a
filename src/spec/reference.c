/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Each map of the tables becomes a section: its keys, what they hold, what they are when not given
 * and what they are for. A map that stands in two places is described once.
 */
#include "spec/reference.h"

#include <string.h>

#include "base/hashmap.h"
#include "spec/schema.h"
#include "spec/shape.h"

enum style {
    STYLE_MARKDOWN,
    STYLE_SCDOC,
};

struct writer {
    struct arena *arena;
    struct strbuf *out;
    enum style style;
    struct hashmap described; /* address of a schema to the path of its section */
};

static void write_text(struct writer *writer, const char *text)
{
    const char *special = writer->style == STYLE_MARKDOWN ? "|*_<" : "\\*_#[]|~<>";

    for (; *text != '\0'; text++) {
        if (strchr(special, *text) != NULL)
            strbuf_append_char(writer->out, '\\');
        strbuf_append_char(writer->out, *text);
    }
}

static const char *address_key(struct writer *writer, const struct schema *schema)
{
    return arena_printf(writer->arena, "%p", (const void *)schema);
}

/* The map that a value is, or holds as items or under free names; NULL where there is none. The
 * path gains what leads there. */
static const struct schema *inner_map(struct writer *writer, const struct schema *schema,
                                      const char **path)
{
    while (schema != NULL && schema->keys == NULL) {
        if (schema->items != NULL && (schema->accepts & ACCEPT_LIST) != 0) {
            *path = arena_printf(writer->arena, "%s[]", *path);
            schema = schema->items;
        } else if (schema->values != NULL) {
            *path = arena_printf(writer->arena, "%s.NAME", *path);
            schema = schema->values;
        } else {
            return NULL;
        }
    }
    return schema;
}

static void write_holds(struct writer *writer, const struct schema_key *key, const char *path)
{
    const char *inner_path = path;
    const struct schema *inner = inner_map(writer, key->schema, &inner_path);
    const char *described;

    if ((key->flags & KEY_NOT_YET) != 0) {
        strbuf_append_string(writer->out, "not supported yet");
        return;
    }
    write_text(writer, shape_expected_text(writer->arena, key->schema));
    if ((key->flags & KEY_REQUIRED) != 0)
        strbuf_append_string(writer->out, "; must be given");
    if (key->schema->default_text != NULL) {
        strbuf_append_string(writer->out, "; ");
        write_text(writer, key->schema->default_text);
        strbuf_append_string(writer->out, " when not given");
    }
    if (inner == NULL)
        return;
    described = hashmap_get(&writer->described, address_key(writer, inner),
                            strlen(address_key(writer, inner)));
    if (described != NULL && strcmp(described, inner_path) != 0) {
        strbuf_append_string(writer->out, ", as ");
        write_text(writer, described);
    }
}

static void write_key(struct writer *writer, const struct schema_key *key, const char *path)
{
    const char *here = arena_printf(writer->arena, "%s.%s", path, key->name);

    if (writer->style == STYLE_MARKDOWN)
        strbuf_printf(writer->out, "| `%s` | ", key->name);
    else
        strbuf_printf(writer->out, "*%s*: ", key->name);
    write_holds(writer, key, here);
    strbuf_append_string(writer->out, writer->style == STYLE_MARKDOWN ? " | " : "\n\t");
    if (key->documentation != NULL)
        write_text(writer, key->documentation);
    strbuf_append_string(writer->out, writer->style == STYLE_MARKDOWN ? " |\n" : "\n\n");
}

static void write_map(struct writer *writer, const struct schema *schema, const char *path)
{
    const char *address = address_key(writer, schema);

    if (hashmap_has(&writer->described, address, strlen(address)))
        return;
    hashmap_put(&writer->described, address, strlen(address), arena_strdup(writer->arena, path));
    if (writer->style == STYLE_MARKDOWN)
        strbuf_printf(writer->out, "\n## `%s`\n\n| key | holds | what it is for |\n|---|---|---|\n",
                      path);
    else
        strbuf_printf(writer->out, "\n# %s\n\n", path);
    for (const struct schema_key *key = schema->keys; key->name != NULL; key++)
        if ((key->flags & KEY_INTERNAL) == 0)
            write_key(writer, key, path);
    for (const struct schema_key *key = schema->keys; key->name != NULL; key++) {
        const char *inner_path = arena_printf(writer->arena, "%s.%s", path, key->name);
        const struct schema *inner = inner_map(writer, key->schema, &inner_path);

        if (inner != NULL)
            write_map(writer, inner, inner_path);
    }
}

static const char introduction[] =
    "x-slipway stands at the top of a Compose file and in its services. Other programs that read "
    "Compose files pass over it. Mistakes in it are reported as those in Compose's own keys are. "
    "Variables are put in as everywhere in the file. When several files are given, a rule of the "
    "same name and a target of the same address replace the earlier one; other rules and targets "
    "are added.";

static const char example[] =
    "services:\n"
    "  api:\n"
    "    image: registry.example.com/api:1.4\n"
    "    expose: [8000]\n"
    "    deploy: {replicas: 3}\n"
    "\n"
    "x-slipway:\n"
    "  listeners:\n"
    "    web:\n"
    "      address: \":443\"\n"
    "      protocol: https\n"
    "      certificates: [{cert: cert.pem, key: key.pem}]\n"
    "      trusted: [10.0.0.0/8]\n"
    "      rules:\n"
    "        - name: api\n"
    "          when: {host: [api.example.com], path: [\"/hello/*\"]}\n"
    "          forward: api\n"
    "        - name: old\n"
    "          when: {path: [\"/old/*\"]}\n"
    "          redirect: {location: \"https://#{host}/new\", status: 301}\n"
    "      default: {respond: {status: 404, body: \"nothing here\"}}\n"
    "  target_groups:\n"
    "    api:\n"
    "      service: api\n"
    "      port: 8000\n"
    "      algorithm: least_outstanding\n"
    "      health: {path: /healthz, interval: 5s, timeout: 2s}\n"
    "      drain: 30s\n"
    "    legacy:\n"
    "      targets: [\"10.0.0.7:9001\", {address: \"unix:/run/x.sock\", "
    "weight: 50}]\n"
    "      health: {protocol: tcp}\n";

/* A file in full, as it would be written. */
static void write_example(struct writer *writer)
{
    strbuf_printf(writer->out, "\n```%s\n", writer->style == STYLE_MARKDOWN ? "yaml" : "");
    for (const char *text = example; *text != '\0'; text++) {
        if (writer->style == STYLE_SCDOC && *text == '\\')
            strbuf_append_char(writer->out, '\\');
        strbuf_append_char(writer->out, *text);
    }
    strbuf_append_string(writer->out, "```\n");
}

static void write_all(struct arena *arena, struct strbuf *out, enum style style)
{
    struct writer writer = {.arena = arena, .out = out, .style = style};

    hashmap_init(&writer.described, arena);
    write_text(&writer, introduction);
    strbuf_append_char(out, '\n');
    write_example(&writer);
    write_map(&writer, &schema_slipway, "x-slipway");
    write_map(&writer, &schema_slipway_service, "services.NAME.x-slipway");
}

void reference_write_markdown(struct arena *arena, struct strbuf *out)
{
    strbuf_append_string(out, "<!-- Written by `script/docs` from src/spec/schema_slipway.c. -->\n"
                              "# x-slipway\n\n");
    write_all(arena, out, STYLE_MARKDOWN);
}

void reference_write_scdoc(struct arena *arena, struct strbuf *out)
{
    strbuf_printf(
        out,
        "x-slipway(5) \"slipway %s\"\n\n# NAME\n\nx-slipway - what Slipway adds to Compose "
        "files\n\n# DESCRIPTION\n\n",
        SLIPWAY_VERSION);
    write_all(arena, out, STYLE_SCDOC);
    strbuf_append_string(out, "\n# SEE ALSO\n\n*slipway*(1), *slipway-config*(1)\n");
}
