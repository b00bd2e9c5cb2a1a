/* SPDX-License-Identifier: Apache-2.0 */
#include "api/live/delivery.h"

#include <stdlib.h>

struct delivery *delivery_new(void (*deliver)(struct loop_message *message), void *context)
{
    struct delivery *delivery = calloc(1, sizeof(*delivery));

    if (delivery == NULL)
        return NULL;
    delivery->message.receive = deliver;
    delivery->context = context;
    return delivery;
}

void delivery_add(struct delivery *delivery, struct frame *frame)
{
    if (frame != NULL && delivery->count == delivery->capacity) {
        size_t capacity = delivery->capacity > 0 ? 2 * delivery->capacity : 8;
        struct frame **frames = realloc(delivery->frames, capacity * sizeof(struct frame *));

        if (frames == NULL) {
            frame = frame_unref(frame);
        } else {
            delivery->frames = frames;
            delivery->capacity = capacity;
        }
    }
    if (frame == NULL)
        delivery->is_broken = true;
    else
        delivery->frames[delivery->count++] = frame;
}

struct delivery *delivery_free(struct delivery *delivery)
{
    for (size_t i = 0; i < delivery->count; i++)
        (void)frame_unref(delivery->frames[i]);
    free(delivery->frames);
    (void)names_unref(delivery->names);
    free(delivery);
    return NULL;
}
