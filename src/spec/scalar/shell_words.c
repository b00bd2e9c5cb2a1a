/* SPDX-License-Identifier: Apache-2.0 */
#include "spec/scalar/shell_words.h"

#include <string.h>

#include "spec/scalar/complaint.h"

#define SHELL_WORDS_CAPACITY_MIN 8

enum shell_mode {
    SHELL_MODE_PLAIN,
    SHELL_MODE_SINGLE,   /* '...' */
    SHELL_MODE_DOUBLE,   /* "..." */
    SHELL_MODE_BACKTICK, /* `...` */
    SHELL_MODE_DOLLAR,   /* $(...) */
};

/* All words stand in one buffer as long as the text: no word is longer than what it is read from,
 * and the NUL behind it takes the place of what separates it from the next. */
struct shell_scanner {
    struct arena *arena;
    struct shell_words words;
    size_t capacity;
    char *word; /* start of the current one */
    char *out;
    enum shell_mode mode;
    bool in_word; /* a quoted word may be empty */
    bool escaped;
    bool done; /* at an operator */
};

static void shell_put(struct shell_scanner *scanner, char byte)
{
    *scanner->out++ = byte;
    scanner->in_word = true;
}

static void shell_end_word(struct shell_scanner *scanner)
{
    struct shell_words *words = &scanner->words;

    if (!scanner->in_word)
        return;
    if (words->count == scanner->capacity) {
        size_t capacity = scanner->capacity > 0 ? scanner->capacity * 2 : SHELL_WORDS_CAPACITY_MIN;

        words->words =
            arena_grow(scanner->arena, words->words, scanner->capacity * sizeof(words->words[0]),
                       capacity * sizeof(words->words[0]));
        scanner->capacity = capacity;
    }
    *scanner->out++ = '\0';
    words->words[words->count++] = scanner->word;
    scanner->word = scanner->out;
    scanner->in_word = false;
}

static void shell_put_escaped(struct shell_scanner *scanner, char byte)
{
    scanner->escaped = false;
    if (scanner->mode == SHELL_MODE_BACKTICK || scanner->mode == SHELL_MODE_DOLLAR)
        shell_put(scanner, '\\');
    else if (byte == 't')
        byte = '\t';
    else if (byte == 'n')
        byte = '\n';
    shell_put(scanner, byte);
}

/* A quote that is one here: not inside another kind. */
static void shell_quote(struct shell_scanner *scanner, char byte, enum shell_mode mode)
{
    if (scanner->mode == mode) {
        scanner->mode = SHELL_MODE_PLAIN;
        scanner->in_word = true;
    } else if (scanner->mode == SHELL_MODE_PLAIN) {
        scanner->mode = mode;
    } else {
        shell_put(scanner, byte);
    }
}

static void shell_backtick(struct shell_scanner *scanner)
{
    if (scanner->mode == SHELL_MODE_BACKTICK)
        scanner->mode = SHELL_MODE_PLAIN;
    else if (scanner->mode == SHELL_MODE_PLAIN)
        scanner->mode = SHELL_MODE_BACKTICK;
    shell_put(scanner, '`');
}

/* "$(" that no quoted backslash precedes. */
static bool shell_follows_dollar(const struct shell_scanner *scanner)
{
    size_t length = (size_t)(scanner->out - scanner->word);

    return length > 0 && scanner->out[-1] == '$' && !(length > 1 && scanner->out[-2] == '\\');
}

/* False where the parenthesis makes no sense. */
static bool shell_parenthesis(struct shell_scanner *scanner, char byte)
{
    if (scanner->mode == SHELL_MODE_PLAIN) {
        if (byte == ')' || !shell_follows_dollar(scanner))
            return false;
        scanner->mode = SHELL_MODE_DOLLAR;
    } else if (scanner->mode == SHELL_MODE_DOLLAR) {
        if (byte == '(')
            return false;
        scanner->mode = SHELL_MODE_PLAIN;
    }
    shell_put(scanner, byte);
    return true;
}

