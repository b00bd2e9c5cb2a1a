/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Requests in a closed or an open loop, and connections that are held idle.
 *
 * The time begins when all connections are open (with one request a connection, at once) and ends
 * after --seconds or with standard input; what was asked until then may still be answered, for
 * GRACE_NS, and counts as a request, though not for the rate.
 */
#include <stdio.h>
#include <stdlib.h>
#include <sys/epoll.h>

#include "load_http.h"

#define GRACE_NS    (5 * SECOND_NS)
#define RETRY_NS    (SECOND_NS / 100)
#define IDLE_ACTIVE 64 /* of connections to be held, that many are opened at a time */

static struct http_connection *connections;
static struct http_connection *idle;    /* can take a request */
static struct http_connection *refused; /* will be opened again after a moment */
static unsigned int open_count, in_flight;
static bool is_started, is_stopping;
static uint64_t start_ns, stop_ns, retry_ns;
static uint64_t answered_count, in_time_count, arrival_count, assigned_count;
static uint64_t failures[HTTP_FAILURE_COUNT];
static struct latency latency;

static uint64_t due_ns(uint64_t arrival)
{
    return start_ns + (uint64_t)((double)arrival * 1e9 / load_options->rate);
}

static void assign(struct http_connection *connection, uint64_t due)
{
    in_flight++;
    http_assign(connection, due);
}

static void put(struct http_connection **list, struct http_connection *connection)
{
    if (connection->is_listed)
        return; /* closed while it waited for a request */
    connection->is_listed = true;
    connection->next = *list;
    *list = connection;
}

static struct http_connection *take_first(struct http_connection **list)
{
    struct http_connection *connection = *list;

    if (connection != NULL) {
        *list = connection->next;
        connection->is_listed = false;
    }
    return connection;
}

static void on_answered(struct http_connection *connection)
{
    uint64_t now = now_ns();

    in_flight--;
    answered_count++;
    if (!is_stopping)
        in_time_count++;
    latency_add(&latency, now - connection->due_ns);
}

static void on_failed(struct http_connection *connection, enum http_failure failure)
{
    (void)connection;
    in_flight--;
    failures[failure]++;
}

/* What is open and has something to do gets it at once. The others wait for give_requests, as this
 * may be called from within the giving. */
static void on_free(struct http_connection *connection)
{
    bool can_ask =
        is_started && !is_stopping && connection->state == HTTP_IDLE && !connection->is_listed;

    if (can_ask && load_options->rate <= 0)
        assign(connection, now_ns());
    else if (can_ask && assigned_count < arrival_count)
        assign(connection, due_ns(assigned_count++));
    else
        put(connection->was_refused ? &refused : &idle, connection);
}

static const struct http_events callbacks = {on_answered, on_failed, on_free};

/* Of an open loop: those requests that are due, while there are connections. */
static void give_due(uint64_t now)
{
    while (!is_stopping && due_ns(arrival_count) <= now)
        arrival_count++;
    while (assigned_count < arrival_count && idle != NULL)
        assign(take_first(&idle), due_ns(assigned_count++));
}

/* Of the closed ones, those that are to be kept open are opened again. */
static void reopen_idle(void)
{
    struct http_connection *left = idle;

    idle = NULL;
    while (left != NULL) {
        struct http_connection *connection = take_first(&left);

        if (connection->state == HTTP_CLOSED)
            http_open(connection);
        else
            put(&idle, connection);
    }
}

static void give_requests(uint64_t now)
{
    if (refused != NULL && now >= retry_ns) {
        struct http_connection *again = refused;

        retry_ns = now + RETRY_NS;
        refused = NULL;
        while (again != NULL) {
            struct http_connection *connection = take_first(&again);

            connection->was_refused = false;
            put(&idle, connection);
        }
    }
    if (load_options->rate > 0) {
        if (!load_options->closes)
            reopen_idle();
        if (is_started)
            give_due(now);
        return;
    }
    if (is_started && !is_stopping) {
        struct http_connection *all = idle;

        idle = NULL; /* what fails at once comes back here */
        while (all != NULL)
            assign(take_first(&all), now_ns());
    }
}

static void count_open(void)
{
    open_count = 0;
    for (unsigned int i = 0; i < load_options->connections; i++)
        open_count += connections[i].state == HTTP_IDLE;
}

