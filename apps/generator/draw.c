/* SPDX-License-Identifier: Apache-2.0 */
#include "draw.h"

#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>

#include <jansson.h>

#include "common/cleanup.h"
#include "number_text.h"

void draw_deinit(struct draw *draw)
{
    free(draw->time);
    free(draw->outcome);
    free(draw->rule);
    *draw = (struct draw){0};
}

void draws_deinit(struct draws *draws)
{
    for (size_t i = 0; i < draws->count; i++)
        draw_deinit(&draws->items[i]);
    free(draws->items);
    *draws = (struct draws){0};
}

static int write_string(FILE *stream, const char *text)
{
    _cleanup_json_ json_t *string = json_string(text);

    if (string == NULL || json_dumpf(string, stream, JSON_ENCODE_ANY) < 0)
        return -ENOMEM;
    return 0;
}

int draw_write_result(FILE *stream, double product, const char *outcome, const char *rule)
{
    char number[NUMBER_TEXT_SIZE];

    number_text(product, number);
    (void)fprintf(stream, "\"product\": %s, \"outcome\": ", number);
    if (write_string(stream, outcome) < 0)
        return -ENOMEM;
    (void)fputs(", \"rule\": ", stream);
    return write_string(stream, rule);
}

int draw_write_json(FILE *stream, const struct draw *draw)
{
    char number[NUMBER_TEXT_SIZE];

    number_text(draw->number, number);
    (void)fprintf(stream,
                  "{\"id\": %" PRId64 ", \"time\": \"%s\", \"integer\": %" PRId64
                  ", \"number\": %s, ",
                  draw->id, draw->time, draw->integer, number);
    if (draw_write_result(stream, draw->product, draw->outcome, draw->rule) < 0)
        return -ENOMEM;
    (void)fputc('}', stream);
    return 0;
}
