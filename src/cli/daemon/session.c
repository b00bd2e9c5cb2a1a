/* SPDX-License-Identifier: Apache-2.0 */
#include "cli/daemon/session.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/error.h"
#include "base/text.h"
#include "cli/project.h"
#include "model/value_json.h"
#include "os/file.h"
#include "os/os.h"
#include "os/path.h"

enum {
    OUTPUT_BYTES_MAX = 256 << 20,
    MESSAGE_BYTES_MAX = 4096,
    PID_BYTES_MAX = 64,
    TRIES_MAX = 50,
    TRY_AGAIN_MS = 200
};

void session_fail(struct session *session, const char *format, ...)
{
    _cleanup_strbuf_ struct strbuf message;
    va_list arguments;

    strbuf_init(&message, MESSAGE_BYTES_MAX);
    va_start(arguments, format);
    strbuf_vprintf(&message, format, arguments);
    va_end(arguments);
    cli_complain(session->context, "%s", strbuf_text(&message));
    session->status = session->status_of_failure;
}

/* Answers */

static void forget_answer(struct session *session)
{
    json_decref(session->document);
    session->document = NULL;
    http_response_deinit(&session->response);
    session->response = (struct http_response){0};
}

/* {"error": {"message", "path"}} */
static void refused(struct session *session)
{
    const json_t *error = json_object_get(session->document, "error");
    const char *message = json_string_value(json_object_get(error, "message"));
    const char *path = json_string_value(json_object_get(error, "path"));

    if (message == NULL)
        session_fail(session, "the daemon answered with status %u", session->response.status);
    else if (path != NULL)
        session_fail(session, "%s: %s", path, message);
    else
        session_fail(session, "%s", message);
}

void session_fail_call(struct session *session, int r)
{
    const char *message = session->error != NULL ? session->error->message : error_text(-r);

    if (r == -ENOENT || r == -ECONNREFUSED)
        session_fail(session, "%s\nStart one with 'slipway up' or 'slipway serve'.", message);
    else
        session_fail(session, "%s", message);
    session->error = error_free(session->error);
}

bool session_call(struct session *session, const char *method, const char *target, const char *body)
{
    return session_call_within(session, method, target, body, HTTP_CALL_TIMEOUT_MS);
}

static bool take_answer(struct session *session, int r)
{
    if (r < 0) {
        session_fail_call(session, r);
        return false;
    }
    session->document =
        json_loadb(session->response.body, session->response.size, JSON_DECODE_ANY, NULL);
    if (session->response.status < 200 || session->response.status > 299) {
        refused(session);
        return false;
    }
    if (session->document == NULL && session->response.size > 0) {
        session_fail(session, "the daemon's answer is not JSON");
        return false;
    }
    return true;
}

bool session_call_within(struct session *session, const char *method, const char *target,
                         const char *body, uint64_t timeout_ms)
{
    forget_answer(session);
    return take_answer(session, http_call_within(session->folders.socket_path, method, target, body,
                                                 timeout_ms, &session->response, &session->error));
}

bool session_call_surely(struct session *session, const char *method, const char *target,
                         const char *body)
{
    bool was_there = false;
    int r = 0;

    for (unsigned int i = 0; i < TRIES_MAX; i++) {
        forget_answer(session);
        session->error = error_free(session->error);
        r = http_call(session->folders.socket_path, method, target, body, &session->response,
                      &session->error);
        was_there = was_there || r == -ECONNRESET || r == -EPIPE;
        if (!was_there || !(r == -ECONNRESET || r == -EPIPE || r == -ECONNREFUSED || r == -ENOENT))
            break;
        (void)os->poll(NULL, 0, TRY_AGAIN_MS);
    }
    return take_answer(session, r);
}

bool session_call_quietly(struct session *session, const char *target, uint64_t timeout_ms)
{
    int r;

    forget_answer(session);
    r = http_call_within(session->folders.socket_path, "GET", target, NULL, timeout_ms,
                         &session->response, NULL);
    if (r < 0 || session->response.status != 200)
        return false;
    session->document =
        json_loadb(session->response.body, session->response.size, JSON_DECODE_ANY, NULL);
    return session->document != NULL;
}

void session_tell(struct session *session, const char *method, const char *target)
{
    forget_answer(session);
    (void)http_call(session->folders.socket_path, method, target, "{}", &session->response, NULL);
}

bool session_finds_daemon(struct session *session)
{
    int r;

    forget_answer(session);
    r = http_call(session->folders.socket_path, "GET", "/v1/version", NULL, &session->response,
                  &session->error);
    if (r >= 0)
        return true;
    if (r != -ENOENT && r != -ECONNREFUSED) {
        session_fail_call(session, r);
        return false;
    }
    session->error = error_free(session->error);
    return false;
}

pid_t session_find_owner(struct session *session)
{
    const char *path =
        arena_printf(&session->arena, "%s/supervisor.pid", session->folders.runtime_dir);
    char *text;
    size_t size;
    pid_t pid;

    if (os_read_file(path, PID_BYTES_MAX, &text, &size, NULL) < 0)
        return 0;
    pid = (pid_t)strtol(text, NULL, 10);
    free(text);
    return pid;
}

