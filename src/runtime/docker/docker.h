/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The runtime whose instances are containers of a Docker Engine on this machine. It keeps nothing:
 * what it must know of a container later stands in the container's labels (names.h), so it finds
 * again what an earlier process made, and what Compose made.
 *
 *     container/     a service's map as a container to be made
 *     create.c       making it; carry.c: with the nameless volumes of an earlier one
 *     instance.c     start, stop, kill, remove, wait
 *     observe.c      what there is
 *     rotation.c     joining and leaving the service's name
 *     network.c      networks and volumes
 *     image.c        finding and pulling; build.c; retention.c: tags that keep, pruning
 *     talk.c         logs, exec, attach
 *     measure.c      what many use
 *     watch.c        events
 */
#pragma once

struct error;
struct runtime;

/* socket_path NULL: where the engine usually is. That none answers there is no error as long as
 * nobody needs it: check() says so. */
int docker_runtime_new(const char *socket_path, struct runtime **ret, struct error **reterr);
