/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The framing of a container's output: each part has a head of eight bytes, which say from which
 * stream it is and how long. Read without copying, as the bytes come; no part needs to be whole.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define FRAME_HEAD_SIZE 8

struct frames {
    bool is_raw; /* a terminal's output has no framing */
    uint8_t stream;
    uint8_t head_size; /* of the bytes of a head that came so far */
    uint8_t head[FRAME_HEAD_SIZE];
    uint32_t left; /* of this part */
};

enum frames_result {
    FRAMES_MORE, /* all bytes are used up */
    FRAMES_DATA, /* some of a part; call again with what follows */
    FRAMES_REFUSED,
};

static inline void frames_init(struct frames *frames, bool is_raw)
{
    *frames = (struct frames){.is_raw = is_raw, .stream = 1};
}

/* Of data, *ret_consumed bytes are done with; the *ret_length last ones of them, not 0 for DATA,
 * are output. */
enum frames_result frames_next(struct frames *frames, const char *data, size_t size,
                               size_t *ret_consumed, size_t *ret_length);

static inline bool frames_is_errors(const struct frames *frames)
{
    return frames->stream == 2;
}

/* Whether the output is whole if it ends here. */
static inline bool frames_may_end(const struct frames *frames)
{
    return frames->head_size == 0 && frames->left == 0;
}
