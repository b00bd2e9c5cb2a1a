/* SPDX-License-Identifier: Apache-2.0 */
/* Makes a descriptor wait again, for programs that are handed one of ours (os_pipe()). Returns 0 or
 * -errno. */
#pragma once

int os_set_blocking(int fd);
