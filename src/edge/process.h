/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The edge as a process: its main thread obeys the supervisor, keeps the configuration and checks
 * targets; its workers move the traffic. Returns an exit status.
 *
 *   channel --> START_EDGE: map the state, enter the sandbox, start the workers
 *           --> LISTENER, LOG, CONFIG...: to the workers; answered when all of them have it
 *           --> DRAIN: workers stop as their last client leaves, then the process ends
 *           --> hang-up: go on, and wait on the handover socket for the next supervisor
 */
#pragma once

int edge_process_run(int channel_fd);
