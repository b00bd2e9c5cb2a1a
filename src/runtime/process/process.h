/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The runtime that needs no engine: each instance is a native process below a shim (src/shim),
 * which outlives all else. What is known of an instance lies in its folder,
 * STATE/instances/PROJECT/ID/, and nowhere else, so that whoever comes next finds it.
 *
 * Kept contents lie in STATE/artifacts/HASH/. Programs below /usr and its like belong to the
 * machine: they are named by their hash, and run where they are.
 */
#pragma once

struct error;
struct runtime;

/* The state folder is absolute, and is there. */
int process_runtime_new(const char *state_folder, struct runtime **ret, struct error **reterr);
