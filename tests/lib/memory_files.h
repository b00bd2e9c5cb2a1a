/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Files that exist only in the test, for what reads files through the seam of os/os.h:
 *
 *     static const struct memory_file files[] = {
 *         {"/project/compose.yaml", "services: {}"},
 *         {NULL, NULL},
 *     };
 *
 *     os_set_ops(memory_files_ops(files));
 *     ...
 *     os_set_ops(NULL);
 *
 * Folders exist where a file stands below them. What is not about reading files does what the
 * system does. One set of files at a time, and for one thread.
 */
#pragma once

struct os_ops;

struct memory_file {
    const char *path; /* absolute and clean; NULL ends the files */
    const char *text;
};

/* The files must stay until other ones are given. */
const struct os_ops *memory_files_ops(const struct memory_file *files);

/* Descriptors that were opened and not closed yet. */
int memory_files_open(void);
