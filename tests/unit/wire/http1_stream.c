/* SPDX-License-Identifier: Apache-2.0 */
#include "http1_stream.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "wire/http1_body.h"
#include "wire/scan.h"

struct reader {
    const struct stream_kind *kind;
    struct http1_parser parser;
    struct http1_body body;
    size_t at; /* where the head, or what is left of the body, begins */
    bool is_in_body;
    bool has_begun; /* a message */
    char *copies[2];
    FILE *text;
    struct stream_outcome outcome;
};

static void reader_next_message(struct reader *reader)
{
    if (reader->kind->is_response)
        http1_response_init(&reader->parser, reader->kind->method);
    else
        http1_request_init(&reader->parser);
    reader->is_in_body = reader->has_begun = false;
}

static void print_span(FILE *text, const char *what, const char *data, struct http1_span span)
{
    (void)fprintf(text, "%s %u \"", what, span.offset);
    (void)fwrite(data + span.offset, 1, span.length, text);
    (void)fprintf(text, "\" ");
}

static void print_head(FILE *text, const struct http1_head *head, const char *data)
{
    (void)fprintf(text, "head %u status %u version %u method %u form %u body %u length %llu\n",
                  head->length, head->status, head->minor_version, head->method, head->target_form,
                  head->body, (unsigned long long)head->content_length);
    (void)fprintf(text, "alive %d upgrade %d %d expect %d %d trailers %d https %d present %llx\n",
                  head->keep_alive, head->upgrade, head->upgrade_websocket, head->expect_continue,
                  head->expect_other, head->te_trailers, head->target_is_https,
                  (unsigned long long)head->present);
    print_span(text, "method", data, head->method_name);
    print_span(text, "target", data, head->target);
    print_span(text, "authority", data, head->authority);
    print_span(text, "path", data, head->path);
    print_span(text, "query", data, head->query);
    print_span(text, "host", data, head->host);
    print_span(text, "reason", data, head->reason);
    for (size_t i = 0; i < head->field_count; i++) {
        (void)fprintf(text, "\nfield %u %u ", head->fields[i].id, head->fields[i].flags);
        print_span(text, "name", data, head->fields[i].name);
        print_span(text, "value", data, head->fields[i].value);
    }
    (void)fprintf(text, "\nbody \"");
}

/* Of exactly that size, and never where the last one was. */
static const char *fresh_copy(struct reader *reader, const char *data, size_t size)
{
    char *copy = malloc(size > 0 ? size : 1);

    assert_non_null(copy);
    memcpy(copy, data, size);
    free(reader->copies[1]);
    reader->copies[1] = reader->copies[0];
    reader->copies[0] = copy;
    return copy;
}

static void refuse(struct reader *reader, unsigned status, const char *refusal)
{
    assert_non_null(refusal);
    assert_true(status >= 400);
    reader->outcome.verdict = status;
    reader->outcome.refusal = refusal;
    (void)fprintf(reader->text, "refused %u %s", status, refusal);
}

/* False where there is no more to be had from what has arrived. */
static bool read_head(struct reader *reader, const char *data, size_t size)
{
    enum http1_result result;

    reader->has_begun = size > 0;
    data = fresh_copy(reader, data, size);
    result = http1_parse_at_level(&reader->parser, data, size, reader->kind->level);
    if (result == HTTP1_MORE)
        return false;
    if (result == HTTP1_REFUSED) {
        refuse(reader, reader->parser.refusal_status, reader->parser.refusal);
        return false;
    }
    print_head(reader->text, &reader->parser.head, data);
    reader->at += reader->parser.head.length;
    http1_body_init(&reader->body, &reader->parser.head);
    reader->is_in_body = true;
    return true;
}

static bool read_body(struct reader *reader, const char *data, size_t size)
{
    size_t consumed, offset, length;
    enum http1_body_result result;

    data = fresh_copy(reader, data, size);
    result = http1_body_next(&reader->body, data, size, &consumed, &offset, &length);
    assert_true(consumed <= size && offset + length <= consumed);
    assert_int_equal(length > 0, result == HTTP1_BODY_DATA);
    (void)fwrite(data + offset, 1, length, reader->text);
    reader->at += consumed;
    if (result == HTTP1_BODY_REFUSED)
        refuse(reader, reader->body.chunked.refusal_status, reader->body.chunked.refusal);
    if (result == HTTP1_BODY_DONE) {
        (void)fprintf(reader->text, "\"\ndone\n");
        reader_next_message(reader);
        return true;
    }
    if (result == HTTP1_BODY_MORE)
        assert_int_equal(consumed, size);
    return result == HTTP1_BODY_DATA;
}

