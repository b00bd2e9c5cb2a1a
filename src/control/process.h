/* SPDX-License-Identifier: Apache-2.0 */
/* The control process. */
#pragma once

/* Serves until the supervisor, at the other end of the channel, has no use for it any more. What to
 * exit with. */
int control_process_run(int channel_fd);
