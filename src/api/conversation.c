/* SPDX-License-Identifier: Apache-2.0 */
/* What instances say, and talking with them: logs, exec, attach. */
#include <arpa/inet.h>
#include <errno.h>
#include <string.h>

#include "api/api_priv.h"
#include "api/instances.h"
#include "base/log.h"
#include "base/text.h"
#include "base/time.h"
#include "os/file.h"
#include "os/os.h"

#define PROTOCOL        "slipway-stream"
#define ARGUMENTS_MAX   4096
#define FAILED_TEXT_MAX 4096

/* Logs */

struct logging {
    struct work *work;
    struct strbuf line;
};

/* Bytes that are no UTF-8 come as the replacement character: it is text for people. */
static void append_text(struct strbuf *line, const char *text, size_t size)
{
    while (size > 0) {
        uint32_t character;
        size_t length = text_utf8_decode(text, size, &character);

        if (length == 0) {
            strbuf_append_string(line, "\\ufffd");
            length = 1;
        } else if (character == '"' || character == '\\') {
            strbuf_append_char(line, '\\');
            strbuf_append_char(line, *text);
        } else if (character < 0x20 || character == 0x7f) {
            strbuf_printf(line, "\\u%04x", (unsigned int)character);
        } else {
            strbuf_append(line, text, length);
        }
        text += length;
        size -= length;
    }
}

static int put_log_line(void *context, bool is_stderr, uint64_t unix_ns, const char *text,
                        size_t size)
{
    struct logging *logging = context;
    json_t *time = work_time(unix_ns);
    const char *said = json_string_value(time);

    strbuf_reset(&logging->line);
    strbuf_printf(&logging->line, "{\"time\":\"%s\",\"stream\":\"%s\",\"text\":\"",
                  said != NULL ? said : "", is_stderr ? "stderr" : "stdout");
    json_decref(time);
    append_text(&logging->line, text, size);
    strbuf_append_string(&logging->line, "\"}\n");
    if (strbuf_failure(&logging->line) < 0)
        return -ENOMEM;
    return task_write(logging->work->task, strbuf_text(&logging->line), logging->line.length);
}

/* "all" and what is no number are all. */
static int64_t tail_of(struct work *work)
{
    uint64_t lines = work_number(work, "tail", UINT64_MAX);

    return lines > INT64_MAX ? -1 : (int64_t)lines;
}

static int logs(struct work *work)
{
    struct logging logging = {.work = work};
    bool has_stdout = work_flag(work, "stdout"), has_stderr = work_flag(work, "stderr");
    const struct runtime_log_options options = {
        .follows = work_flag(work, "follow"),
        .has_stdout = has_stdout || !has_stderr,
        .has_stderr = has_stderr || !has_stdout,
        .tail = tail_of(work),
        .since_unix_ns = work_when(work, "since"),
        .until_unix_ns = work_when(work, "until"),
        .cancel_fd = work->task->cancel_fd,
    };
    struct found_instance found;
    int r = instances_find(work, work->task->names[1], &found);

    if (r < 0)
        return r;
    task_stream(work->task);
    strbuf_init(&logging.line, (size_t)8 << 20);
    r = found.runtime->class->logs(found.runtime, work->project, found.instance->id, &options,
                                   put_log_line, &logging, &work->error);
    strbuf_deinit(&logging.line);
    return atomic_load(&work->task->is_cancelled) ? 0 : r;
}

API_WORK(api_follow_logs, logs)

/* Conversations */

/* Texts of a list of the body, with a NULL behind them; NULL where there is no list. */
static int read_list(struct work *work, const char *name, const char *const **ret)
{
    const json_t *list = json_object_get(work->body, name);
    size_t count = json_array_size(list);
    const char **items;

    *ret = NULL;
    if (!json_is_array(list))
        return 0;
    if (count > ARGUMENTS_MAX)
        return error_set(&work->error, EINVAL, "%s: these are too many", name);
    items = arena_new_array(&work->arena, const char *, count + 1);
    for (size_t i = 0; i < count; i++) {
        items[i] = json_string_value(json_array_get(list, i));
        if (items[i] == NULL)
            return error_set(&work->error, EINVAL, "%s: this is a list of texts", name);
    }
    *ret = items;
    return 0;
}

