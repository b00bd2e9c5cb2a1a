/* SPDX-License-Identifier: Apache-2.0 */
#include "cli/deploy/confirm.h"

#include <stdarg.h>
#include <string.h>

#include "base/text.h"
#include "os/file.h"
#include "os/os.h"

enum {
    QUESTION_BYTES_MAX = 4096,
    ANSWER_BYTES_MAX = 256
};

/* Up to the end of the line. */
static size_t read_answer(int fd, char answer[ANSWER_BYTES_MAX])
{
    size_t length = 0;

    while (length < ANSWER_BYTES_MAX - 1) {
        char character;

        if (os_read(fd, &character, 1) != 1 || character == '\n')
            break;
        answer[length++] = character;
    }
    while (length > 0 && (answer[length - 1] == '\r' || answer[length - 1] == ' '))
        length--;
    answer[length] = '\0';
    return length;
}

bool confirm(struct session *session, bool is_given, const char *word, const char *format, ...)
{
    _cleanup_strbuf_ struct strbuf question;
    char answer[ANSWER_BYTES_MAX];
    va_list arguments;

    strbuf_init(&question, QUESTION_BYTES_MAX);
    if (is_given)
        return true;
    va_start(arguments, format);
    strbuf_vprintf(&question, format, arguments);
    va_end(arguments);
    if (!os_is_terminal(session->context->streams.in) || !session->context->err.is_terminal) {
        session_fail(session, "%s\nThere is no terminal to ask; use --yes where that is meant.",
                     strbuf_text(&question));
        return false;
    }
    strbuf_printf(&question, "\nType %s to go on: ", word);
    (void)os_write_all(session->context->streams.err, strbuf_text(&question), question.length);
    (void)read_answer(session->context->streams.in, answer);
    if (text_equal(answer, word))
        return true;
    session_fail(session, "nothing was done");
    return false;
}
