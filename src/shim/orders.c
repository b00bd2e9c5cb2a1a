/* SPDX-License-Identifier: Apache-2.0 */
#include "shim/orders.h"

#include <signal.h>
#include <string.h>
#include <sys/resource.h>

#include "shim/line.h"
#include "shim/protocol.h"

struct reader {
    struct orders *orders;
    struct orders_program *program; /* the section */
    enum list {
        LIST_NONE,
        LIST_ARGUMENTS,
        LIST_ENVIRONMENT,
    } list; /* that the last word went to */
    bool is_at_end;
};

static char *no_words[] = {NULL};

/* Numbers that have a place of their own */

static const struct number_key {
    const char *key;
    size_t offset; /* of a uint64_t */
    uint64_t maximum;
} number_keys[] = {
    {"restart_max", offsetof(struct orders, restart_max), UINT32_MAX},
    {"restart_delay", offsetof(struct orders, restart_delay_ns), INT64_MAX},
    {"restart_window", offsetof(struct orders, restart_window_ns), INT64_MAX},
    {"stop_signal", offsetof(struct orders, stop_signal), 64},
    {"stop_grace", offsetof(struct orders, stop_grace_ns), INT64_MAX},
    {"health_interval", offsetof(struct orders, health_interval_ns), INT64_MAX},
    {"health_timeout", offsetof(struct orders, health_timeout_ns), INT64_MAX},
    {"health_retries", offsetof(struct orders, health_retries), UINT32_MAX},
    {"health_start_period", offsetof(struct orders, health_start_period_ns), INT64_MAX},
    {"health_start_interval", offsetof(struct orders, health_start_interval_ns), INT64_MAX},
    {"umask", offsetof(struct orders, umask), 0777},
    {"drop", offsetof(struct orders, dropped_capabilities), UINT64_MAX},
    {"log_bytes", offsetof(struct orders, log_bytes), INT64_MAX},
    {"log_files", offsetof(struct orders, log_files), SHIM_LOG_FILE_MAX},
};

static const char *read_number(struct orders *orders, const struct number_key *key,
                               const char *value)
{
    uint64_t number;

    if (!line_parse_number(value, key->maximum, &number))
        return "a number is none, or out of bounds";
    memcpy((char *)orders + key->offset, &number, sizeof(number));
    return NULL;
}

/* Lists */

/* Words of a list stand together, with a NULL behind: each list is written at one go. */
static const char *add_word(struct reader *reader, enum list list, char *value)
{
    struct orders *orders = reader->orders;
    struct orders_program *program = reader->program;
    char ***place = list == LIST_ARGUMENTS ? &program->arguments : &program->environment;

    if (orders->word_count + 2 > ORDERS_WORDS_MAX)
        return "there are too many words";
    if (reader->list != list) {
        if (*place != no_words)
            return "a list is in pieces";
        if (reader->list != LIST_NONE)
            orders->word_count++; /* past the NULL of the list before */
        if (orders->word_count + 2 > ORDERS_WORDS_MAX)
            return "there are too many words";
        *place = &orders->words[orders->word_count];
        reader->list = list;
    }
    orders->words[orders->word_count++] = value;
    orders->words[orders->word_count] = NULL;
    return NULL;
}

static void end_list(struct reader *reader)
{
    if (reader->list != LIST_NONE)
        reader->orders->word_count++;
    reader->list = LIST_NONE;
}

static void program_init(struct orders_program *program)
{
    *program = (struct orders_program){.arguments = no_words, .environment = no_words};
}

/* Sections */

static const char *begin_program(struct reader *reader, const char *value)
{
    struct orders *orders = reader->orders;

    end_list(reader);
    if (strcmp(value, "main") == 0)
        reader->program = &orders->main;
    else if (strcmp(value, "health") == 0)
        reader->program = &orders->health;
    else if (strcmp(value, "post_start") == 0 && orders->post_start_count < ORDERS_HOOKS_MAX)
        reader->program = &orders->post_start[orders->post_start_count++];
    else if (strcmp(value, "pre_stop") == 0 && orders->pre_stop_count < ORDERS_HOOKS_MAX)
        reader->program = &orders->pre_stop[orders->pre_stop_count++];
    else
        return "a section is unknown, or there are too many";
    program_init(reader->program);
    return NULL;
}

