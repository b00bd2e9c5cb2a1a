/* SPDX-License-Identifier: Apache-2.0 */
#include "page.h"

#include <inttypes.h>
#include <stddef.h>

#include "number_text.h"

static void write_escaped(FILE *stream, const char *text)
{
    for (; *text != '\0'; text++) {
        switch (*text) {
        case '&':
            (void)fputs("&amp;", stream);
            break;
        case '<':
            (void)fputs("&lt;", stream);
            break;
        case '>':
            (void)fputs("&gt;", stream);
            break;
        case '"':
            (void)fputs("&quot;", stream);
            break;
        case '\'':
            (void)fputs("&#39;", stream);
            break;
        default:
            (void)fputc(*text, stream);
        }
    }
}

static void write_head(FILE *stream, const char *base, const char *title)
{
    (void)fputs("<!DOCTYPE html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n"
                "<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n<title>",
                stream);
    write_escaped(stream, title);
    (void)fputs("</title>\n<link rel=\"stylesheet\" href=\"", stream);
    write_escaped(stream, base);
    (void)fputs("/style.css\">\n</head>\n<body>\n<main>\n<h1>", stream);
    write_escaped(stream, title);
    (void)fputs("</h1>\n", stream);
}

static void write_button(FILE *stream, const char *base, const char *label)
{
    (void)fputs("<form method=\"post\" action=\"", stream);
    write_escaped(stream, base);
    (void)fprintf(stream, "/draw\"><button>%s</button></form>\n", label);
}

static void write_number(FILE *stream, double number)
{
    char text[NUMBER_TEXT_SIZE];

    number_text(number, text);
    (void)fputs(text, stream);
}

static void write_shown(FILE *stream, const struct draw *draw)
{
    (void)fprintf(stream,
                  "<dl class=\"values\">\n<div><dt>integer</dt><dd>%" PRId64
                  "</dd></div>\n<div><dt>number</dt><dd>",
                  draw->integer);
    write_number(stream, draw->number);
    (void)fputs("</dd></div>\n<div><dt>product</dt><dd>", stream);
    write_number(stream, draw->product);
    (void)fputs("</dd></div>\n</dl>\n<p class=\"outcome\">", stream);
    write_escaped(stream, draw->outcome);
    (void)fputs("</p>\n<p class=\"note\">by the rule \"", stream);
    write_escaped(stream, draw->rule);
    (void)fputs("\", at ", stream);
    write_escaped(stream, draw->time);
    (void)fputs("</p>\n", stream);
}

static void write_row(FILE *stream, const char *base, const struct draw *draw)
{
    (void)fputs("<tr><td><a href=\"", stream);
    write_escaped(stream, base);
    (void)fprintf(stream, "/draws/%" PRId64 "\">%" PRId64 "</a></td><td class=\"figure\">%" PRId64,
                  draw->id, draw->id, draw->integer);
    (void)fputs("</td><td class=\"figure\">", stream);
    write_number(stream, draw->number);
    (void)fputs("</td><td class=\"figure\">", stream);
    write_number(stream, draw->product);
    (void)fputs("</td><td class=\"text\">", stream);
    write_escaped(stream, draw->outcome);
    (void)fputs("</td></tr>\n", stream);
}

static void write_history(FILE *stream, const char *base, const struct draws *history)
{
    (void)fputs("<h2>History</h2>\n", stream);
    if (history->count == 0) {
        (void)fputs("<p>Nothing was drawn yet.</p>\n", stream);
        return;
    }
    (void)fputs("<div class=\"scroll\">\n<table>\n<thead><tr><th>draw</th>"
                "<th class=\"figure\">integer</th><th class=\"figure\">number</th>"
                "<th class=\"figure\">product</th><th>outcome</th></tr></thead>\n<tbody>\n",
                stream);
    for (size_t i = 0; i < history->count; i++)
        write_row(stream, base, &history->items[i]);
    (void)fputs("</tbody>\n</table>\n</div>\n", stream);
}

void page_write(FILE *stream, const char *base, const struct draw *shown,
                const struct draws *history)
{
    write_head(stream, base, "Generator");
    (void)fputs("<section class=\"draw\">\n", stream);
    if (shown != NULL)
        write_shown(stream, shown);
    else
        (void)fputs("<p>Two random values, and what comes of them.</p>\n", stream);
    write_button(stream, base, shown != NULL ? "Again" : "Draw");
    (void)fputs("</section>\n", stream);
    write_history(stream, base, history);
    (void)fputs("</main>\n</body>\n</html>\n", stream);
}

void page_write_failure(FILE *stream, const char *base, const char *title, const char *reason)
{
    write_head(stream, base, title);
    (void)fputs("<section class=\"failure\" role=\"alert\">\n<p>", stream);
    write_escaped(stream, reason);
    (void)fputs("</p>\n", stream);
    write_button(stream, base, "Try again");
    (void)fputs("<p><a href=\"", stream);
    write_escaped(stream, base);
    (void)fputs("/\">To the history</a></p>\n</section>\n</main>\n</body>\n</html>\n", stream);
}
