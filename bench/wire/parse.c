/* SPDX-License-Identifier: Apache-2.0 */
/*
 * usage: parse [SECONDS-PER-MEASUREMENT]
 *
 * Nanoseconds per head and bytes per second of the HTTP/1 request parser, for a request of curl and
 * one of a browser, at every scan level of this CPU; then of writing such heads again. The best of
 * many short batches each, as everything else that runs only adds to the time.
 *
 *     gcc -std=gnu17 -D_GNU_SOURCE -O2 -Isrc bench/wire/parse.c src/wire/http1_*.c src/wire/scan*.c
 */
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "wire/http1_write.h"
#include "wire/scan.h"

#define BATCH 200

static const char tiny[] = "GET / HTTP/1.1\r\n"
                           "Host: localhost:8080\r\n"
                           "User-Agent: curl/7.88.1\r\n"
                           "Accept: */*\r\n"
                           "\r\n";

static const char browser[] =
    "GET /shop/items/4711?sort=price&page=2&utm_source=newsletter HTTP/1.1\r\n"
    "Host: www.example.com\r\n"
    "Connection: keep-alive\r\n"
    "sec-ch-ua: \"Chromium\";v=\"122\", \"Not(A:Brand\";v=\"24\"\r\n"
    "sec-ch-ua-mobile: ?0\r\n"
    "sec-ch-ua-platform: \"Linux\"\r\n"
    "Upgrade-Insecure-Requests: 1\r\n"
    "User-Agent: Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) "
    "Chrome/122.0.0.0 Safari/537.36\r\n"
    "Accept: text/html,application/xhtml+xml,application/xml;q=0.9,image/avif,image/webp,*/*;q=0.8"
    "\r\n"
    "Sec-Fetch-Site: same-origin\r\n"
    "Sec-Fetch-Mode: navigate\r\n"
    "Referer: https://www.example.com/shop/\r\n"
    "Accept-Encoding: gzip, deflate, br, zstd\r\n"
    "Accept-Language: en-GB,en;q=0.9,de;q=0.8\r\n"
    "Cookie: session=0f8a4b6c2d9e17350f8a4b6c2d9e1735; theme=dark\r\n"
    "\r\n";

static double now_s(void)
{
    struct timespec now;

    (void)clock_gettime(CLOCK_MONOTONIC, &now);
    return (double)now.tv_sec + (double)now.tv_nsec / 1e9;
}

/* Both give what depends on the work, so that it is not left out. */
static uint64_t parse_once(const char *data, size_t size, int level)
{
    static struct http1_parser parser;

    http1_request_init(&parser);
    if (http1_parse_at_level(&parser, data, size, level) != HTTP1_DONE)
        abort();
    return parser.head.field_count;
}

static uint64_t write_once(const char *data, size_t size, int level)
{
    static struct http1_parser parser;
    static const char *parsed;
    char buffer[4096];
    struct http1_writer writer;

    if (parsed != data) {
        (void)parse_once(data, size, level);
        http1_request_init(&parser);
        (void)http1_request_parse(&parser, data, size);
        parsed = data;
    }
    http1_writer_init(&writer, buffer, sizeof(buffer));
    http1_write_request_line_of(&writer, &parser.head, data);
    for (size_t i = 0; i < parser.head.field_count; i++) {
        const struct http1_field *field = &parser.head.fields[i];

        if (http1_field_is_passed(field) || field->id == HTTP1_FIELD_HOST)
            http1_write_field_of(&writer, field, data);
    }
    http1_write_head_end(&writer);
    __asm__ volatile("" : : "r"(buffer) : "memory");
    return writer.used;
}

static double measure(uint64_t (*once)(const char *, size_t, int), const char *data, size_t size,
                      int level, double seconds)
{
    double best = 1, end = now_s() + seconds;
    uint64_t sum = 0;

    do {
        double start = now_s(), elapsed;

        for (int i = 0; i < BATCH; i++)
            sum += once(data, size, level);
        elapsed = (now_s() - start) / BATCH;
        if (elapsed < best)
            best = elapsed;
    } while (now_s() < end);
    if (sum == 0)
        abort();
    return best * 1e9;
}

static void report(const char *what, const char *how, size_t size, double nanoseconds)
{
    (void)printf("%-8s %-7s %4zu bytes  %7.1f ns  %6.2f GB/s\n", what, how, size, nanoseconds,
                 (double)size / nanoseconds);
}

int main(int count, char **arguments)
{
    static const char *const levels[] = {"scalar", "sse2", "avx2"};
    static const struct {
        const char *name, *data;
        size_t size;
    } heads[] = {{"tiny", tiny, sizeof(tiny) - 1}, {"browser", browser, sizeof(browser) - 1}};
    double seconds = count > 1 ? strtod(arguments[1], NULL) : 1;

    for (size_t i = 0; i < sizeof(heads) / sizeof(heads[0]); i++) {
        for (int level = SCAN_SCALAR; level <= (int)scan_best(); level++)
            report(heads[i].name, levels[level], heads[i].size,
                   measure(parse_once, heads[i].data, heads[i].size, level, seconds));
        report(heads[i].name, "write", heads[i].size,
               measure(write_once, heads[i].data, heads[i].size, (int)scan_best(), seconds));
    }
    return EXIT_SUCCESS;
}