static void shell_operator(struct shell_scanner *scanner, char byte)
{
    size_t length = (size_t)(scanner->out - scanner->word);

    if (scanner->mode != SHELL_MODE_PLAIN) {
        shell_put(scanner, byte);
        return;
    }
    scanner->words.dropped_from = byte;
    scanner->done = true;
    /* The number of "2>file" belongs to the redirection. */
    if (byte == '>' && length > 0 && strspn(scanner->word, "0123456789") >= length)
        scanner->in_word = false;
}

/* Returns NULL or what is wrong. */
static const char *shell_step(struct shell_scanner *scanner, char byte)
{
    if (scanner->escaped) {
        shell_put_escaped(scanner, byte);
        return NULL;
    }
    switch (byte) {
    case '\\':
        if (scanner->mode == SHELL_MODE_SINGLE)
            *scanner->out++ = byte; /* a word only once the quote closes */
        else
            scanner->escaped = true;
        break;
    case ' ':
    case '\t':
    case '\r':
    case '\n':
        if (scanner->mode != SHELL_MODE_PLAIN)
            *scanner->out++ = byte;
        else
            shell_end_word(scanner);
        break;
    case '\'':
        shell_quote(scanner, byte, SHELL_MODE_SINGLE);
        break;
    case '"':
        shell_quote(scanner, byte, SHELL_MODE_DOUBLE);
        break;
    case '`':
        shell_backtick(scanner);
        break;
    case '(':
    case ')':
        if (!shell_parenthesis(scanner, byte))
            return "a parenthesis outside of quotes must belong to $(...)";
        break;
    case ';':
    case '&':
    case '|':
    case '<':
    case '>':
        shell_operator(scanner, byte);
        break;
    default:
        shell_put(scanner, byte);
    }
    return NULL;
}

static const char *shell_left_open(const struct shell_scanner *scanner)
{
    static const char *const reasons[] = {
        [SHELL_MODE_PLAIN] = NULL,
        [SHELL_MODE_SINGLE] = "expected a closing '",
        [SHELL_MODE_DOUBLE] = "expected a closing \"",
        [SHELL_MODE_BACKTICK] = "expected a closing `",
        [SHELL_MODE_DOLLAR] = "expected a ) after $(",
    };

    return scanner->escaped ? "expected something after the last backslash"
                            : reasons[scanner->mode];
}

bool shell_words_parse(struct arena *arena, const char *text, size_t length,
                       struct shell_words *ret_words, const char **ret_message)
{
    struct shell_scanner scanner = {.arena = arena};
    const char *wrong = NULL;

    scanner.word = scanner.out = arena_alloc(arena, length + 1);
    for (size_t i = 0; i < length && wrong == NULL && !scanner.done; i++)
        wrong = shell_step(&scanner, text[i]);
    if (wrong == NULL)
        wrong = shell_left_open(&scanner);
    if (wrong != NULL) {
        *ret_message = complaint_new(arena, text, length, "command", wrong);
        return false;
    }
    shell_end_word(&scanner);
    *ret_words = scanner.words;
    return true;
}

static bool shell_is_plain_word(const char *word)
{
    static const char plain[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789"
                                "_-+=:,./@%";

    return word[0] != '\0' && word[strspn(word, plain)] == '\0';
}

static char *shell_write_word(char *out, const char *word)
{
    if (shell_is_plain_word(word)) {
        size_t length = strlen(word);

        memcpy(out, word, length + 1);
        return out + length;
    }
    *out++ = '\'';
    for (; *word != '\0'; word++) {
        if (*word == '\'') {
            memcpy(out, "'\\'", 3); /* closes, and opens again below */
            out += 3;
        }
        *out++ = *word;
    }
    *out++ = '\'';
    return out;
}

const char *shell_words_print(struct arena *arena, const char *const *words, size_t count)
{
    size_t size = 1;
    char *text, *out;

    /* A quote becomes four bytes; quotes and a space come on top of each word. */
    for (size_t i = 0; i < count; i++)
        size += strlen(words[i]) * 4 + 3;
    text = out = arena_alloc(arena, size);
    for (size_t i = 0; i < count; i++) {
        if (i > 0)
            *out++ = ' ';
        out = shell_write_word(out, words[i]);
    }
    *out = '\0';
    return text;
}
