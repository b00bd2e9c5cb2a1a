/* SPDX-License-Identifier: Apache-2.0 */
#include "spec/env/template.h"

#include <string.h>

#include "spec/env/character.h"

#define NAME_SHOWN_MAX    200
#define MESSAGE_SHOWN_MAX 4000

enum token_kind {
    TOKEN_END,
    TOKEN_TEXT,
    TOKEN_VARIABLE,
    TOKEN_INVALID,
};

struct token {
    enum token_kind kind;
    const char *start; /* of the text, or of what is not valid */
    size_t length;     /* of the text, or of the name */
    const char *name;
    const char *argument; /* after the operator */
    size_t argument_length;
    char operation; /* '-', '+', '?', or 0 for none */
    bool colon;
    const char *expected; /* where kind is TOKEN_INVALID */
};

/* Walks over one text: the whole, or an argument. */
struct scanner {
    const char *next;
    const char *end;
    const char *line_end;   /* the line that last_brace was looked for in ends here */
    const char *last_brace; /* NULL when that line has none */
};

static void scanner_init(struct scanner *scanner, const char *text, size_t length)
{
    *scanner = (struct scanner){.next = text, .end = text + length};
}

/* Looked for once a line, for a line of many variables would be walked through once for each. */
static const char *last_brace_of_line(struct scanner *scanner, const char *from)
{
    size_t left = (size_t)(scanner->end - from);

    if (scanner->line_end == NULL || from >= scanner->line_end) {
        const char *line_break = memchr(from, '\n', left);

        scanner->line_end = line_break != NULL ? line_break : scanner->end;
        scanner->last_brace = memrchr(from, '}', (size_t)(scanner->line_end - from));
    }
    return scanner->last_brace != NULL && scanner->last_brace >= from ? scanner->last_brace : NULL;
}

/* The brace that closes the one before from. Each { opens one and hides the character after it,
 * as the reference has it; a variable that is left open so ends at the last brace. */
static const char *closing_brace(const char *from, const char *last_brace)
{
    size_t open = 1;

    for (const char *next = from; next <= last_brace; next++) {
        if (*next == '{') {
            open++;
            next++;
        } else if (*next == '}' && --open == 0) {
            return next;
        }
    }
    return last_brace;
}

static void scan_invalid(struct scanner *scanner, struct token *token, const char *where,
                         const char *expected)
{
    token->kind = TOKEN_INVALID;
    token->start = where;
    token->expected = expected;
    scanner->next = token->name; /* after ${, where a reader that goes on looks next */
}

static const char *skip_name(const char *next, const char *end)
{
    while (next < end && character_continues_name(*next))
        next++;
    return next;
}

/* The rest of ${NAME... from the operator on. */
static void scan_operator(struct scanner *scanner, struct token *token, const char *next)
{
    const char *last_brace;
    const char *closing;

    if (*next == ':') {
        token->colon = true;
        next++;
    }
    if (next == scanner->end || (*next != '-' && *next != '+' && *next != '?')) {
        scan_invalid(scanner, token, next,
                     token->colon ? "\"-\", \"+\" or \"?\" after the \":\""
                                  : "\"}\", \"-\", \":-\", \"+\", \":+\", \"?\" or \":?\" after "
                                    "the name of the variable");
        return;
    }
    token->operation = *next++;
    last_brace = last_brace_of_line(scanner, next);
    if (last_brace == NULL) {
        scan_invalid(scanner, token, token->start, "a \"}\" on the same line that closes this");
        return;
    }
    closing = closing_brace(next, last_brace);
    token->argument = next;
    token->argument_length = (size_t)(closing - next);
    scanner->next = closing + 1;
}

static void scan_braced(struct scanner *scanner, struct token *token)
{
    const char *next;

    token->name = token->start + 2;
    if (token->name == scanner->end || !character_starts_name(*token->name)) {
        scan_invalid(scanner, token, token->name, "the name of a variable after \"${\"");
        return;
    }
    next = skip_name(token->name, scanner->end);
    token->length = (size_t)(next - token->name);
    token->kind = TOKEN_VARIABLE;
    if (next == scanner->end)
        scan_invalid(scanner, token, token->start, "a \"}\" on the same line that closes this");
    else if (*next == '}')
        scanner->next = next + 1;
    else
        scan_operator(scanner, token, next);
}

