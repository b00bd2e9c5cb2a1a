/* SPDX-License-Identifier: Apache-2.0 */
#include "cli/deploy/progress.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "base/text.h"
#include "base/time.h"

#define WAITING_UNTOLD_NS (TIME_SECOND / 2)
#define SLOW_NS           (2 * TIME_SECOND)

enum {
    REASON_BYTES_MAX = 1 << 20,
    LOG_LINES_MAX = 40,
    LONG_MS = 1000, /* such durations are told */
    ID_SHOWN = 12,
    STEPS_MAX = 100000
};

/* How a step is called, by what it does. %s is the instance, else the service. */
static const struct {
    const char *step;
    const char *format;
    bool is_long, is_minor;
} kinds[] = {
    {"resolve", "get %s", true, true}, /* an image, or a program */
    {"build", "build %s", true, false},
    {"prepare", "make networks and volumes", true, true},
    {"start", "start %s", true, false},
    {"restart", "start %s again", true, false},
    {"await", "wait until %s is healthy", true, false},
    {"hold", "hold requests for %s", false, true},
    {"retire", "drain %s", true, true},
    {"stop", "stop %s", true, false},
    {"admit", "send traffic to %s", false, false},
    {"switch", "switch traffic", false, false},
    {"canary", "send a share of traffic to what is new", true, false},
    {"bake", "watch errors and latency", true, false},
    {"remove", "remove %s", true, false},
    {"clean", "remove what nothing needs any more", false, true},
};

/* How a deploy is called, by its kind, after which commands are called. */
static const struct {
    const char *kind, *words;
} deploys[] = {
    {"image", "deploy"},
    {"rm", "removal"},
};

static const char *words_for(const char *kind)
{
    for (size_t i = 0; i < sizeof(deploys) / sizeof(deploys[0]); i++)
        if (strcmp(deploys[i].kind, kind) == 0)
            return deploys[i].words;
    return kind;
}

/* Texts of events */

static const char *escaped(struct progress *progress, const char *text)
{
    strbuf_reset(progress->text);
    text_escape(progress->text, text, strlen(text));
    return arena_strdup(progress->arena, strbuf_text(progress->text));
}

static const char *member(struct progress *progress, const json_t *event, const char *key)
{
    const char *text = json_string_value(json_object_get(event, key));

    return text != NULL ? escaped(progress, text) : "";
}

/* Without the service at its front, where that is told beside it. */
static const char *message_of(struct progress *progress, const json_t *event, const char *service)
{
    const char *message = member(progress, event, "message");
    const char *prefix = arena_printf(progress->arena, "service \"%s\": ", service);

    return text_starts_with(message, prefix) ? message + strlen(prefix) : message;
}

static uint64_t number(const json_t *event, const char *key)
{
    json_int_t value = json_integer_value(json_object_get(event, key));

    return value > 0 ? (uint64_t)value : 0;
}

/* The last line of the text, escaped and cut: it is drawn over and over. */
static void set_detail(struct progress *progress, char detail[PROGRESS_TEXT_BYTES],
                       const char *text)
{
    size_t length = strlen(text);
    const char *start, *whole;

    while (length > 0 && (text[length - 1] == '\n' || text[length - 1] == '\r'))
        length--;
    start = text + length;
    while (start > text && start[-1] != '\n' && start[-1] != '\r')
        start--;
    strbuf_reset(progress->text);
    text_escape(progress->text, start, (size_t)(text + length - start));
    whole = strbuf_text(progress->text);
    length = strlen(whole);
    if (length >= PROGRESS_TEXT_BYTES)
        length = PROGRESS_TEXT_BYTES - 1;
    while (length > 0 && ((unsigned char)whole[length] & 0xc0) == 0x80)
        length--; /* not in the midst of a character */
    memcpy(detail, whole, length);
    detail[length] = '\0';
}

/* Steps */

