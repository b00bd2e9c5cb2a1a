/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The events of one document build one tree. Open lists and maps stand on an explicit stack, so the
 * depth of the text never becomes depth of the C stack:
 *
 *     scalar, alias        -> attach to the open container
 *     list start, map start -> push
 *     list end, map end     -> pop, merge "<<" into a map, attach
 *
 * A syntax error ends the reading of the text; what was complete before is not used either.
 */
#include "spec/reader.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <yaml.h>

#include "base/hashmap.h"
#include "base/text.h"
#include "spec/scalar/number.h"

struct frame {
    struct value *container;
    const char *anchor;
    struct value *merges; /* list of maps to merge, in order; NULL when there is no "<<" */
    const char *key;      /* of the entry that waits for its value; NULL when a key comes next */
    uint32_t key_length;
    struct mark key_mark;
    bool key_is_merge;
    bool key_refused;
};

struct reader {
    struct arena *arena;
    struct diagnostics *diagnostics;
    uint32_t source;
    struct hashmap anchors;
    struct frame frames[READER_DEPTH_MAX];
    uint32_t depth;
    uint32_t alias_nodes;
    struct value *root;
    struct mark end;
    bool failed;  /* something is wrong with the text */
    bool stopped; /* so wrong that reading on makes no sense */
};

void reader_deinit(struct reader_library *library)
{
    if (library->event != NULL) {
        yaml_event_delete(library->event);
        free(library->event);
        library->event = NULL;
    }
    if (library->parser != NULL) {
        yaml_parser_delete(library->parser);
        free(library->parser);
        library->parser = NULL;
    }
}

static const char too_deep[] = "lists and maps are nested more than 100 deep";

static struct mark mark_of(const struct reader *reader, yaml_mark_t mark)
{
    return (struct mark){
        .source = reader->source,
        .line = (uint32_t)mark.line + 1,
        .column = (uint32_t)mark.column + 1,
    };
}

static void stop(struct reader *reader, struct mark mark, const char *hint, const char *message)
{
    diagnostics_error(reader->diagnostics, mark, 1, NULL, hint, "%s", message);
    reader->failed = true;
    reader->stopped = true;
}

/* Scalars */

static struct value *plain_scalar(struct reader *reader, const char *text, size_t length,
                                  struct mark mark)
{
    struct number number = number_resolve(text, length);

    switch (number.kind) {
    case VALUE_NULL:
        return value_new(reader->arena, VALUE_NULL, mark);
    case VALUE_BOOL:
        return value_new_bool(reader->arena, number.boolean, mark);
    case VALUE_INTEGER:
        return value_new_integer(reader->arena, number.integer, mark);
    case VALUE_REAL:
        return value_new_real(reader->arena, number.real, mark);
    default:
        return value_new_string(reader->arena, text, length, mark);
    }
}

static bool tag_is(const char *tag, const char *name)
{
    static const char prefix[] = "tag:yaml.org,2002:";

    return tag != NULL && strncmp(tag, prefix, sizeof(prefix) - 1) == 0 &&
           strcmp(tag + sizeof(prefix) - 1, name) == 0;
}

/* What a tag asks for when files are merged. A slip in one of the two names would give another
 * project without a word, so tags that mean nothing here are refused. */
static uint8_t merge_tag_of(struct reader *reader, const yaml_char_t *text, struct mark mark)
{
    const char *tag = (const char *)text;
    const char *hint = NULL;

    if (tag == NULL || tag[0] != '!' || tag[1] == '\0')
        return VALUE_TAG_NONE;
    if (strcmp(tag, "!reset") == 0)
        return VALUE_TAG_RESET;
    if (strcmp(tag, "!override") == 0)
        return VALUE_TAG_OVERRIDE;
    if (text_edit_distance(tag, "!reset", 2) <= 2)
        hint = "did you mean !reset?";
    else if (text_edit_distance(tag, "!override", 2) <= 2)
        hint = "did you mean !override?";
    diagnostics_error(reader->diagnostics, mark, (uint32_t)strlen(tag), NULL, hint,
                      "the tag %s is unknown: Compose has !reset and !override", tag);
    reader->failed = true;
    return VALUE_TAG_NONE;
}

static struct value *scalar_of(struct reader *reader, const yaml_event_t *event)
{
    const char *text = (const char *)event->data.scalar.value;
    size_t length = event->data.scalar.length;
    const char *tag = (const char *)event->data.scalar.tag;
    struct mark mark = mark_of(reader, event->start_mark);
    struct value *value;