static const char *read_id(const char *value, uint32_t *ret)
{
    uint64_t number;

    if (!line_parse_number(value, UINT32_MAX - 1, &number))
        return "a user or group is out of bounds";
    *ret = (uint32_t)number;
    return NULL;
}

/* Of a program; *ret_is_known is false where it is no such key. */
static const char *read_program_key(struct reader *reader, const char *key, char *value,
                                    bool *ret_is_known)
{
    struct orders_program *program = reader->program;

    *ret_is_known = true;
    if (strcmp(key, "argument") == 0)
        return add_word(reader, LIST_ARGUMENTS, value);
    if (strcmp(key, "environment") == 0) {
        if (strchr(value, '=') == NULL || value[0] == '=')
            return "a variable has no name";
        return add_word(reader, LIST_ENVIRONMENT, value);
    }
    if (strcmp(key, "executable") == 0) {
        program->executable = value;
    } else if (strcmp(key, "directory") == 0) {
        program->directory = value;
    } else if (strcmp(key, "uid") == 0) {
        program->has_user = true;
        return read_id(value, &program->uid);
    } else if (strcmp(key, "gid") == 0) {
        return read_id(value, &program->gid);
    } else if (strcmp(key, "group") == 0) {
        if (program->group_count == ORDERS_GROUPS_MAX)
            return "there are too many groups";
        return read_id(value, &program->groups[program->group_count++]);
    } else {
        *ret_is_known = false;
    }
    return NULL;
}

/* RESOURCE:SOFT:HARD */
static const char *read_limit(struct orders *orders, char *value)
{
    char *soft = strchr(value, ':');
    char *hard = soft != NULL ? strchr(soft + 1, ':') : NULL;
    struct orders_limit limit = {0};
    uint64_t resource;

    if (hard == NULL || orders->limit_count == ORDERS_LIMITS_MAX)
        return "a limit is none, or there are too many";
    *soft = '\0';
    *hard = '\0';
    if (!line_parse_number(value, RLIMIT_NLIMITS - 1, &resource) ||
        !line_parse_number(soft + 1, UINT64_MAX, &limit.soft) ||
        !line_parse_number(hard + 1, UINT64_MAX, &limit.hard) || limit.soft > limit.hard)
        return "a limit is out of bounds";
    limit.resource = (int)resource;
    orders->limits[orders->limit_count++] = limit;
    return NULL;
}

static const char *read_bind(struct orders *orders, const char *value, bool is_writable)
{
    if (orders->bind_count == ORDERS_BINDS_MAX)
        return "there are too many files to put in place";
    if (value[0] == '\0')
        return "a file to put in place has no name";
    orders->binds[orders->bind_count++] =
        (struct orders_bind){.source = value, .is_writable = is_writable};
    return NULL;
}

static const char *read_bind_target(struct orders *orders, const char *value)
{
    if (orders->bind_count == 0 || orders->binds[orders->bind_count - 1].target != NULL ||
        value[0] != '/')
        return "a place for a file is wrong";
    orders->binds[orders->bind_count - 1].target = value;
    return NULL;
}

static const char *read_restart(struct orders *orders, const char *value)
{
    static const char *const names[] = {"no", "always", "on-failure"};

    for (unsigned int i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
        if (strcmp(value, names[i]) == 0) {
            orders->restart = (enum orders_restart)i;
            return NULL;
        }
    }
    return "the restart policy is unknown";
}

static const char *read_oom_score(struct orders *orders, const char *value)
{
    bool is_negative = value[0] == '-';
    uint64_t number;

    if (!line_parse_number(value + is_negative, 1000, &number))
        return "oom is out of bounds";
    orders->has_oom_score = true;
    orders->oom_score = is_negative ? -(int)number : (int)number;
    return NULL;
}

static const char *read_listen(struct orders *orders, const char *value)
{
    uint64_t number;

    if (orders->listen_count == ORDERS_LISTEN_MAX || !line_parse_number(value, UINT16_MAX, &number))
        return "a port to listen on is out of bounds, or there are too many";
    orders->listen[orders->listen_count++] = (uint16_t)number;
    return NULL;
}

