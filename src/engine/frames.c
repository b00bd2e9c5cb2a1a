/* SPDX-License-Identifier: Apache-2.0 */
#include "engine/frames.h"

#include <string.h>

static bool take_head(struct frames *frames)
{
    const uint8_t *head = frames->head;

    frames->head_size = 0;
    /* 0 is input, which is given back by some; 3 is an error of the engine's own. */
    if (head[0] > 3 || head[1] != 0 || head[2] != 0 || head[3] != 0)
        return false;
    frames->stream = head[0] == 3 ? 2 : head[0];
    frames->left = (uint32_t)head[4] << 24 | (uint32_t)head[5] << 16 | (uint32_t)head[6] << 8 |
                   (uint32_t)head[7];
    return true;
}

enum frames_result frames_next(struct frames *frames, const char *data, size_t size,
                               size_t *ret_consumed, size_t *ret_length)
{
    size_t at = 0, length;

    *ret_length = 0;
    *ret_consumed = size;
    if (frames->is_raw) {
        *ret_length = size;
        return size > 0 ? FRAMES_DATA : FRAMES_MORE;
    }
    while (frames->left == 0) {
        length = FRAME_HEAD_SIZE - frames->head_size;
        if (length > size - at)
            length = size - at;
        memcpy(frames->head + frames->head_size, data + at, length);
        frames->head_size = (uint8_t)(frames->head_size + length);
        at += length;
        if (frames->head_size < FRAME_HEAD_SIZE)
            return FRAMES_MORE;
        if (!take_head(frames))
            return FRAMES_REFUSED;
    }
    length = size - at < frames->left ? size - at : frames->left;
    frames->left -= (uint32_t)length;
    *ret_consumed = at + length;
    *ret_length = length;
    return length > 0 ? FRAMES_DATA : FRAMES_MORE;
}