    if (memchr(text, '\0', length) != NULL) {
        diagnostics_error(reader->diagnostics, mark, 1, NULL, "remove the \\0 from the text",
                          "a NUL character is not allowed in a value");
        reader->failed = true;
        length = strlen(text);
    }
    if (event->data.scalar.style == YAML_PLAIN_SCALAR_STYLE && !tag_is(tag, "str") &&
        !tag_is(tag, "binary")) {
        value = plain_scalar(reader, text, length, mark);
    } else if (tag_is(tag, "int") || tag_is(tag, "float") || tag_is(tag, "bool") ||
               tag_is(tag, "null")) {
        value = plain_scalar(reader, text, length, mark);
    } else {
        value = value_new_string(reader->arena, text, length, mark);
        value->quoted = true;
        value->block = event->data.scalar.style == YAML_LITERAL_SCALAR_STYLE ||
                       event->data.scalar.style == YAML_FOLDED_SCALAR_STYLE;
    }
    value->tag = merge_tag_of(reader, event->data.scalar.tag, mark);
    return value;
}

/* Containers */

static struct frame *top(struct reader *reader)
{
    return reader->depth > 0 ? &reader->frames[reader->depth - 1] : NULL;
}

static void refuse_key(struct reader *reader, struct frame *frame, const char *hint,
                       const char *message)
{
    diagnostics_error(reader->diagnostics, frame->key_mark, frame->key_length, NULL, hint, "%s",
                      message);
    reader->failed = true;
    frame->key_refused = true;
}

/* A scalar that stands where a key is expected. */
static void begin_entry(struct reader *reader, const yaml_event_t *event)
{
    struct frame *frame = top(reader);
    bool plain = event->data.scalar.style == YAML_PLAIN_SCALAR_STYLE;
    struct mark mark = mark_of(reader, event->start_mark);
    struct value *key = scalar_of(reader, event);

    frame->key = arena_strndup(reader->arena, (const char *)event->data.scalar.value,
                               event->data.scalar.length);
    frame->key_length = (uint32_t)strlen(frame->key);
    frame->key_mark = mark;
    frame->key_refused = false;
    frame->key_is_merge = plain && strcmp(frame->key, "<<") == 0;
    if (key->kind != VALUE_STRING) {
        refuse_key(reader, frame, "put it in quotes",
                   arena_printf(reader->arena, "the key %s is not a string",
                                *frame->key != '\0' ? frame->key : "without a name"));
    } else if (!frame->key_is_merge) {
        const struct value_entry *earlier =
            value_map_find(frame->container, frame->key, frame->key_length);

        if (earlier != NULL)
            refuse_key(reader, frame,
                       arena_printf(reader->arena, "it stands in line %u already; remove one",
                                    earlier->mark.line),
                       arena_printf(reader->arena,
                                    "the key \"%s\" is written twice in the same map", frame->key));
    }
}

static void add_merge(struct reader *reader, struct frame *frame, struct value *value)
{
    struct arena *arena = reader->arena;

    if (frame->merges != NULL) {
        refuse_key(reader, frame, "write one \"<<\" with a list: <<: [*a, *b]",
                   "the key \"<<\" is written twice in the same map");
        return;
    }
    if (frame->merges == NULL)
        frame->merges = value_new(arena, VALUE_LIST, value->mark);
    if (value->kind == VALUE_MAP) {
        value_list_append(arena, frame->merges, value);
        return;
    }
    if (value->kind == VALUE_LIST) {
        for (uint32_t i = 0; i < value->list.count; i++)
            if (value->list.items[i]->kind != VALUE_MAP)
                goto refused;
        for (uint32_t i = 0; i < value->list.count; i++)
            value_list_append(arena, frame->merges, value->list.items[i]);
        return;
    }
refused:
    diagnostics_error(reader->diagnostics, frame->key_mark, 2, NULL, NULL,
                      "\"<<\" merges a map or a list of maps, not %s",
                      value_kind_name(value->kind));
    reader->failed = true;
}

/* Gives a complete value to the container that waits for it. */
static void attach(struct reader *reader, struct value *value)
{
    struct frame *frame = top(reader);

    if (frame == NULL) {
        reader->root = value;
        return;
    }
    if (frame->container->kind == VALUE_LIST) {
        /* Nothing earlier can be removed from a list by position: the item alone goes away. */
        if (value->tag != VALUE_TAG_RESET)
            value_list_append(reader->arena, frame->container, value);
        return;
    }
    if (frame->key_is_merge)
        add_merge(reader, frame, value);
    else if (!frame->key_refused)
        value_map_put(reader->arena, frame->container, frame->key, frame->key_length,
                      frame->key_mark, value);
    frame->key = NULL;
}

static void name_anchor(struct reader *reader, const char *anchor, struct value *value)
{
    if (anchor != NULL)
        hashmap_put(&reader->anchors, anchor, strlen(anchor), value);
}