static const char *id_of(struct progress *progress, const json_t *event)
{
    const json_t *id = json_object_get(event, "id");

    if (json_is_integer(id))
        return arena_printf(progress->arena, "%" JSON_INTEGER_FORMAT, json_integer_value(id));
    return member(progress, event, "id");
}

const char *progress_instance(struct arena *arena, const char *service, const char *id)
{
    bool is_id = strlen(id) >= ID_SHOWN && strspn(id, "0123456789abcdef") == strlen(id);

    if (*service == '\0' || !is_id)
        return id;
    return arena_printf(arena, "%s (%.*s)", service, ID_SHOWN, id);
}

const char *progress_subject(struct arena *arena, const char *project, const char *service,
                             const char *name, const char *instance, uint64_t number)
{
    size_t length = strlen(project);

    if (*name != '\0' && text_starts_with(name, project) && name[length] == '-' &&
        name[length + 1] != '\0')
        return name + length + 1;
    if (*name != '\0')
        return name;
    if (*service != '\0' && number > 0)
        return arena_printf(arena, "%s-%" PRIu64, service, number);
    if (*instance != '\0')
        return progress_instance(arena, service, instance);
    return *service != '\0' ? service : project;
}

static void describe(struct progress *progress, struct progress_step *step, const json_t *event)
{
    step->kind = member(progress, event, "step");
    step->service = member(progress, event, "service");
    step->instance = member(progress, event, "instance");
    step->subject =
        progress_subject(progress->arena, progress->project, step->service,
                         member(progress, event, "name"), step->instance, number(event, "number"));
    for (size_t i = 0; i < sizeof(kinds) / sizeof(kinds[0]); i++) {
        const char *format = kinds[i].format, *place = strstr(format, "%s");

        if (strcmp(kinds[i].step, step->kind) != 0)
            continue;
        step->is_long = kinds[i].is_long;
        step->is_minor = kinds[i].is_minor;
        step->label = place == NULL
                          ? format
                          : arena_printf(progress->arena, "%.*s%s%s", (int)(place - format), format,
                                         step->subject, place + 2);
        return;
    }
    step->label = arena_printf(progress->arena, "%s %s", step->kind, step->subject);
}

static struct progress_step *find_step(struct progress *progress, const char *id)
{
    for (size_t i = 0; i < progress->step_count; i++)
        if (strcmp(progress->steps[i].id, id) == 0)
            return &progress->steps[i];
    return NULL;
}

static struct progress_step *add_step(struct progress *progress, const json_t *step)
{
    struct progress_step *added;

    if (progress->step_count == progress->step_capacity) {
        size_t capacity = progress->step_capacity > 0 ? progress->step_capacity * 2 : 64;

        progress->steps = arena_grow(progress->arena, progress->steps,
                                     progress->step_capacity * sizeof(*progress->steps),
                                     capacity * sizeof(*progress->steps));
        progress->step_capacity = capacity;
    }
    added = &progress->steps[progress->step_count++];
    *added = (struct progress_step){.id = id_of(progress, step)};
    describe(progress, added, step);
    progress->counts[PROGRESS_PENDING]++;
    return added;
}

/* Undoing and going on make plans of their own: what is done stays counted. */
static void take_plan(struct progress *progress, const json_t *event)
{
    const json_t *steps = json_object_get(event, "steps");

    for (size_t i = 0; i < json_array_size(steps) && progress->step_count < STEPS_MAX; i++) {
        const json_t *step = json_array_get(steps, i);

        if (find_step(progress, id_of(progress, step)) == NULL)
            (void)add_step(progress, step);
    }
}

static enum progress_state state_of(const char *text)
{
    static const char *const names[] = {
        [PROGRESS_BEGUN] = "begun",
        [PROGRESS_DONE] = "done",
        [PROGRESS_FAILED] = "failed",
        [PROGRESS_SKIPPED] = "skipped",
    };

    for (size_t i = PROGRESS_BEGUN; i < sizeof(names) / sizeof(names[0]); i++)
        if (strcmp(names[i], text) == 0)
            return (enum progress_state)i;
    return PROGRESS_PENDING;
}

