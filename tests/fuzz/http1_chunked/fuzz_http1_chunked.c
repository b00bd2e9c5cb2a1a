/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Fuzz target of chunked bodies: the same is read whole and in pieces of one, two, three and seven
 * bytes, up to the very byte of a fault, and what was read reads back when it is written again.
 */
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "wire/http1_body.h"
#include "wire/http1_write.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

struct reading {
    enum http1_body_result result;
    const char *refusal;
    char *bytes;
    size_t length;
    size_t consumed;
};

static void require(bool holds, const char *what)
{
    if (!holds) {
        (void)fprintf(stderr, "does not hold: %s\n", what);
        abort();
    }
}

static void *allocate(size_t size)
{
    void *block = malloc(size > 0 ? size : 1);

    require(block != NULL, "there is memory");
    return block;
}

static void read_piece(struct http1_chunked *chunked, struct reading *reading, const char *data,
                       size_t size)
{
    size_t at = 0;

    do {
        size_t consumed, offset, length;

        reading->result =
            http1_chunked_next(chunked, data + at, size - at, &consumed, &offset, &length);
        require(consumed <= size - at && offset + length <= consumed, "spans are in the data");
        require((length > 0) == (reading->result == HTTP1_BODY_DATA), "there is data or none");
        require(length == 0 || offset + length == consumed, "data comes last");
        require(reading->result != HTTP1_BODY_MORE || consumed == size - at, "all is used up");
        if (length > 0)
            memcpy(reading->bytes + reading->length, data + at + offset, length);
        reading->length += length;
        at += consumed;
    } while (reading->result == HTTP1_BODY_DATA);
    reading->consumed += at;
    reading->refusal = chunked->refusal;
}

static struct reading read_all(const char *data, size_t size, size_t step)
{
    struct reading reading = {.result = HTTP1_BODY_MORE, .bytes = allocate(size)};
    struct http1_chunked chunked;

    http1_chunked_init(&chunked);
    for (size_t at = 0; at < size && reading.result == HTTP1_BODY_MORE; at += step) {
        size_t piece = size - at < step ? size - at : step;
        char *exact = allocate(piece);

        memcpy(exact, data + at, piece);
        read_piece(&chunked, &reading, exact, piece);
        free(exact);
    }
    return reading;
}

static void check_writing(const struct reading *reading)
{
    size_t size = reading->length + 2 * HTTP1_CHUNK_HEAD_SIZE, half = reading->length / 2;
    struct http1_writer writer;
    struct reading again;
    char *buffer = allocate(size + 16);

    http1_writer_init(&writer, buffer, size + 16);
    if (half > 0) {
        http1_write_chunk_head(&writer, half);
        http1_write_bytes(&writer, reading->bytes, half);
        http1_write_chunk_end(&writer);
    }
    if (reading->length > half) {
        http1_write_chunk_head(&writer, reading->length - half);
        http1_write_bytes(&writer, reading->bytes + half, reading->length - half);
        http1_write_chunk_end(&writer);
    }
    http1_write_last_chunk(&writer);
    require(!writer.overflow, "there is room");
    again = read_all(buffer, writer.used, 5);
    require(again.result == HTTP1_BODY_DONE && again.consumed == writer.used &&
                again.length == reading->length &&
                memcmp(again.bytes, reading->bytes, again.length) == 0,
            "what is written reads back");
    free(again.bytes);
    free(buffer);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static const size_t steps[] = {1, 2, 3, 7};
    struct reading whole = read_all((const char *)data, size, size > 0 ? size : 1);

    for (size_t i = 0; i < sizeof(steps) / sizeof(steps[0]); i++) {
        struct reading pieces = read_all((const char *)data, size, steps[i]);

        require(pieces.result == whole.result && pieces.refusal == whole.refusal &&
                    pieces.consumed == whole.consumed && pieces.length == whole.length &&
                    memcmp(pieces.bytes, whole.bytes, whole.length) == 0,
                "the same is read in pieces");
        free(pieces.bytes);
    }
    check_writing(&whole);
    free(whole.bytes);
    return 0;
}
