/* SPDX-License-Identifier: Apache-2.0 */
/* What descriptors are, and handing them on to other programs. Functions return -errno. */
#pragma once

#include <stdbool.h>
#include <sys/types.h>

/* Another descriptor of the same, closed on exec, from lowest upwards. */
int os_duplicate(int fd, int lowest);

/* Whether a program that is run gets the descriptor. */
int os_keep_on_exec(int fd, bool is_kept);

bool os_is_open(int fd);

/* F_SEAL_ bits, 0 for what cannot be sealed. */
int os_seals(int fd);

/* The socket's SOCK_ type, or -errno: -ENOTSOCK for what is no socket. */
int os_socket_type(int fd);

/* The most descriptors that this process may have, raised as far as it is allowed. */
int os_raise_descriptor_limit(void);

/* Locks the whole file for this open description, for writing, without waiting: -EWOULDBLOCK where
 * another has it. The lock ends with the last descriptor of it. */
int os_lock_file(int fd);

/* Whether another open description holds a lock of its own (F_OFD_SETLK) for writing on the file.
 */
bool os_is_locked(int fd);
