/* SPDX-License-Identifier: Apache-2.0 */
#include "runtime/process/records.h"

#include <errno.h>
#include <inttypes.h>
#include <string.h>

#include "base/error.h"
#include "base/strbuf.h"
#include "os/file.h"

#define END "end=1"

void records_add(struct strbuf *out, const char *key, const char *value)
{
    strbuf_append_string(out, key);
    strbuf_append_char(out, '=');
    strbuf_append(out, value, strlen(value) + 1);
}

void records_add_number(struct strbuf *out, const char *key, uint64_t number)
{
    strbuf_printf(out, "%s=%" PRIu64, key, number);
    strbuf_append_char(out, '\0');
}

void records_deinit(struct records *records)
{
    free(records->data);
    *records = (struct records){0};
}

int records_read(const char *path, size_t limit_bytes, struct records *ret_records,
                 struct error **reterr)
{
    _cleanup_records_ struct records records = {0};
    int r = os_read_file(path, limit_bytes, &records.data, &records.size, reterr);

    if (r < 0)
        return r;
    if (records.size < sizeof(END) ||
        memcmp(records.data + records.size - sizeof(END), END, sizeof(END)) != 0)
        return error_set(reterr, EBADMSG, "%s: is not complete", path);
    *ret_records = (struct records){.data = take_ptr(records.data), .size = records.size};
    return 0;
}

const char *records_next(const struct records *records, const char *key, const char *behind)
{
    const char *end = records->data + records->size;
    const char *record = behind != NULL ? behind + strlen(behind) + 1 : records->data;
    size_t length = strlen(key);

    for (; record != NULL && record < end; record += strlen(record) + 1) {
        if (strncmp(record, key, length) == 0 && record[length] == '=')
            return record + length + 1;
    }
    return NULL;
}

const char *records_get(const struct records *records, const char *key)
{
    const char *value = records_next(records, key, NULL);

    return value != NULL ? value : "";
}

uint64_t records_get_number(const struct records *records, const char *key)
{
    const char *text = records_get(records, key);
    unsigned long long number;

    if (text[0] == '\0' || text[strspn(text, "0123456789")] != '\0')
        return 0;
    errno = 0;
    number = strtoull(text, NULL, 10);
    return errno == 0 ? number : 0;
}
