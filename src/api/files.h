/* SPDX-License-Identifier: Apache-2.0 */
/* The dashboard's files, as the build put them into this program: compressed, each with the hash of
 * its content. */
#pragma once

#include <stdbool.h>

struct file;
struct http_request;

/* NULL where there is none of that path. */
const struct file *files_find(const char *path);

/* Answers a GET or HEAD of one; false for anything else. */
bool files_answer(struct http_request *request);