static void open_container(struct reader *reader, enum value_kind kind, const yaml_event_t *event,
                           const yaml_char_t *anchor, const yaml_char_t *tag)
{
    struct mark mark = mark_of(reader, event->start_mark);
    struct frame *frame = top(reader);

    if (frame != NULL && frame->container->kind == VALUE_MAP && frame->key == NULL) {
        stop(reader, mark, NULL, "a list or a map cannot be a key");
        return;
    }
    if (reader->depth == READER_DEPTH_MAX) {
        stop(reader, mark, NULL, too_deep);
        return;
    }
    frame = &reader->frames[reader->depth++];
    *frame = (struct frame){.container = value_new(reader->arena, kind, mark)};
    frame->container->tag = merge_tag_of(reader, tag, mark);
    if (anchor != NULL) {
        frame->anchor = arena_strdup(reader->arena, (const char *)anchor);
        /* Until the container is complete its anchor names nothing, so it cannot hold itself. */
        name_anchor(reader, frame->anchor, NULL);
    }
}

/* Keys written in the map win over merged ones, earlier merged maps over later ones. */
static void merge_into(struct reader *reader, struct value *map, const struct value *merges)
{
    for (uint32_t i = 0; i < merges->list.count; i++) {
        const struct value *merged = merges->list.items[i];

        for (uint32_t j = 0; j < merged->map.count; j++) {
            const struct value_entry *entry = &merged->map.entries[j];

            if (value_map_find(map, entry->key, entry->key_length) == NULL)
                value_map_put(reader->arena, map, entry->key, entry->key_length, entry->mark,
                              entry->value);
        }
    }
}

static void close_container(struct reader *reader)
{
    struct frame *frame = top(reader);
    struct value *container = frame->container;

    if (frame->merges != NULL)
        merge_into(reader, container, frame->merges);
    name_anchor(reader, frame->anchor, container);
    reader->depth--;
    attach(reader, container);
}

struct extent {
    uint64_t nodes;
    uint32_t height;
};

/* depth: how many lists and maps stand around the value. */
static void measure(const struct value *value, uint32_t depth, struct extent *extent)
{
    if (value->kind == VALUE_LIST || value->kind == VALUE_MAP)
        depth++;
    extent->nodes++;
    if (depth > extent->height)
        extent->height = depth;
    for (uint32_t i = 0; i < value_list_count(value); i++)
        measure(value->list.items[i], depth, extent);
    for (uint32_t i = 0; i < value_map_count(value); i++)
        measure(value->map.entries[i].value, depth, extent);
}

static void expand_alias(struct reader *reader, const yaml_event_t *event)
{
    const char *anchor = (const char *)event->data.alias.anchor;
    struct mark mark = mark_of(reader, event->start_mark);
    struct value *named = hashmap_get(&reader->anchors, anchor, strlen(anchor));
    struct extent extent = {0};

    if (named == NULL) {
        bool open = hashmap_has(&reader->anchors, anchor, strlen(anchor));

        stop(reader, mark, NULL,
             arena_printf(reader->arena,
                          open ? "the alias *%s stands inside the value that it names"
                               : "the alias *%s names no anchor above it",
                          anchor));
        return;
    }
    measure(named, 0, &extent);
    if (reader->depth + extent.height > READER_DEPTH_MAX) {
        stop(reader, mark, NULL, too_deep);
        return;
    }
    if (extent.nodes > READER_ALIAS_NODES_MAX - reader->alias_nodes) {
        stop(reader, mark, "write the repeated parts as extends or in files of their own",
             "the aliases of this file expand to more than 1000000 values");
        return;
    }
    reader->alias_nodes += (uint32_t)extent.nodes;
    attach(reader, value_copy(reader->arena, named));
}

static void take_scalar(struct reader *reader, const yaml_event_t *event)
{
    struct frame *frame = top(reader);
    struct value *value;

    if (frame != NULL && frame->container->kind == VALUE_MAP && frame->key == NULL) {
        begin_entry(reader, event);
        if (event->data.scalar.anchor != NULL)
            name_anchor(reader, (const char *)event->data.scalar.anchor, scalar_of(reader, event));
        return;
    }
    value = scalar_of(reader, event);
    name_anchor(reader, (const char *)event->data.scalar.anchor, value);
    attach(reader, value);
}

/* An alias may stand as a key when it names a scalar; that is rare enough to be refused. */
static void take_alias(struct reader *reader, const yaml_event_t *event)
{
    struct frame *frame = top(reader);

    if (frame != NULL && frame->container->kind == VALUE_MAP && frame->key == NULL)
        stop(reader, mark_of(reader, event->start_mark), "write the key out",
             "an alias cannot be a key");
    else
        expand_alias(reader, event);
}

