/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A control and an edge that do next to nothing, for tests of the supervisor. It runs them from the
 * test's own program, whose main() passes the roles on to stub_run_role().
 *
 * The edge greets every connection with "PID GENERATION\n" and keeps it until the client closes. It
 * refuses generation 666, and dies of 667.
 *
 * Control takes one line a connection on the API socket, and answers with one:
 *
 *   pid | held | reopened | listen ID ADDRESS | unlisten ID | config GENERATION | target | shutdown
 *
 * The loader is this program too: "@load SOCKET GENERATION" has control send that configuration,
 * and exits with status 0 if it is taken.
 */
#pragma once

#include <stdbool.h>

bool stub_run_role(int argc, char **argv, int *ret_status);

/* Asks control; writes the answer without its newline. Returns false where nobody answers. */
bool stub_ask(const char *socket_path, const char *question, char *ret_answer, int size);