static const char *read_other_key(struct reader *reader, const char *key, char *value)
{
    struct orders *orders = reader->orders;

    for (size_t i = 0; i < sizeof(number_keys) / sizeof(number_keys[0]); i++) {
        if (strcmp(key, number_keys[i].key) == 0)
            return read_number(orders, &number_keys[i], value);
    }
    if (strcmp(key, "version") == 0)
        return strcmp(value, "1") == 0 ? NULL : "the version is unknown";
    if (strcmp(key, "restart") == 0)
        return read_restart(orders, value);
    if (strcmp(key, "limit") == 0)
        return read_limit(orders, value);
    if (strcmp(key, "oom") == 0)
        return read_oom_score(orders, value);
    if (strcmp(key, "listen") == 0)
        return read_listen(orders, value);
    if (strcmp(key, "bind") == 0 || strcmp(key, "bind_writable") == 0)
        return read_bind(orders, value, strcmp(key, "bind") != 0);
    if (strcmp(key, "at") == 0)
        return read_bind_target(orders, value);
    if (strcmp(key, "cgroup") == 0) {
        if (orders->cgroup_count == ORDERS_CGROUPS_MAX || value[0] != '/')
            return "a control group is wrong, or there are too many";
        orders->cgroups[orders->cgroup_count++] = value;
        return NULL;
    }
    if (strcmp(key, "home") == 0) {
        if (orders->home_count == ORDERS_HOMES_MAX || value[0] != '/')
            return "a control group is wrong, or there are too many";
        orders->homes[orders->home_count++] = value;
        return NULL;
    }
    if (strcmp(key, "note") == 0) {
        if (orders->note_count == ORDERS_NOTES_MAX)
            return "there are too many notes";
        orders->notes[orders->note_count++] = value;
        return NULL;
    }
    if (strcmp(key, "mounts") == 0) {
        orders->has_mounts = strcmp(value, "1") == 0;
        return NULL;
    }
    return "a key is unknown";
}

static const char *read_record(struct reader *reader, char *record, bool is_program_only)
{
    char *value = strchr(record, '=');
    const char *problem;
    bool is_known;

    if (value == NULL)
        return "a record has no value";
    *value++ = '\0';
    if (record[0] == 'x' && record[1] == '-')
        return NULL;
    if (strcmp(record, "end") == 0) {
        reader->is_at_end = true;
        return NULL;
    }
    problem = read_program_key(reader, record, value, &is_known);
    if (is_known || problem != NULL)
        return problem;
    if (is_program_only)
        return "a key is unknown";
    if (strcmp(record, "program") == 0)
        return begin_program(reader, value);
    return read_other_key(reader, record, value);
}

static const char *read_records(struct reader *reader, char *data, size_t size,
                                bool is_program_only)
{
    char *end = data + size;

    while (data < end) {
        char *terminator = memchr(data, '\0', (size_t)(end - data));
        const char *problem;

        if (terminator == NULL)
            return "the last record is cut";
        if (reader->is_at_end)
            return "there is something behind the end";
        problem = read_record(reader, data, is_program_only);
        if (problem != NULL)
            return problem;
        data = terminator + 1;
    }
    return reader->is_at_end ? NULL : "the end is missing";
}

static const char *check(const struct orders *orders)
{
    if (orders->main.arguments[0] == NULL || orders->main.arguments[0][0] == '\0')
        return "there is no command";
    for (size_t i = 0; i < orders->bind_count; i++) {
        if (orders->binds[i].target == NULL)
            return "a file has no place";
    }
    for (size_t i = 0; i < orders->post_start_count; i++) {
        if (orders->post_start[i].arguments[0] == NULL)
            return "a hook has no command";
    }
    for (size_t i = 0; i < orders->pre_stop_count; i++) {
        if (orders->pre_stop[i].arguments[0] == NULL)
            return "a hook has no command";
    }
    if (orders->stop_signal == 0 || orders->log_files == 0 || orders->log_bytes < 4096)
        return "the stop signal or the bounds of the log are missing";
    return NULL;
}

const char *orders_parse(struct orders *orders, char *data, size_t size)
{
    struct reader reader = {.orders = orders, .program = &orders->main};
    const char *problem;

    program_init(&orders->main);
    program_init(&orders->health);
    orders->umask = 022;
    orders->stop_signal = SIGTERM;
    problem = read_records(&reader, data, size, false);
    return problem != NULL ? problem : check(orders);
}

const char *orders_parse_program(struct orders *orders, char *data, size_t size)
{
    struct reader reader = {.orders = orders, .program = &orders->main};
    const char *problem;

    orders->word_count = 0;
    program_init(&orders->main);
    problem = read_records(&reader, data, size, true);
    if (problem == NULL && orders->main.arguments[0] == NULL)
        problem = "there is no command";
    return problem;
}