static uint16_t read_size(const struct work *work, const char *name)
{
    json_int_t number = json_integer_value(json_object_get(work->body, name));

    return number > 0 && number <= UINT16_MAX ? (uint16_t)number : 0;
}

/* What went wrong after the connection had become one of frames. */
static void say_failed(int fd, const char *message)
{
    struct runtime_frame_head head = {.type = RUNTIME_FRAME_FAILED};
    size_t size = strnlen(message, FAILED_TEXT_MAX);
    uint32_t length = htonl((uint32_t)size);

    memcpy(head.size, &length, sizeof(length));
    if (os_write_all(fd, &head, sizeof(head)) == 0)
        (void)os_write_all(fd, message, size);
}

static int take_connection(struct work *work)
{
    int r;

    if (!work->task->request->wants_upgrade)
        return error_set(&work->error, EINVAL,
                         "this is a conversation: ask for it with Upgrade: " PROTOCOL);
    r = task_take_over(work->task, PROTOCOL, &work->fd);
    return r < 0 ? error_set(&work->error, -r,
                             "the connection cannot become one of %s: wait for the answer before "
                             "saying more",
                             PROTOCOL)
                 : 0;
}

static int talk_failed(struct work *work, int r)
{
    say_failed(work->fd, work->error != NULL ? work->error->message : error_text(-r));
    return 0;
}

static int exec(struct work *work)
{
    struct runtime_exec_options options = {
        .user = work_text(work, "user"),
        .working_directory = work_text(work, "working_directory"),
        .has_terminal = work_bool(work, "terminal"),
        .has_input = work_bool(work, "input"),
        .is_privileged = work_bool(work, "privileged"),
        .rows = read_size(work, "rows"),
        .columns = read_size(work, "columns"),
    };
    struct found_instance found;
    int r = read_list(work, "command", &options.arguments);

    if (r == 0)
        r = read_list(work, "environment", &options.environment);
    if (r == 0 && (options.arguments == NULL || options.arguments[0] == NULL))
        return error_set(&work->error, EINVAL, "command: say what is to be run");
    if (r == 0)
        r = instances_find(work, work->task->names[1], &found);
    if (r == 0 && found.runtime->class->exec == NULL)
        return error_set(&work->error, ENOTSUP, "%s: its runtime has no exec",
                         found.instance->name);
    if (r == 0)
        r = take_connection(work);
    if (r != 0)
        return r;
    r = found.runtime->class->exec(found.runtime, work->project, found.instance->id, &options,
                                   work->fd, &work->error);
    return r < 0 ? talk_failed(work, r) : 0;
}

API_WORK(api_exec, exec)

/* One that was made to be attached to is started by that, so that nothing of its output is lost;
 * one that was made for this alone goes afterwards. */
static int attach(struct work *work)
{
    struct found_instance found;
    int status;
    int r = instances_find(work, work->task->names[1], &found);

    if (r == 0 && found.runtime->class->attach == NULL)
        return error_set(&work->error, ENOTSUP, "%s: its runtime has no attach",
                         found.instance->name);
    if (r == 0)
        r = take_connection(work);
    if (r != 0)
        return r;
    r = found.runtime->class->attach(found.runtime, work->project, found.instance->id,
                                     work_bool(work, "terminal"), work->fd, &work->error);
    if (r < 0)
        (void)talk_failed(work, r);
    os_closep(&work->fd);
    work->fd = -1;
    if (!keepers_take_removal(work->keepers, found.instance->id))
        return 0;
    work->error = error_free(work->error);
    r = found.runtime->class->wait(found.runtime, work->project, found.instance->id,
                                   work->task->cancel_fd, &status, &work->error);
    if (r == 0)
        r = found.runtime->class->remove(found.runtime, work->project, found.instance->id, true,
                                         &work->error);
    if (r < 0)
        log_warning("%s is not removed: %s", found.instance->name,
                    work->error != NULL ? work->error->message : error_text(-r));
    return 0;
}

API_WORK(api_attach, attach)
