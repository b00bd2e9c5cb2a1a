/* SPDX-License-Identifier: Apache-2.0 */
/* Terminals that a program gets from us. Functions return 0 or -errno. */
#pragma once

#include <stdint.h>

/* Ours, which does not block, and the program's; both closed on exec. */
int os_open_pty(int *ret_master, int *ret_slave);
int os_resize_pty(int master, uint16_t rows, uint16_t columns);
