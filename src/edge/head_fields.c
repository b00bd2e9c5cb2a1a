/* SPDX-License-Identifier: Apache-2.0 */
#include "edge/head_fields.h"

bool head_field_is_overridden(const struct snapshot *snapshot, struct snapshot_span operations,
                              const char *name, size_t length)
{
    for (uint32_t i = 0; i < operations.count; i++) {
        const struct snapshot_header_operation *operation =
            &snapshot->header_operations[operations.first + i];

        if (operation->change != ROUTE_HEADER_ADD && operation->name.length == length &&
            http1_text_equal(snapshot_text(snapshot, operation->name), name, length))
            return true;
    }
    return false;
}

void head_write_operations(const struct snapshot *snapshot, struct snapshot_span operations,
                           struct http1_writer *writer)
{
    for (uint32_t i = 0; i < operations.count; i++) {
        const struct snapshot_header_operation *operation =
            &snapshot->header_operations[operations.first + i];

        if (operation->change == ROUTE_HEADER_REMOVE)
            continue;
        http1_write_field(writer, snapshot_text(snapshot, operation->name), operation->name.length,
                          snapshot_text(snapshot, operation->value), operation->value.length);
    }
}
