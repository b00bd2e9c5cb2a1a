/* SPDX-License-Identifier: Apache-2.0 */
/*
 * From a project to what the edge shall do: reads x-slipway of a project that src/spec has loaded
 * (or that came as the JSON of one) and gives its listeners, rules and groups as plain data. The
 * values that the tables of src/spec call defaults are put in here where config.h has no default
 * of its own.
 *
 * Targets whose address is a name have the family NONE and their text, "api.example.com:80": they
 * are to be looked up before the snapshot is built (address_format() and identity_of_target() make
 * the targets that come of it). Groups of services have no targets: runtimes add them. A rule may
 * forward to a service, SERVICE or SERVICE:PORT, without there being a group of that name: it is
 * made, empty.
 *
 * All of the result is memory of the arena: the tree, which is much larger, may go.
 */
#pragma once

struct arena;
struct error;
struct route_config;
struct value;

/* The name is the one that ids are made with. -EINVAL when the project says what cannot be done,
 * with a message that begins with the place, as "x-slipway.listeners.web.rules[3].forward: ...". A
 * project without x-slipway is one without listeners. */
int compile_project(struct arena *arena, const struct value *project, const char *project_name,
                    struct route_config *ret, struct error **reterr);
