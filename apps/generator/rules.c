/* SPDX-License-Identifier: Apache-2.0 */
#include "rules.h"

#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <unistr.h>

#include "rules_priv.h"

struct rules {
    char *text; /* the pieces of the rules point into it */
    size_t count;
    struct rule rules[RULES_MAX];
};

const char *const rule_subject_names[RULE_SUBJECT_COUNT] = {
    [RULE_INTEGER] = "integer",
    [RULE_NUMBER] = "number",
    [RULE_PRODUCT] = "product",
    [RULE_NAME] = "rule",
};

void rules_problem(struct rules_reader *reader, const char *format, ...)
{
    va_list arguments;

    reader->problem_count++;
    if (reader->problem_count > RULES_PROBLEMS_MAX)
        return;
    (void)fprintf(reader->problems, "%s:%zu: ", reader->file_name, reader->line);
    va_start(arguments, format);
    (void)vfprintf(reader->problems, format, arguments);
    va_end(arguments);
    (void)fputc('\n', reader->problems);
}

struct slice slice_trim(struct slice slice)
{
    while (slice.length > 0 && slice.start[0] == ' ') {
        slice.start++;
        slice.length--;
    }
    while (slice.length > 0 && slice.start[slice.length - 1] == ' ')
        slice.length--;
    return slice;
}

bool slice_equals(struct slice slice, const char *text)
{
    return slice.length == strlen(text) && memcmp(slice.start, text, slice.length) == 0;
}

bool slice_cut(struct slice *rest, const char *separator, struct slice *ret_head)
{
    size_t size = strlen(separator);
    const char *found = memmem(rest->start, rest->length, separator, size);
    struct slice head = *rest;

    if (found == NULL) {
        rest->start += rest->length;
        rest->length = 0;
    } else {
        head.length = (size_t)(found - rest->start);
        rest->start += head.length + size;
        rest->length -= head.length + size;
    }
    *ret_head = head;
    return found != NULL;
}

/* Small letters, digits, "-" and "_": they are shown, logged and kept as they are. */
static bool is_name(struct slice name)
{
    static const char allowed[] = "abcdefghijklmnopqrstuvwxyz0123456789-_";

    for (size_t i = 0; i < name.length; i++) {
        if (memchr(allowed, name.start[i], sizeof(allowed) - 1) == NULL)
            return false;
    }
    return name.length > 0 && name.length <= RULES_NAME_MAX;
}

static void check_name(struct rules_reader *reader, const struct rules *rules, struct slice name)
{
    if (!is_name(name)) {
        rules_problem(reader, "the name \"%.*s\" is not 1 to %d of a-z, 0-9, \"-\" and \"_\"",
                      SLICE_ARGUMENTS(name), RULES_NAME_MAX);
        return;
    }
    for (size_t i = 0; i < rules->count; i++) {
        if (slice_equals(name, rules->rules[i].name)) {
            rules_problem(reader, "the name \"%s\" is that of line %zu already",
                          rules->rules[i].name, rules->rules[i].line);
            return;
        }
    }
}

/* NAME: CONDITIONS => TEXT */
static void read_rule(struct rules_reader *reader, struct rules *rules, struct slice line)
{
    struct rule *rule = &rules->rules[rules->count];
    struct slice head;
    struct slice name;

    if (!slice_cut(&line, "=>", &head)) {
        rules_problem(reader, "there is no \"=>\": a rule is NAME: CONDITIONS => TEXT");
        return;
    }
    if (!slice_cut(&head, ":", &name)) {
        rules_problem(reader, "there is no \":\": a rule is NAME: CONDITIONS => TEXT");
        return;
    }
    if (rules->count == RULES_MAX) {
        rules_problem(reader, "there are more than %d rules", RULES_MAX);
        return;
    }
    name = slice_trim(name);
    check_name(reader, rules, name);
    rule->line = reader->line;
    if (name.length <= RULES_NAME_MAX)
        memcpy(rule->name, name.start, name.length);
    if (rules->count > 0 && rules->rules[rules->count - 1].condition_count == 0)
        rules_problem(reader, "this is never reached: line %zu holds always",
                      rules->rules[rules->count - 1].line);
    rules_read_conditions(reader, head, rule);
    rules_read_outcome(reader, slice_trim(line), rule);
    rules->count++;
}

