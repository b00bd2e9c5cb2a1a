/* SPDX-License-Identifier: Apache-2.0 */
/* What the parts of edge_document_make() share. */
#pragma once

#include "base/arena.h"
#include "deploy/edge_document.h"

struct edge_writer {
    struct arena *arena;
    const struct edge_document_input *input;
    struct value *listeners;
    struct value *groups;
};

struct value *edge_text(struct edge_writer *writer, const char *text);

/* edge_groups.c */

/* The groups of the base, with what serves; those of services that only the revision on standby
 * has; and what is on standby. */
void edge_write_groups(struct edge_writer *writer);

/* The group that leads to a port of a service: an explicit one, or the service's own. */
const char *edge_group_of_port(struct edge_writer *writer, const struct desired *desired,
                               const struct desired_service *service, uint16_t port);

/* edge_listeners.c: after the groups. */
void edge_write_listeners(struct edge_writer *writer);
