/* SPDX-License-Identifier: Apache-2.0 */
/* What is drawn of a deploy that is under way, and what is written at its end. */
#include <inttypes.h>
#include <string.h>

#include "base/text.h"
#include "base/time.h"
#include "cli/deploy/progress.h"

enum {
    LINE_BYTES_MAX = 4096,
    WIDTH_MIN = 8
};

void progress_write_duration(struct strbuf *out, uint64_t duration_ns)
{
    uint64_t seconds = duration_ns / TIME_SECOND;

    if (seconds < 10)
        strbuf_printf(out, "%" PRIu64 ".%" PRIu64 "s", seconds,
                      duration_ns % TIME_SECOND / (TIME_SECOND / 10));
    else if (seconds < 60)
        strbuf_printf(out, "%" PRIu64 "s", seconds);
    else
        strbuf_printf(out, "%" PRIu64 "m %" PRIu64 "s", seconds / 60, seconds % 60);
}

static void write_bytes(struct strbuf *out, uint64_t bytes)
{
    static const char *const units[] = {"B", "kB", "MB", "GB", "TB"};
    double number = (double)bytes;
    size_t unit = 0;

    for (; number >= 1000 && unit < 4; unit++)
        number /= 1000;
    strbuf_printf(out, unit > 0 && number < 10 ? "%.1f %s" : "%.0f %s", number, units[unit]);
}

/* As much of the line as fits; the last column stays free, as terminals differ about it. */
static void write_cut(struct strbuf *out, const char *line, size_t width)
{
    size_t used = 0;
    const char *at = line;

    width = width > WIDTH_MIN ? width - 1 : WIDTH_MIN;
    while (*at != '\0' && used < width) {
        uint32_t character;
        size_t size = text_utf8_decode(at, strlen(at), &character);

        at += size > 0 ? size : 1;
        used++;
    }
    strbuf_append(out, line, (size_t)(at - line));
}

static void write_summary(const struct progress *progress, struct strbuf *line, uint64_t now_ns)
{
    const size_t *counts = progress->counts;
    size_t all = progress->step_count - counts[PROGRESS_SKIPPED];

    strbuf_printf(line, "%s: %s", progress->project,
                  progress->title[0] != '\0' ? progress->title : "waiting");
    if (all > 0)
        strbuf_printf(line, ": %zu of %zu steps", counts[PROGRESS_DONE], all);
    if (counts[PROGRESS_BEGUN] > 0)
        strbuf_printf(line, ", %zu under way", counts[PROGRESS_BEGUN]);
    if (counts[PROGRESS_FAILED] > 0)
        strbuf_printf(line, ", %zu failed", counts[PROGRESS_FAILED]);
    strbuf_append_string(line, ", ");
    progress_write_duration(line,
                            time_subtract(now_ns, progress->begun_ns) / TIME_SECOND * TIME_SECOND);
}

static void write_step(const struct progress_step *step, struct strbuf *line, uint64_t now_ns)
{
    strbuf_printf(line, "  %s", step->label);
    if (step->state == PROGRESS_FAILED) {
        strbuf_append_string(line, ": failed");
    } else {
        strbuf_append_string(line, "  ");
        progress_write_duration(line,
                                time_subtract(now_ns, step->begun_ns) / TIME_SECOND * TIME_SECOND);
    }
    if (step->total > 0) {
        strbuf_append_string(line, "  ");
        write_bytes(line, step->done);
        strbuf_append_string(line, " of ");
        write_bytes(line, step->total);
    }
    if (step->detail[0] != '\0')
        strbuf_printf(line, "  %s", step->detail);
}

static void write_line(struct strbuf *out, const struct terminal *terminal,
                       enum terminal_style style, const struct strbuf *line)
{
    if (style != TERMINAL_PLAIN)
        strbuf_append_string(out, terminal_style(terminal, style));
    write_cut(out, strbuf_text(line), terminal->width);
    if (style != TERMINAL_PLAIN)
        strbuf_append_string(out, terminal_style(terminal, TERMINAL_PLAIN));
    strbuf_append_char(out, '\n');
}

