/* SPDX-License-Identifier: Apache-2.0 */
/* Records of KEY=VALUE with a NUL behind each, the last of them "end=1": what orders are made of
 * (shim/protocol.h). What is read back is checked for its form only. */
#pragma once

#include <stddef.h>
#include <stdint.h>

#include "base/cleanup.h"

struct error;
struct strbuf;

struct records {
    char *data;
    size_t size;
};

void records_add(struct strbuf *out, const char *key, const char *value);
void records_add_number(struct strbuf *out, const char *key, uint64_t number);

/* -ENOENT where there is no such file, -EBADMSG where it has no end. */
int records_read(const char *path, size_t limit_bytes, struct records *ret_records,
                 struct error **reterr);
void records_deinit(struct records *records);

/* The first value of the key behind that one (NULL: from the start); NULL where there is none. */
const char *records_next(const struct records *records, const char *key, const char *behind);
/* The first; "" where there is none. */
const char *records_get(const struct records *records, const char *key);
/* 0 where it is none. */
uint64_t records_get_number(const struct records *records, const char *key);

#define _cleanup_records_ _cleanup_(records_deinit)