static void scan(struct scanner *scanner, struct token *token)
{
    const char *start = scanner->next;
    const char *dollar;

    *token = (struct token){.kind = TOKEN_TEXT, .start = start};
    if (start == scanner->end) {
        token->kind = TOKEN_END;
        return;
    }
    dollar = memchr(start, '$', (size_t)(scanner->end - start));
    if (dollar == NULL)
        dollar = scanner->end;
    token->length = (size_t)(dollar - start);
    scanner->next = dollar;
    if (token->length > 0)
        return;
    if (scanner->end - start >= 2 && start[1] == '{') {
        scan_braced(scanner, token);
    } else if (scanner->end - start >= 2 && character_starts_name(start[1])) {
        token->kind = TOKEN_VARIABLE;
        token->name = start + 1;
        scanner->next = skip_name(token->name, scanner->end);
        token->length = (size_t)(scanner->next - token->name);
    } else {
        /* Both $$ and a $ before anything else are one dollar sign. */
        token->length = 1;
        scanner->next = start + 1 + (scanner->end - start >= 2 && start[1] == '$');
    }
}

/* What is being expanded. The output has room for one NUL more than capacity. */
struct expansion {
    struct arena *arena;
    const char *text; /* the whole, that offsets count from */
    const struct template_lookup *lookup;
    struct template_result *result;
    char *output;
    size_t length;
    size_t capacity;
    size_t limit;
};

static bool fail(struct expansion *expansion, enum template_failure failure, const char *where,
                 const char *message)
{
    expansion->result->failure = failure;
    expansion->result->message = message;
    expansion->result->offset = (size_t)(where - expansion->text);
    return false;
}

static bool fail_invalid(struct expansion *expansion, const struct token *token, const char *end)
{
    const char *found =
        character_describe(expansion->arena, token->start, (size_t)(end - token->start));

    if (token->start < token->name)
        return fail(expansion, TEMPLATE_INVALID, token->start,
                    arena_printf(expansion->arena,
                                 "invalid interpolation format: expected %s; write $$ for a "
                                 "literal $",
                                 token->expected));
    return fail(expansion, TEMPLATE_INVALID, token->start,
                arena_printf(expansion->arena,
                             "invalid interpolation format: expected %s, found %s; write $$ for a "
                             "literal $",
                             token->expected, found));
}

static bool append(struct expansion *expansion, const char *where, const char *text, size_t length)
{
    if (length > expansion->limit - expansion->length)
        return fail(expansion, TEMPLATE_TOO_LONG, where,
                    arena_printf(expansion->arena,
                                 "the text becomes longer than %zu bytes when its variables are "
                                 "filled in",
                                 expansion->limit));
    if (length > expansion->capacity - expansion->length) {
        size_t capacity = (expansion->length + length) * 2;

        if (capacity > expansion->limit)
            capacity = expansion->limit;
        expansion->output =
            arena_grow(expansion->arena, expansion->output, expansion->capacity + 1, capacity + 1);
        expansion->capacity = capacity;
    }
    if (length > 0)
        memcpy(expansion->output + expansion->length, text, length);
    expansion->length += length;
    return true;
}

/* How much of the text a message shows: no part of a character. */
static int clip(const char *text, size_t length, size_t maximum)
{
    if (length <= maximum)
        return (int)length;
    while (maximum > 0 && ((unsigned char)text[maximum] & 0xC0) == 0x80)
        maximum--;
    return (int)maximum;
}

static bool expand(struct expansion *expansion, const char *text, size_t length,
                   unsigned int depth);

static bool fail_required(struct expansion *expansion, const struct token *token,
                          unsigned int depth)
{
    size_t mark = expansion->length;
    int name_length = clip(token->name, token->length, NAME_SHOWN_MAX);
    const char *message;

    if (!expand(expansion, token->argument, token->argument_length, depth))
        return false;
    if (expansion->length == mark)
        message = arena_printf(expansion->arena, "required variable %.*s is missing a value",
                               name_length, token->name);
    else
        message = arena_printf(
            expansion->arena, "required variable %.*s is missing a value: %.*s", name_length,
            token->name,
            clip(expansion->output + mark, expansion->length - mark, MESSAGE_SHOWN_MAX),
            expansion->output + mark);
    return fail(expansion, TEMPLATE_REQUIRED, token->start, message);
}