/* Lines that stay */

static void begin_line(struct progress *progress, struct strbuf *out)
{
    strbuf_printf(out, "%s: ", progress->project);
}

static void write_step_line(struct progress *progress, const struct progress_step *step,
                            const json_t *event, struct strbuf *out,
                            const struct terminal *terminal)
{
    const char *message = message_of(progress, event, step->service);
    uint64_t duration_ms = number(event, "duration_ms");

    begin_line(progress, out);
    strbuf_append_string(out, step->label);
    if (step->state == PROGRESS_FAILED)
        strbuf_printf(out, ": %sfailed%s%s%s", terminal_style(terminal, TERMINAL_RED),
                      terminal_style(terminal, TERMINAL_PLAIN), *message != '\0' ? ": " : "",
                      message);
    else if (step->state == PROGRESS_DONE) {
        strbuf_printf(out, ": %sdone%s", terminal_style(terminal, TERMINAL_GREEN),
                      terminal_style(terminal, TERMINAL_PLAIN));
        if (duration_ms >= LONG_MS) {
            strbuf_append_string(out, " in ");
            progress_write_duration(out, time_from_milliseconds(duration_ms));
        }
        if (*message != '\0')
            strbuf_printf(out, " (%s)", message);
    } else if (*message != '\0') {
        strbuf_printf(out, " (%s)", message);
    }
    strbuf_append_char(out, '\n');
}

/* On a terminal, what is under way is drawn; elsewhere steps are lines when they are over, but for
 * those that matter only when they take long. */
static bool is_worth_a_line(const struct progress *progress, const struct progress_step *step,
                            const json_t *event)
{
    if (progress->is_short)
        return false;
    if (step->state == PROGRESS_FAILED)
        return true;
    return step->state == PROGRESS_DONE && !progress->is_live &&
           (!step->is_minor || step->is_told || number(event, "duration_ms") >= LONG_MS);
}

static void take_step(struct progress *progress, const json_t *event, uint64_t now_ns,
                      struct strbuf *out, const struct terminal *terminal)
{
    struct progress_step *step = find_step(progress, id_of(progress, event));
    enum progress_state state = state_of(member(progress, event, "state"));

    if (step == NULL && progress->step_count >= STEPS_MAX)
        return;
    if (step == NULL)
        step = add_step(progress, event);
    progress->counts[step->state]--;
    progress->counts[state]++;
    step->state = state;
    if (state == PROGRESS_BEGUN)
        step->begun_ns = now_ns;
    if (*member(progress, event, "instance") != '\0')
        step->instance = member(progress, event, "instance");
    if (state == PROGRESS_FAILED) {
        progress->failed_label = step->label;
        set_detail(progress, step->detail, member(progress, event, "message"));
    }
    if (is_worth_a_line(progress, step, event))
        write_step_line(progress, step, event, out, terminal);
}

/* What is waited for; how far a pull is says nothing to who reads later. */
static bool shows_detail(const struct progress_step *step)
{
    return strcmp(step->kind, "await") == 0 && step->detail[0] != '\0';
}

/* It waits for something else by now, and no line was written just before. */
static bool has_news(const struct progress_step *step, uint64_t now_ns)
{
    return shows_detail(step) && strcmp(step->detail, step->told_detail) != 0 &&
           time_subtract(now_ns, step->told_ns) >= SLOW_NS;
}

void progress_tell_slow(struct progress *progress, uint64_t now_ns, struct strbuf *out)
{
    for (size_t i = 0; i < progress->step_count && !progress->is_live && !progress->is_short; i++) {
        struct progress_step *step = &progress->steps[i];

        if (step->state != PROGRESS_BEGUN || !step->is_long ||
            time_subtract(now_ns, step->begun_ns) < SLOW_NS)
            continue;
        if (step->is_told && !has_news(step, now_ns))
            continue;
        step->is_told = true;
        step->told_ns = now_ns;
        begin_line(progress, out);
        strbuf_printf(out, "%s ...%s%s\n", step->label, shows_detail(step) ? " " : "",
                      shows_detail(step) ? step->detail : "");
        memcpy(step->told_detail, step->detail, sizeof(step->told_detail));
    }
}

