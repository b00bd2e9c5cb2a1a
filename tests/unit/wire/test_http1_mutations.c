/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Good messages with something changed: whatever becomes of them, it is the same whole and in
 * pieces and at every scan level, and what is accepted holds what was promised. The seed is fixed,
 * and printed with a failure as the message itself is.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "http1_stream.h"
#include "wire/scan.h"

#define ROUNDS        6000
#define MESSAGE_SIZE  1200
#define CUT_COUNT_MAX 8

#define PAIR(first, second) (first second)

static const char *const requests[] = {
    PAIR("GET /a?b=c HTTP/1.1\r\nHost: www.example.org:80\r\nConnection: keep-alive, X-A\r\n"
         "X-A: b\r\nUser-Agent: Mozilla/5.0 (X11; Linux x86_64; rv:109.0) Gecko/20100101\r\n\r\n",
         ""),
    PAIR("POST http://a/b HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\nTE: trailers\r\n"
         "\r\n5;a=\"b\\c\"\r\nhello\r\nA\r\n0123456789\r\n0\r\nX-Sum: 1\r\n\r\n",
         "GET / HTTP/1.0\r\n\r\n"),
    PAIR("PUT /x HTTP/1.1\r\nContent-Length: 5\r\nHost: [::1]\r\nExpect: 100-continue\r\n\r\nhello",
         "OPTIONS * HTTP/1.1\r\nHost: b\r\nUpgrade: websocket\r\nConnection: upgrade\r\n\r\n"),
};

static const char *const responses[] = {
    PAIR("HTTP/1.1 100 -\r\n\r\nHTTP/1.1 200 OK\r\nContent-Length: 5\r\nServer: a\r\n\r\nhello",
         "HTTP/1.1 304 Not Modified\r\nDate: Sun, 06 Nov 1994 08:49:37 GMT\r\n\r\n"),
    PAIR("HTTP/1.1 200 \r\nTransfer-Encoding: chunked\r\nTrailer: X\r\n\r\n",
         "2\r\nab\r\n0\r\nX: y\r\n\r\n"),
    PAIR("HTTP/1.0 404 Not Found\r\nConnection: close\r\nSet-Cookie: a=b\r\n\r\n", "<p>gone</p>"),
};

/* Pieces that change the meaning of a message. */
static const char *const pieces[] = {
    "\r\n",
    "\n",
    "\r",
    " ",
    "\t",
    ":",
    "_",
    ",",
    ";",
    "0",
    "\r\n\r\n",
    "Host: c\r\n",
    "chunked",
    "Content-Length: 3\r\n",
    "close",
    "HTTP/1.",
    "#",
    "\x7f",
    "Transfer-Encoding: chunked\r\n",
    "Connection: X-A\r\n",
    "0123456789abcdef0123456789abcdef",
};

static uint64_t random_state = UINT64_C(0x2545f4914f6cdd1d);

static size_t next_random(size_t below)
{
    random_state ^= random_state << 13;
    random_state ^= random_state >> 7;
    random_state ^= random_state << 17;
    return (size_t)(random_state >> 11) % below;
}

static size_t insert(char *message, size_t size, const char *piece, size_t length)
{
    size_t at = next_random(size + 1);

    if (size + length > MESSAGE_SIZE)
        return size;
    memmove(message + at + length, message + at, size - at);
    memcpy(message + at, piece, length);
    return size + length;
}

static size_t mutate(char *message, size_t size)
{
    const char *piece = pieces[next_random(sizeof(pieces) / sizeof(pieces[0]))];
    char byte = (char)next_random(256);
    size_t at, length;

    switch (next_random(4)) {
    case 0:
        return insert(message, size, piece, strlen(piece));
    case 1:
        return insert(message, size, &byte, 1);
    case 2:
        if (size > 0)
            message[next_random(size)] = byte;
        return size;
    default:
        at = next_random(size + 1);
        length = next_random(size - at + 1) % 8;
        memmove(message + at, message + at + length, size - at - length);
        return size - length;
    }
}

static int compare_sizes(const void *a, const void *b)
{
    size_t x = *(const size_t *)a, y = *(const size_t *)b;

    return x < y ? -1 : x > y;
}

static void check_cuts(const struct stream_kind *kind, const char *message, size_t size,
                       const struct stream_outcome *expected)
{
    size_t cuts[CUT_COUNT_MAX], count = next_random(CUT_COUNT_MAX + 1);
    struct stream_outcome outcome;

    for (size_t i = 0; i < count; i++)
        cuts[i] = next_random(size + 1);
    qsort(cuts, count, sizeof(cuts[0]), compare_sizes);
    outcome = stream_read(kind, message, size, cuts, count);
    if (outcome.verdict != expected->verdict || outcome.text_size != expected->text_size ||
        memcmp(outcome.text, expected->text, outcome.text_size) != 0)
        fail_msg("read otherwise in pieces:\n%.*s\n---\n%s\n---\n%s", (int)size, message,
                 expected->text, outcome.text);
    stream_free(&outcome);
}

static void run(struct stream_kind kind, const char *const *seeds, size_t seed_count)
{
    unsigned accepted = 0, refused = 0;

    for (int round = 0; round < ROUNDS; round++) {
        const char *seed = seeds[next_random(seed_count)];
        size_t size = strlen(seed), changes = next_random(4);
        char message[MESSAGE_SIZE];
        struct stream_outcome expected;

        memcpy(message, seed, size);
        for (size_t i = 0; i < changes; i++)
            size = mutate(message, size);
        kind.level = SCAN_SCALAR;
        expected = stream_read(&kind, message, size, NULL, 0);
        for (kind.level = SCAN_SCALAR; kind.level <= (int)scan_best(); kind.level++)
            check_cuts(&kind, message, size, &expected);
        accepted += expected.verdict == STREAM_ACCEPTED;
        refused += expected.verdict >= 400;
        stream_free(&expected);
    }
    /* Else nothing was shown. */
    assert_true(accepted > ROUNDS / 10);
    assert_true(refused > ROUNDS / 10);
}

static void test_changed_requests(void **state)
{
    (void)state;
    run((struct stream_kind){.is_response = false}, requests, 3);
}

static void test_changed_responses(void **state)
{
    (void)state;
    run((struct stream_kind){.is_response = true, .method = HTTP1_GET}, responses, 3);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_changed_requests),
        cmocka_unit_test(test_changed_responses),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