static uint64_t next_wake_ns(uint64_t now)
{
    uint64_t wake = is_stopping ? stop_ns + GRACE_NS : stop_ns;

    if (load_options->rate > 0 && is_started && !is_stopping && due_ns(arrival_count) < wake)
        wake = due_ns(arrival_count);
    if (refused != NULL && retry_ns < wake)
        wake = retry_ns;
    if (!is_started && now + SECOND_NS / 1000 < wake)
        wake = now + SECOND_NS / 1000;
    return wake;
}

static void handle_events(uint64_t until_ns)
{
    static struct epoll_event events[LOAD_EVENT_COUNT];
    int count = load_wait(events, until_ns);

    for (int i = 0; i < count; i++) {
        if (events[i].data.ptr != NULL)
            http_handle(events[i].data.ptr, events[i].events);
        else if (load_input_has_ended())
            stop_ns = now_ns();
    }
}

static void start(uint64_t now)
{
    is_started = true;
    start_ns = now;
    stop_ns = now + (uint64_t)(load_options->seconds * 1e9);
}

static void run_loop(void)
{
    uint64_t give_up_ns = now_ns() + GRACE_NS;

    stop_ns = UINT64_MAX - GRACE_NS;
    for (;;) {
        uint64_t now = now_ns();

        if (!is_started) {
            count_open();
            if (load_options->closes || open_count == load_options->connections ||
                now >= give_up_ns)
                start(now);
        }
        if (is_started && !is_stopping && now >= stop_ns) {
            is_stopping = true;
            stop_ns = now;
        }
        if (is_stopping &&
            ((in_flight == 0 && assigned_count == arrival_count) || now >= stop_ns + GRACE_NS))
            return;
        give_requests(now);
        handle_events(next_wake_ns(now));
    }
}

static void print_result(void)
{
    double seconds = (double)(stop_ns - start_ns) / 1e9;
    uint64_t failed = 0;

    for (size_t i = 0; i < HTTP_FAILURE_COUNT; i++)
        failed += failures[i];
    (void)printf("{\"requests\": %lu, \"seconds\": %.6f, \"rate\": %.1f, \"bytes\": %lu, "
                 "\"failed\": %lu, \"failures\": {",
                 answered_count, seconds, (double)in_time_count / seconds, http_bytes, failed);
    for (size_t i = 0; i < HTTP_FAILURE_COUNT; i++)
        (void)printf("%s\"%s\": %lu", i == 0 ? "" : ", ", http_failure_names[i], failures[i]);
    (void)printf("}, \"closed\": %lu, \"handshakes\": %lu, \"resumptions\": %lu, \"latency_us\": ",
                 http_closed, load_handshakes, load_resumptions);
    latency_print(&latency);
    (void)printf("}\n");
    (void)fflush(stdout);
}

static void allocate(void)
{
    connections = calloc(load_options->connections, sizeof(*connections));
    if (connections == NULL)
        die("out of memory");
    http_prepare(&callbacks);
}

void load_http_run(void)
{
    allocate();
    if (load_options->until_end)
        load_watch_input();
    for (unsigned int i = load_options->connections; i-- > 0;) {
        if (load_options->closes)
            put(&idle, &connections[i]);
        else
            http_open(&connections[i]);
    }
    run_loop();
    failures[HTTP_FAILED_TIMEOUT] += in_flight + (arrival_count - assigned_count);
    print_result();
}

/* One request on each, a few at a time; then nothing, until standard input ends. */
void load_idle_run(void)
{
    unsigned int begun = 0;
    uint64_t end_ns = now_ns() + (uint64_t)(load_options->seconds * 1e9);

    allocate();
    stop_ns = UINT64_MAX;
    is_stopping = true; /* there is no time that requests could be in */
    while (begun < load_options->connections || in_flight > 0) {
        if (now_ns() >= end_ns)
            break;
        while (begun < load_options->connections && in_flight < IDLE_ACTIVE)
            assign(&connections[begun++], now_ns());
        handle_events(now_ns() + SECOND_NS / 10);
    }
    count_open();
    (void)printf("{\"held\": %u}\n", open_count);
    (void)fflush(stdout);
    load_watch_input();
    while (stop_ns == UINT64_MAX && now_ns() < end_ns)
        handle_events(end_ns);
    count_open();
    (void)printf("{\"left\": %u, \"answered\": %lu}\n", open_count, answered_count);
}