static void read_line(struct rules_reader *reader, struct rules *rules, struct slice line)
{
    if (line.length > 0 && line.start[line.length - 1] == '\r')
        line.length--;
    if (line.length > RULES_LINE_MAX) {
        rules_problem(reader, "the line is longer than %d bytes", RULES_LINE_MAX);
        return;
    }
    if (u8_check((const uint8_t *)line.start, line.length) != NULL) {
        rules_problem(reader, "the line is not UTF-8");
        return;
    }
    for (size_t i = 0; i < line.length; i++) {
        unsigned char byte = (unsigned char)line.start[i];

        if (byte < ' ' || byte == '\x7f') {
            rules_problem(reader, "there is a control character in the line");
            return;
        }
    }
    line = slice_trim(line);
    if (line.length > 0 && line.start[0] != '#')
        read_rule(reader, rules, line);
}

static void read_all(struct rules_reader *reader, struct rules *rules, struct slice text)
{
    while (text.length > 0) {
        struct slice line = {0};

        (void)slice_cut(&text, "\n", &line);
        reader->line++;
        read_line(reader, rules, line);
    }
    /* Only where nothing else is wrong: a rule with a problem can be the one that is missed. */
    if (reader->problem_count > 0)
        return;
    if (reader->line == 0)
        reader->line = 1;
    if (rules->count == 0)
        rules_problem(reader, "there is no rule in the file");
    else if (rules->rules[rules->count - 1].condition_count > 0)
        rules_problem(reader, "the last rule has to hold always: add \"else: always => TEXT\"");
}

struct rules *rules_parse(const char *file_name, const char *text, size_t size, FILE *problems)
{
    struct rules_reader reader = {.file_name = file_name, .problems = problems};
    struct rules *rules = calloc(1, sizeof(struct rules));

    if (rules != NULL)
        rules->text = malloc(size + 1);
    if (rules == NULL || rules->text == NULL) {
        (void)fprintf(problems, "%s: out of memory\n", file_name);
        return rules_free(rules);
    }
    memcpy(rules->text, text, size);
    for (size_t i = 0; i < size; i++) {
        if (rules->text[i] == '\t')
            rules->text[i] = ' ';
    }
    read_all(&reader, rules, (struct slice){rules->text, size});
    if (reader.problem_count > RULES_PROBLEMS_MAX)
        (void)fprintf(problems, "%s: %zu more problems are not shown\n", file_name,
                      reader.problem_count - RULES_PROBLEMS_MAX);
    return reader.problem_count > 0 ? rules_free(rules) : rules;
}

struct rules *rules_load(const char *path, FILE *problems)
{
    struct rules *rules = NULL;
    char *text = malloc(RULES_FILE_MAX + 1);
    FILE *file = text == NULL ? NULL : fopen(path, "re");
    size_t size = file == NULL ? 0 : fread(text, 1, RULES_FILE_MAX + 1, file);

    if (file == NULL || ferror(file))
        (void)fprintf(problems, "%s: cannot be read: %m\n", path);
    else if (size > RULES_FILE_MAX)
        (void)fprintf(problems, "%s: is larger than %zu bytes\n", path, RULES_FILE_MAX);
    else
        rules = rules_parse(path, text, size, problems);
    if (file != NULL)
        (void)fclose(file);
    free(text);
    return rules;
}

struct rules *rules_free(struct rules *rules)
{
    if (rules != NULL)
        free(rules->text);
    free(rules);
    return NULL;
}

size_t rules_count(const struct rules *rules)
{
    return rules->count;
}

static bool holds(const struct rule *rule, const struct rules_input *input)
{
    for (size_t i = 0; i < rule->condition_count; i++) {
        if (!rules_condition_holds(&rule->conditions[i], input))
            return false;
    }
    return true;
}

char *rules_decide(const struct rules *rules, const struct rules_input *input,
                   const char **ret_rule)
{
    const struct rule *rule = rules->rules;
    char *outcome;

    while (!holds(rule, input))
        rule++; /* it ends: the last one holds always */
    outcome = rules_make_outcome(rule, input);
    if (outcome != NULL)
        *ret_rule = rule->name;
    return outcome;
}