const char *session_escaped(struct session *session, const char *text)
{
    const char *copy;

    strbuf_reset(&session->text);
    text_escape(&session->text, text, strlen(text));
    if (strbuf_failure(&session->text) < 0)
        arena_fail(&session->arena, strbuf_failure(&session->text));
    copy = arena_strdup(&session->arena, strbuf_text(&session->text));
    return copy;
}

const char *session_text(struct session *session, const json_t *object, const char *key)
{
    const char *text = json_string_value(json_object_get(object, key));

    return text != NULL ? session_escaped(session, text) : "";
}

uint64_t session_number(const json_t *object, const char *key)
{
    const json_t *number = json_object_get(object, key);
    double real = json_number_value(number);

    if (json_is_integer(number))
        return json_integer_value(number) > 0 ? (uint64_t)json_integer_value(number) : 0;
    return real > 0 && real < 1e18 ? (uint64_t)real : 0;
}

/* JSON as it came, but for what a terminal could obey: that stands only in texts, which may have it
 * as an escape. */
static void append_json(struct strbuf *out, const char *data, size_t size)
{
    while (size > 0) {
        char escaped[TEXT_ESCAPED_MAX];
        size_t plain = 0, length, consumed;

        while (plain < size && (unsigned char)data[plain] < 0x7f)
            plain++;
        strbuf_append(out, data, plain);
        data += plain;
        size -= plain;
        if (size == 0)
            return;
        consumed = text_escape_next(data, size, escaped, &length);
        if (*data == 0x7f)
            strbuf_append_string(out, "\\u007f");
        else
            strbuf_append(out, escaped, length);
        data += consumed;
        size -= consumed;
    }
}

void session_print_document(struct session *session)
{
    append_json(&session->out, session->response.body, session->response.size);
    if (session->response.size == 0 || session->response.body[session->response.size - 1] != '\n')
        strbuf_append_char(&session->out, '\n');
}

/* The project */

bool session_load_project(struct session *session)
{
    struct spec_options options =
        project_options(session->arguments, session->context, session->current_directory);
    bool fine;
    int r;

    options.explicit_commands = true; /* as for "config --format json" */
    options.refuse_unsupported = session->refuses_unsupported;
    fine = spec_load(&session->spec, &options);
    r = project_print_diagnostics(session->context, &session->spec, session->current_directory,
                                  session->context->json, &session->text);
    if (r < 0)
        arena_fail(&session->arena, r);
    if (!fine)
        session->status = CLI_EXIT_FAILED;
    return fine;
}

const char *session_find_project(struct session *session)
{
    struct spec_options options =
        project_options(session->arguments, session->context, session->current_directory);

    (void)spec_load(&session->spec, &options);
    if (options.project_name != NULL)
        return options.project_name;
    return session->spec.name != NULL && *session->spec.name != '\0' ? session->spec.name : NULL;
}

const char *session_project_json(struct session *session)
{
    struct json_style style = {.escape_dollar = true, .compact = true};

    strbuf_reset(&session->text);
    value_write_json(&session->text, session->spec.root, &style);
    if (strbuf_failure(&session->text) < 0)
        arena_fail(&session->arena, strbuf_failure(&session->text));
    return arena_strdup(&session->arena, strbuf_text(&session->text));
}

/* The whole */

struct invocation {
    struct session *session;
    void (*run)(struct session *session);
};

static void invoke(void *context)
{
    struct invocation *invocation = context;
    struct session *session = invocation->session;

    if (folders_find(&session->arena, session->context->environment, session->current_directory,
                     geteuid(), &session->folders, &session->error) < 0)
        session_fail(session, "%s", session->error->message);
    else
        invocation->run(session);
}

static void session_deinit(struct session *session)
{
    forget_answer(session);
    while (session->feeds != NULL)
        feed_close(session, session->feeds);
    free(session->held);
    os_closep(&session->held_fd);
    session->error = error_free(session->error);
    spec_deinit(&session->spec);
    strbuf_deinit(&session->out);
    strbuf_deinit(&session->text);
    arena_deinit(&session->arena);
    free(session->current_directory);
}

int session_run(const struct cli_arguments *arguments, const struct cli_context *context,
                void (*run)(struct session *session), void *data)
{
    struct session session = {.arguments = arguments,
                              .context = context,
                              .data = data,
                              .held_fd = -1,
                              .status_of_failure = CLI_EXIT_FAILED};
    struct invocation invocation = {&session, run};
    int r;

    if (os_current_directory(&session.current_directory, &session.error) < 0) {
        cli_complain(context, "%s", session.error->message);
        error_free(session.error);
        return CLI_EXIT_FAILED;
    }
    arena_init(&session.arena, SPEC_MEMORY_MAX);
    strbuf_init(&session.out, OUTPUT_BYTES_MAX);
    strbuf_init(&session.text, OUTPUT_BYTES_MAX);
    spec_init(&session.spec, &session.arena);
    r = arena_protect(&session.arena, invoke, &invocation);
    if (r < 0) {
        cli_complain(context, "%s", r == -E2BIG ? "it takes too much memory" : "out of memory");
        session.status = CLI_EXIT_FAILED;
    } else if (session.status == CLI_EXIT_DONE && session.out.length > 0) {
        session.status = cli_print(context, &session.out);
    }
    session_deinit(&session);
    return session.status;
}