static void take_progress(struct progress *progress, const json_t *event)
{
    struct progress_step *step = find_step(progress, id_of(progress, event));
    const char *text = json_string_value(json_object_get(event, "text"));

    if (step == NULL)
        return;
    step->done = number(event, "done");
    step->total = number(event, "total");
    if (text != NULL)
        set_detail(progress, step->detail, text);
}

/* A part of a build's output, which may be several lines, or a part of one. */
static void take_output(struct progress *progress, const json_t *event, struct strbuf *out)
{
    struct progress_step *step = find_step(progress, id_of(progress, event));
    const char *text = json_string_value(json_object_get(event, "text"));

    if (text == NULL || *text == '\0')
        return;
    if (step != NULL)
        set_detail(progress, step->detail, text);
    if (progress->is_live)
        return;
    while (*text != '\0') {
        size_t length = strcspn(text, "\r\n");

        if (length > 0) {
            strbuf_printf(out, "%s | ", step != NULL ? step->service : progress->project);
            text_escape(out, text, length);
            strbuf_append_char(out, '\n');
        }
        text += length;
        text += strspn(text, "\r\n");
    }
}

static void write_text_line(struct progress *progress, const json_t *event, struct strbuf *out)
{
    begin_line(progress, out);
    strbuf_printf(out, "%s\n", member(progress, event, "text"));
    progress->changes++;
}

/* Each new instance is a target of several groups on its way into traffic: where there are
 * services, steps say that better. */
static bool is_told(const struct progress *progress, const json_t *change)
{
    const char *text = json_string_value(json_object_get(change, "text"));

    return progress->is_short || (text != NULL && text_starts_with(text, "listener "));
}

/* "rollback to revision 3"; "stop (revision 3)", which is stopped, and not taken back. */
static void take_started(struct progress *progress, const json_t *event, struct strbuf *out)
{
    const char *kind = member(progress, event, "kind"), *words = words_for(kind);
    bool is_way_back = strcmp(kind, "rollback") == 0;
    uint64_t to = number(event, "to");
    char revision[sizeof(" to revision ") + 20] = "";

    progress->waiting = NULL;
    if (to > 0)
        (void)snprintf(revision, sizeof(revision),
                       is_way_back ? " to revision %" PRIu64 : " (revision %" PRIu64 ")", to);
    (void)snprintf(progress->title, sizeof(progress->title), "%.100s%s", words, revision);
    if (progress->is_live || progress->is_short)
        return;
    begin_line(progress, out);
    if (is_way_back)
        strbuf_printf(out, "%s begins\n", progress->title);
    else
        strbuf_printf(out, "%s begins%s\n", words, revision);
}

static void take_waiting(struct progress *progress, const json_t *event, uint64_t now_ns)
{
    const json_t *other = json_object_get(event, "for");
    const char *since = member(progress, other, "since");
    uint64_t deploy = number(other, "deploy");

    progress->waiting_ns = now_ns;
    progress->waiting = arena_printf(
        progress->arena, "waiting for the %s of %s%s%s", words_for(member(progress, other, "kind")),
        member(progress, other, "author"), *since != '\0' ? ", which began at " : "", since);
    if (deploy > 0)
        progress->waiting =
            arena_printf(progress->arena, "%s; 'slipway cancel %" PRIu64 "' ends that one",
                         progress->waiting, deploy);
}

void progress_tell_waiting(struct progress *progress, uint64_t now_ns, struct strbuf *out)
{
    if (progress->waiting == NULL ||
        time_subtract(now_ns, progress->waiting_ns) < WAITING_UNTOLD_NS)
        return;
    begin_line(progress, out);
    strbuf_printf(out, "%s\n", progress->waiting);
    progress->waiting = NULL;
}

/* The end */