void progress_write(const struct progress *progress, struct strbuf *out,
                    const struct terminal *terminal, size_t rows, uint64_t now_ns)
{
    _cleanup_strbuf_ struct strbuf line;
    size_t shown = progress->counts[PROGRESS_BEGUN] + progress->counts[PROGRESS_FAILED];
    size_t room = rows > 2 ? rows - 2 : 0; /* the summary, and the line of the cursor */
    size_t written = 0;

    strbuf_init(&line, LINE_BYTES_MAX);
    write_summary(progress, &line, now_ns);
    write_line(out, terminal, TERMINAL_BOLD, &line);
    if (shown > room && room > 0)
        room--; /* for how many there are besides */
    /* What has failed first: it is what one wants to see. */
    for (int pass = 0; pass < 2; pass++) {
        enum progress_state state = pass == 0 ? PROGRESS_FAILED : PROGRESS_BEGUN;

        for (size_t i = 0; i < progress->step_count && written < room; i++) {
            if (progress->steps[i].state != state)
                continue;
            strbuf_reset(&line);
            write_step(&progress->steps[i], &line, now_ns);
            write_line(out, terminal, pass == 0 ? TERMINAL_RED : TERMINAL_PLAIN, &line);
            written++;
        }
    }
    if (written < shown && rows > 2) {
        strbuf_reset(&line);
        strbuf_printf(&line, "  and %zu more", shown - written);
        write_line(out, terminal, TERMINAL_DIM, &line);
    }
}

static uint64_t number(const json_t *result, const char *key)
{
    json_int_t value = json_integer_value(json_object_get(result, key));

    return value > 0 ? (uint64_t)value : 0;
}

/* How a service has changed, from the steps that were done. */

static const struct {
    const char *kind, *text;
} changes[] = {
    {"start", "started"},
    {"restart", "started again"},
    {"stop", "stopped"},
    {"remove", "removed"},
};

enum {
    CHANGE_COUNT = sizeof(changes) / sizeof(changes[0])
};

static bool is_first_of_service(const struct progress *progress, size_t index)
{
    for (size_t i = 0; i < index; i++)
        if (strcmp(progress->steps[i].service, progress->steps[index].service) == 0)
            return false;
    return true;
}

static void write_service(const struct progress *progress, const char *service, struct strbuf *out)
{
    size_t counts[CHANGE_COUNT] = {0};
    const char *separator = ": ";
    bool has_removed;

    for (size_t i = 0; i < progress->step_count; i++)
        for (size_t j = 0; j < CHANGE_COUNT; j++)
            if (progress->steps[i].state == PROGRESS_DONE &&
                strcmp(progress->steps[i].service, service) == 0 &&
                strcmp(progress->steps[i].kind, changes[j].kind) == 0)
                counts[j]++;
    has_removed = counts[CHANGE_COUNT - 1] > 0;
    for (size_t j = 0; j < CHANGE_COUNT; j++) {
        /* What is removed was stopped before. */
        if (counts[j] == 0 || (has_removed && strcmp(changes[j].kind, "stop") == 0))
            continue;
        if (*separator == ':')
            strbuf_printf(out, "%s: %s", progress->project, service);
        strbuf_printf(out, "%s%zu %s", separator, counts[j], changes[j].text);
        separator = ", ";
    }
    if (*separator == ',')
        strbuf_append_char(out, '\n');
}

static void write_services(const struct progress *progress, struct strbuf *out)
{
    for (size_t i = 0; i < progress->step_count; i++)
        if (*progress->steps[i].service != '\0' && is_first_of_service(progress, i))
            write_service(progress, progress->steps[i].service, out);
}

void progress_write_recap(struct progress *progress, const json_t *result, struct strbuf *out,
                          const struct terminal *terminal, uint64_t now_ns)
{
    uint64_t failed = number(result, "failed");

    if (progress->is_done && progress->changes == 0 && number(result, "changed") == 0)
        strbuf_printf(out, "%s: nothing has changed\n", progress->project);
    if (progress->is_short)
        return;
    if (progress->is_live && progress->is_done)
        write_services(progress, out);
    strbuf_printf(out, "%s: ", progress->project);
    if (progress->revision > 0)
        strbuf_printf(out, "revision %" PRIu64 " serves: ", progress->revision);
    strbuf_printf(out, "%sok=%" PRIu64 " changed=%" PRIu64 "%s %sfailed=%" PRIu64 "%s",
                  terminal_style(terminal, progress->is_done ? TERMINAL_GREEN : TERMINAL_PLAIN),
                  number(result, "ok"), number(result, "changed"),
                  terminal_style(terminal, TERMINAL_PLAIN),
                  terminal_style(terminal, failed > 0 ? TERMINAL_RED : TERMINAL_PLAIN), failed,
                  terminal_style(terminal, TERMINAL_PLAIN));
    if (time_subtract(now_ns, progress->begun_ns) >= TIME_SECOND) {
        strbuf_append_string(out, " in ");
        progress_write_duration(out, time_subtract(now_ns, progress->begun_ns));
    }
    strbuf_append_char(out, '\n');
}
