/* SPDX-License-Identifier: Apache-2.0 */
#include "cmd/supervisor/options.h"

#include <errno.h>
#include <inttypes.h>
#include <string.h>

#include "base/error.h"
#include "base/strbuf.h"
#include "base/text.h"
#include "os/file.h"
#include "os/memory.h"
#include "os/os.h"

#define OPTIONS_MAGIC "slipway-options-1"

enum {
    OPTIONS_MAX_BYTES = 16 << 20, /* command lines are long where shells expand them */
    OPTIONS_FIXED_COUNT = 6,      /* before the loader's arguments */
};

static void options_put(struct strbuf *out, const char *text)
{
    strbuf_append(out, text, strlen(text) + 1);
}

int options_store(const struct supervisor_options *options, const char *program)
{
    _cleanup_strbuf_ struct strbuf out;
    char number[24];

    strbuf_init(&out, OPTIONS_MAX_BYTES);
    options_put(&out, OPTIONS_MAGIC);
    options_put(&out, program);
    options_put(&out, options->runtime_dir);
    options_put(&out, options->state_dir);
    (void)snprintf(number, sizeof(number), "%" PRIu64, options->drain_timeout_ms);
    options_put(&out, number);
    options_put(&out, options->is_foreground ? "1" : "0");
    for (size_t i = 0; options->loader_arguments != NULL && options->loader_arguments[i] != NULL;
         i++)
        options_put(&out, options->loader_arguments[i]);
    if (strbuf_failure(&out) < 0)
        return strbuf_failure(&out);
    return os_memory_file_of("slipway-options", out.data, out.length);
}

static size_t options_count_texts(const char *data, size_t size)
{
    size_t count = 0;

    for (size_t at = 0; at < size; at++)
        count += data[at] == '\0';
    return count;
}

static int options_parse(struct stored_options *stored, size_t size)
{
    size_t count = options_count_texts(stored->data, size);
    char *text = stored->data;

    if (count < OPTIONS_FIXED_COUNT || stored->data[size - 1] != '\0')
        return -EBADMSG;
    stored->loader_arguments = calloc(count + 1, sizeof(char *));
    if (stored->loader_arguments == NULL)
        return -ENOMEM;
    for (size_t i = 0; i < count; i++, text += strlen(text) + 1)
        stored->loader_arguments[i] = text;
    if (!text_equal(stored->loader_arguments[0], OPTIONS_MAGIC))
        return -EBADMSG;
    stored->program = stored->loader_arguments[1];
    stored->options = (struct supervisor_options){
        .runtime_dir = stored->loader_arguments[2],
        .state_dir = stored->loader_arguments[3],
        .drain_timeout_ms = strtoull(stored->loader_arguments[4], NULL, 10),
        .is_foreground = text_equal(stored->loader_arguments[5], "1"),
        .loader_arguments =
            count > OPTIONS_FIXED_COUNT ? stored->loader_arguments + OPTIONS_FIXED_COUNT : NULL,
    };
    return 0;
}

int options_read(int fd, struct stored_options *ret_stored, struct error **reterr)
{
    struct stored_options stored = {0};
    size_t size;
    void *memory;
    int r;

    if (!os_memory_file_is_sealed(fd, &size) || size == 0 || size > OPTIONS_MAX_BYTES)
        return error_set(reterr, EBADMSG, "what was handed over holds no options");
    r = os_memory_map(fd, size, false, &memory);
    if (r == 0) {
        stored.data = malloc(size);
        if (stored.data != NULL)
            memcpy(stored.data, memory, size);
        os_memory_unmap(memory, size);
        r = stored.data == NULL ? -ENOMEM : options_parse(&stored, size);
    }
    if (r < 0) {
        options_free(&stored);
        return error_set(reterr, -r, "cannot read the options: %s", error_text(-r));
    }
    *ret_stored = stored;
    return 0;
}

void options_free(struct stored_options *stored)
{
    free(stored->data);
    free(stored->loader_arguments);
    *stored = (struct stored_options){0};
}