/* Of an instance that the steps were about. */
static const char *name_of(struct progress *progress, const json_t *result, const char *instance)
{
    const char *service = member(progress, result, "service");

    for (size_t i = 0; i < progress->step_count; i++)
        if (strcmp(progress->steps[i].instance, instance) == 0)
            return progress->steps[i].subject;
    return progress_subject(progress->arena, progress->project, service,
                            member(progress, result, "name"), instance, 0);
}

static void write_log(struct progress *progress, const json_t *result)
{
    const json_t *log = json_object_get(result, "log");
    const char *instance = member(progress, result, "instance");
    size_t count = json_array_size(log);
    size_t first = count > LOG_LINES_MAX ? count - LOG_LINES_MAX : 0;

    if (count == 0)
        return;
    if (*instance != '\0')
        instance = name_of(progress, result, instance);
    strbuf_printf(&progress->reason,
                  "\nThe last lines of %s:", *instance != '\0' ? instance : "its log");
    for (size_t i = first; i < count; i++) {
        const char *line = json_string_value(json_array_get(log, i));
        size_t length = line != NULL ? strlen(line) : 0;

        while (length > 0 && (line[length - 1] == '\n' || line[length - 1] == '\r'))
            length--;
        strbuf_append_string(&progress->reason, "\n    ");
        if (length > 0)
            text_escape(&progress->reason, line, length);
    }
}

/* "get api" is about api; one instance of it has a name of its own. */
static bool is_about(const char *label, const char *service)
{
    size_t length = label != NULL ? strlen(label) : 0, end = strlen(service);

    return length > end && label[length - end - 1] == ' ' && text_ends_with(label, service);
}

static void write_reason(struct progress *progress, const json_t *result)
{
    const char *service = member(progress, result, "service");
    const char *message = message_of(progress, result, service);
    const char *label = progress->is_short ? NULL : progress->failed_label;

    if (*service != '\0' && !is_about(label, service))
        strbuf_printf(&progress->reason, "%s: ", service);
    if (label != NULL)
        strbuf_printf(&progress->reason, "%s: ", label);
    strbuf_append_string(&progress->reason, *message != '\0' ? message : "the deploy failed");
    write_log(progress, result);
    if (!progress->is_short && progress->revision > 0)
        strbuf_printf(&progress->reason, "\nRevision %" PRIu64 " serves on.", progress->revision);
}

static void take_result(struct progress *progress, const json_t *event)
{
    progress->is_ended = true;
    progress->is_done = text_equal(json_string_value(json_object_get(event, "state")), "done");
    progress->revision = number(event, "revision");
    if (!progress->is_done)
        write_reason(progress, event);
}

void progress_take(struct progress *progress, const json_t *event, uint64_t now_ns,
                   struct strbuf *out, const struct terminal *terminal)
{
    const char *type = json_string_value(json_object_get(event, "type"));

    if (text_equal(type, "waiting"))
        take_waiting(progress, event, now_ns);
    else if (text_equal(type, "started"))
        take_started(progress, event, out);
    else if (text_equal(type, "plan"))
        take_plan(progress, event);
    else if (text_equal(type, "step"))
        take_step(progress, event, now_ns, out, terminal);
    else if (text_equal(type, "progress"))
        take_progress(progress, event);
    else if (text_equal(type, "output"))
        take_output(progress, event, out);
    else if (text_equal(type, "note") || (text_equal(type, "change") && is_told(progress, event)))
        write_text_line(progress, event, out);
    else if (text_equal(type, "result"))
        take_result(progress, event);
}

void progress_init(struct progress *progress, struct arena *arena, struct strbuf *text,
                   const char *project, uint64_t now_ns)
{
    *progress = (struct progress){.arena = arena, .text = text, .begun_ns = now_ns};
    progress->project = escaped(progress, project);
    strbuf_init(&progress->reason, REASON_BYTES_MAX);
}

void progress_deinit(struct progress *progress)
{
    strbuf_deinit(&progress->reason);
}