static void reader_feed(struct reader *reader, const char *data, size_t size)
{
    bool goes_on = reader->outcome.verdict == STREAM_MORE;

    while (goes_on) {
        if (!reader->is_in_body && reader->at == size && reader->has_begun == false)
            break;
        goes_on = reader->is_in_body ? read_body(reader, data + reader->at, size - reader->at)
                                     : read_head(reader, data + reader->at, size - reader->at);
    }
}

struct stream_outcome stream_read(const struct stream_kind *kind, const char *data, size_t size,
                                  const size_t *cuts, size_t cut_count)
{
    struct reader reader = {.kind = kind};

    reader.text = open_memstream(&reader.outcome.text, &reader.outcome.text_size);
    assert_non_null(reader.text);
    reader_next_message(&reader);
    for (size_t i = 0; i < cut_count; i++)
        reader_feed(&reader, data, cuts[i]);
    reader_feed(&reader, data, size);
    if (reader.outcome.verdict == STREAM_MORE &&
        (reader.is_in_body ? http1_body_may_end(&reader.body) : !reader.has_begun))
        reader.outcome.verdict = STREAM_ACCEPTED;
    (void)fclose(reader.text);
    free(reader.copies[0]);
    free(reader.copies[1]);
    return reader.outcome;
}

void stream_free(struct stream_outcome *outcome)
{
    free(outcome->text);
    outcome->text = NULL;
}

static void compare(const char *name, const struct stream_outcome *expected,
                    struct stream_outcome *outcome)
{
    if (outcome->verdict != expected->verdict || outcome->text_size != expected->text_size ||
        memcmp(outcome->text, expected->text, outcome->text_size) != 0)
        fail_msg("%s: read otherwise in pieces:\n%s\n---\n%s", name, expected->text, outcome->text);
    stream_free(outcome);
}

static struct stream_outcome read_whole(const struct stream_kind *kind, const char *name,
                                        const char *data, size_t size, unsigned verdict)
{
    struct stream_outcome whole = stream_read(kind, data, size, NULL, 0);

    if (whole.verdict != verdict)
        fail_msg("%s: expected %u, not %u (%s)", name, verdict, whole.verdict,
                 whole.refusal != NULL ? whole.refusal : "not refused");
    return whole;
}

static void compare_bytewise(const struct stream_kind *kind, const char *name, const char *data,
                             size_t size, const struct stream_outcome *whole)
{
    size_t *cuts = calloc(size > 0 ? size : 1, sizeof(*cuts));
    struct stream_outcome outcome;

    assert_non_null(cuts);
    for (size_t i = 0; i < size; i++)
        cuts[i] = i;
    outcome = stream_read(kind, data, size, cuts, size);
    free(cuts);
    compare(name, whole, &outcome);
}

static void check_case(const struct stream_kind *kind, const struct stream_case *item)
{
    struct stream_outcome whole =
        read_whole(kind, item->name, item->data, item->size, item->verdict);

    compare_bytewise(kind, item->name, item->data, item->size, &whole);
    for (size_t cut = 1; cut < item->size; cut++) {
        struct stream_outcome outcome = stream_read(kind, item->data, item->size, &cut, 1);

        compare(item->name, &whole, &outcome);
    }
    stream_free(&whole);
}

void stream_check(const struct stream_kind *kind, const struct stream_case *cases, size_t count)
{
    struct stream_kind at_level = *kind;

    for (size_t i = 0; i < count; i++) {
        for (at_level.level = SCAN_SCALAR; at_level.level <= (int)scan_best(); at_level.level++)
            check_case(&at_level, &cases[i]);
    }
}

void stream_check_long(const struct stream_kind *kind, const char *name, const char *data,
                       size_t size, unsigned verdict)
{
    struct stream_kind at_level = *kind;

    for (at_level.level = SCAN_SCALAR; at_level.level <= (int)scan_best(); at_level.level++) {
        struct stream_outcome whole = read_whole(&at_level, name, data, size, verdict);

        for (size_t cut = size > 20 ? size - 20 : 1; cut < size; cut++) {
            struct stream_outcome outcome = stream_read(&at_level, data, size, &cut, 1);

            compare(name, &whole, &outcome);
        }
        /* Some bytes at a time, too: each call copies all that has arrived. */
        for (size_t step = 700; step <= 1301; step += 601) {
            size_t cuts[64], count = 0;
            struct stream_outcome outcome;

            for (size_t at = step; at < size && count < 64; at += step)
                cuts[count++] = at;
            outcome = stream_read(&at_level, data, size, cuts, count);
            compare(name, &whole, &outcome);
        }
        stream_free(&whole);
    }
}