static void take_event(struct reader *reader, const yaml_event_t *event)
{
    switch (event->type) {
    case YAML_SCALAR_EVENT:
        take_scalar(reader, event);
        break;
    case YAML_ALIAS_EVENT:
        take_alias(reader, event);
        break;
    case YAML_SEQUENCE_START_EVENT:
        open_container(reader, VALUE_LIST, event, event->data.sequence_start.anchor,
                       event->data.sequence_start.tag);
        break;
    case YAML_MAPPING_START_EVENT:
        open_container(reader, VALUE_MAP, event, event->data.mapping_start.anchor,
                       event->data.mapping_start.tag);
        break;
    case YAML_SEQUENCE_END_EVENT:
    case YAML_MAPPING_END_EVENT:
        close_container(reader);
        break;
    default:
        break;
    }
}

/* libyaml's words, with what helps most in Compose files. */
static void report_syntax(struct reader *reader, const yaml_parser_t *parser)
{
    struct mark mark = mark_of(reader, parser->problem_mark);
    const char *problem = parser->problem != NULL ? parser->problem : "the text is not YAML";
    const char *hint = NULL;

    /* Where its scanner of tags gets no memory, libyaml fails without saying why. */
    if (parser->error == YAML_MEMORY_ERROR || parser->error == YAML_NO_ERROR) {
        stop(reader, (struct mark){.source = reader->source}, NULL, "out of memory");
        return;
    }
    if (parser->error == YAML_READER_ERROR) {
        mark = (struct mark){.source = reader->source};
        stop(reader, mark, "save the file as UTF-8 text",
             arena_printf(reader->arena, "not readable as UTF-8 text at byte %zu: %s",
                          parser->problem_offset, problem));
        return;
    }
    if (strstr(problem, "cannot start any token") != NULL)
        hint = "YAML is indented with spaces, and values that begin with a sign such as @ or ` "
               "need quotes";
    else if (strstr(problem, "mapping values are not allowed") != NULL)
        hint = "put a value that contains \": \" in quotes, or check the indentation";
    else if (strstr(problem, "did not find expected key") != NULL ||
             strstr(problem, "did not find expected '-'") != NULL ||
             strstr(problem, "could not find expected ':'") != NULL)
        hint = "check the indentation of this line and the ones above";
    stop(reader, mark, hint,
         arena_printf(reader->arena, "%s%s%s", problem, parser->context != NULL ? " " : "",
                      parser->context != NULL ? parser->context : ""));
}

static void read_events(struct reader *reader, struct reader_library *library,
                        struct value *documents)
{
    yaml_parser_t *parser = library->parser;
    yaml_event_t *event = library->event;

    while (!reader->stopped) {
        yaml_event_type_t type;

        memset(event, 0, sizeof(*event));
        if (yaml_parser_parse(parser, event) == 0) {
            report_syntax(reader, parser);
            return;
        }
        type = event->type;
        if (type == YAML_DOCUMENT_START_EVENT) {
            hashmap_init(&reader->anchors, reader->arena);
            reader->root = NULL;
        }
        take_event(reader, event);
        if (type == YAML_DOCUMENT_END_EVENT && reader->root != NULL &&
            reader->root->kind != VALUE_NULL)
            value_list_append(reader->arena, documents, reader->root);
        yaml_event_delete(event);
        if (type == YAML_STREAM_END_EVENT || type == YAML_NO_EVENT)
            return;
    }
}

static bool start_library(struct reader_library *library)
{
    reader_deinit(library);
    library->event = calloc(1, sizeof(yaml_event_t));
    library->parser = calloc(1, sizeof(yaml_parser_t));
    if (library->event == NULL || library->parser == NULL ||
        yaml_parser_initialize(library->parser) == 0) {
        free(library->parser);
        library->parser = NULL;
        return false;
    }
    return true;
}

bool reader_read(struct reader_library *library, struct arena *arena,
                 struct diagnostics *diagnostics, uint32_t source, struct documents *ret_documents)
{
    struct reader *reader = arena_new(arena, struct reader);
    const struct source *text = &diagnostics->sources->items[source];
    struct value *documents = value_new(arena, VALUE_LIST, (struct mark){.source = source});

    reader->arena = arena;
    reader->diagnostics = diagnostics;
    reader->source = source;
    hashmap_init(&reader->anchors, arena);
    if (!start_library(library)) {
        stop(reader, (struct mark){.source = source}, NULL, "out of memory");
    } else {
        yaml_parser_set_input_string(library->parser, (const unsigned char *)text->text,
                                     text->size);
        yaml_parser_set_encoding(library->parser, YAML_UTF8_ENCODING);
        read_events(reader, library, documents);
    }
    reader_deinit(library);
    ret_documents->items = documents->list.items;
    ret_documents->count = documents->list.count;
    return !reader->failed;
}
