/* SPDX-License-Identifier: Apache-2.0 */
/* Makes a descriptor that came from elsewhere return -EAGAIN instead of waiting. That holds for
 * every copy of it, in this process and others. Returns 0 or -errno. */
#pragma once

int os_set_nonblocking(int fd);