static bool expand_variable(struct expansion *expansion, const struct token *token,
                            unsigned int depth)
{
    const struct template_lookup *lookup = expansion->lookup;
    size_t value_length = 0;
    const char *value = lookup->get(lookup->context, token->name, token->length, &value_length);
    bool usable = value != NULL && !(token->colon && value_length == 0);

    if (value == NULL)
        value_length = 0;
    if (token->operation != 0 && usable == (token->operation == '+')) {
        if (depth >= TEMPLATE_DEPTH_MAX)
            return fail(expansion, TEMPLATE_TOO_DEEP, token->start,
                        arena_printf(expansion->arena,
                                     "variables nest more than %d deep in each other's defaults",
                                     TEMPLATE_DEPTH_MAX));
        if (token->operation == '?')
            return fail_required(expansion, token, depth + 1);
        return expand(expansion, token->argument, token->argument_length, depth + 1);
    }
    if (value == NULL && token->operation == 0 && lookup->unset != NULL)
        lookup->unset(lookup->context, token->name, token->length);
    return append(expansion, token->start, value, value_length);
}

static bool expand(struct expansion *expansion, const char *text, size_t length, unsigned int depth)
{
    struct scanner scanner;
    struct token token;

    scanner_init(&scanner, text, length);
    for (;;) {
        bool fine = true;

        scan(&scanner, &token);
        switch (token.kind) {
        case TOKEN_END:
            return true;
        case TOKEN_TEXT:
            fine = append(expansion, token.start, token.start, token.length);
            break;
        case TOKEN_VARIABLE:
            fine = expand_variable(expansion, &token, depth);
            break;
        case TOKEN_INVALID:
            return fail_invalid(expansion, &token, scanner.end);
        }
        if (!fine)
            return false;
    }
}

bool template_substitute(struct arena *arena, const char *text, size_t length,
                         const struct template_lookup *lookup, struct template_result *ret_result)
{
    struct expansion expansion = {
        .arena = arena, .text = text, .lookup = lookup, .result = ret_result};
    size_t growth_max = lookup->growth_max > 0 ? lookup->growth_max : TEMPLATE_GROWTH_MAX;

    *ret_result = (struct template_result){.text = text, .length = length};
    if (length == 0 || memchr(text, '$', length) == NULL)
        return true;
    expansion.limit = length + growth_max;
    expansion.capacity = length;
    expansion.output = arena_alloc(arena, length + 1);
    if (!expand(&expansion, text, length, 0)) {
        ret_result->text = NULL;
        ret_result->length = 0;
        return false;
    }
    expansion.output[expansion.length] = '\0';
    ret_result->text = expansion.output;
    ret_result->length = expansion.length;
    return true;
}

static void visit_variables(const char *text, size_t length, template_variable_function visit,
                            void *context, unsigned int depth)
{
    struct scanner scanner;
    struct token token;

    scanner_init(&scanner, text, length);
    for (scan(&scanner, &token); token.kind != TOKEN_END; scan(&scanner, &token)) {
        struct template_variable variable = {.name = token.name, .name_length = token.length};

        if (token.kind != TOKEN_VARIABLE)
            continue;
        if (token.operation == '-') {
            variable.default_text = token.argument;
            variable.default_length = token.argument_length;
        } else if (token.operation == '+') {
            variable.alternative = token.argument;
            variable.alternative_length = token.argument_length;
        } else if (token.operation == '?') {
            variable.required = true;
            variable.message = token.argument;
            variable.message_length = token.argument_length;
        }
        visit(context, &variable);
        if (token.operation != 0 && depth < TEMPLATE_DEPTH_MAX)
            visit_variables(token.argument, token.argument_length, visit, context, depth + 1);
    }
}

void template_variables(const char *text, size_t length, template_variable_function visit,
                        void *context)
{
    if (length > 0 && memchr(text, '$', length) != NULL)
        visit_variables(text, length, visit, context, 0);
}

static void keep_first(const char **kept, size_t *kept_length, const char *text, size_t length)
{
    if (*kept_length == 0 && text != NULL) {
        *kept = text;
        *kept_length = length;
    }
}

static void collect_variable(void *context, const struct template_variable *variable)
{
    struct hashmap *variables = context;
    struct template_variable *known = hashmap_get(variables, variable->name, variable->name_length);

    if (known == NULL) {
        known = arena_new(variables->arena, struct template_variable);
        *known = *variable;
        hashmap_put(variables, variable->name, variable->name_length, known);
        return;
    }
    known->required = known->required || variable->required;
    keep_first(&known->default_text, &known->default_length, variable->default_text,
               variable->default_length);
    keep_first(&known->alternative, &known->alternative_length, variable->alternative,
               variable->alternative_length);
    keep_first(&known->message, &known->message_length, variable->message,
               variable->message_length);
}

void template_collect_variables(struct hashmap *variables, const char *text, size_t length)
{
    template_variables(text, length, collect_variable, variables);
}
