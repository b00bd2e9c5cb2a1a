/* SPDX-License-Identifier: Apache-2.0 */
/* Health checks of real servers: listening sockets on the same loop. */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "base/time.h"
#include "edge/balance.h"
#include "edge/prober.h"
#include "group_fixture.h"
#include "loop/loop.h"
#include "os/os.h"

enum {
    CLIENTS_MAX = 512
};

struct server {
    struct loop_source listener;
    union os_address address;
    socklen_t address_size;
    const char *answer; /* NULL: none, and the connection stays open; "": it is closed */
    char path[64];      /* of a unix socket */
    char request[1024]; /* the last one */
    uint32_t request_count;
    uint32_t connection_count;
};

struct server_client {
    struct loop_source source;
    struct server *server;
};

static struct loop loop;
static struct prober *prober;
static struct group_fixture *fixture;
static struct snapshot snapshot;
static struct snapshot_status_range statuses[2];
static struct server_client *clients[CLIENTS_MAX];
static uint32_t client_count;
static uint32_t change_count;
static struct server servers[3];

/*
 * Servers
 */

static void client_ready(struct loop_source *source, unsigned int readiness)
{
    struct server_client *client = list_entry(source, struct server_client, source);
    struct server *server = client->server;
    ssize_t length;

    if ((readiness & LOOP_READABLE) == 0)
        return;
    length = os_receive(source->fd, server->request, sizeof(server->request) - 1);
    if (length == -EAGAIN) {
        loop_source_would_block(source, LOOP_READABLE);
        return;
    }
    if (length <= 0) {
        loop_source_close(source);
        return;
    }
    server->request[length] = '\0';
    server->request_count++;
    if (server->answer == NULL)
        return;
    (void)os_send(source->fd, server->answer, strlen(server->answer), false);
    loop_source_close(source);
}

static void server_ready(struct loop_source *source, unsigned int readiness)
{
    struct server *server = list_entry(source, struct server, listener);
    int fd = os_accept(source->fd, NULL, NULL);

    (void)readiness;
    if (fd < 0)
        return;
    assert_true(client_count < CLIENTS_MAX);
    clients[client_count] = calloc(1, sizeof(*clients[0]));
    assert_non_null(clients[client_count]);
    server->connection_count++;
    clients[client_count]->server = server;
    loop_source_init(&clients[client_count]->source, client_ready);
    assert_int_equal(
        loop_source_add(&loop, &clients[client_count]->source, fd, LOOP_WRITABLE | LOOP_READABLE),
        0);
    loop_source_again(&clients[client_count]->source);
    client_count++;
}

static void server_listen(struct server *server)
{
    int fd = os_stream_socket(server->address.any.sa_family);

    assert_true(fd >= 0);
    assert_int_equal(os_bind(fd, &server->address, server->address_size), 0);
    assert_int_equal(os_listen(fd, 512), 0);
    if (server->address.any.sa_family != AF_UNIX)
        assert_int_equal(os_local_address(fd, &server->address, &server->address_size), 0);
    loop_source_init(&server->listener, server_ready);
    assert_int_equal(loop_source_add_listener(&loop, &server->listener, fd, false), 0);
}

static void server_start(struct server *server, const char *answer)
{
    server->answer = answer;
    server->address.ipv4.sin_family = AF_INET;
    server->address.ipv4.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    server->address_size = sizeof(server->address.ipv4);
    server_listen(server);
}

static void server_stop(struct server *server)
{
    if (server->listener.fd > 0)
        loop_source_close(&server->listener);
    if (server->path[0] != '\0')
        (void)unlink(server->path);
}

/*
 * The world
 */

static void count_change(void *context, struct group *group)
{
    assert_ptr_equal(context, &change_count);
    assert_ptr_equal(group, &fixture->group);
    change_count++;
}

static void new_prober(void)
{
    assert_int_equal(prober_new(&loop, count_change, &change_count, &prober), 0);
}

static void point_at(uint32_t position, const struct server *server)
{
    struct target *target = fixture->targets[position];

    target->address = server->address;
    target->address_size = server->address_size;
    target->family = server->address.any.sa_family == AF_INET    ? ROUTE_FAMILY_IPV4
                     : server->address.any.sa_family == AF_INET6 ? ROUTE_FAMILY_IPV6
                                                                 : ROUTE_FAMILY_UNIX;
}

/* Targets that nobody has checked yet, checked often. */
static void begin(uint32_t target_count)
{
    memset(servers, 0, sizeof(servers));
    change_count = 0;
    client_count = 0;
    assert_int_equal(loop_init(&loop), 0);
    new_prober();
    fixture = group_fixture_new(target_count, ROUTE_ALGORITHM_ROUND_ROBIN);
    for (uint32_t i = 0; i < target_count; i++)
        group_fixture_set_health(fixture, i, STATE_HEALTH_INITIAL);
    statuses[0] = (struct snapshot_status_range){200, 299};
    statuses[1] = (struct snapshot_status_range){404, 404};
    snapshot = (struct snapshot){.texts = "\0/healthz?a=b", .statuses = statuses};
    fixture->config.health = (struct snapshot_health){
        .protocol = ROUTE_HEALTH_HTTP,
        .interval_ms = 20,
        .timeout_ms = 2000,
        .healthy = 2,
        .unhealthy = 2,
        .path = {1, 12},
        .statuses = {0, 1},
    };
}

static int end(void **state)
{
    (void)state;
    prober = prober_free(prober);
    for (uint32_t i = 0; i < client_count; i++) {
        if (loop_source_is_watched(&clients[i]->source))
            loop_source_close(&clients[i]->source);
        free(clients[i]);
    }
    for (size_t i = 0; i < 3; i++)
        server_stop(&servers[i]);
    loop_deinit(&loop);
    if (fixture != NULL)
        group_fixture_free(fixture);
    fixture = NULL;
    client_count = 0;
    return 0;
}

static void update(void)
{
    assert_int_equal(prober_update(prober, &snapshot, &fixture->view, 1), 0);
}

static const struct state_slot *slot_of(uint32_t position)
{
    return fixture->targets[position]->state;
}

static uint32_t health_of(uint32_t position)
{
    return atomic_load(&slot_of(position)->health);
}

static uint32_t reason_of(uint32_t position)
{
    return atomic_load(&slot_of(position)->reason);
}

/* Turns the loop until the value is there. */
static void wait_for(const _Atomic uint32_t *value, uint32_t wanted)
{
    uint64_t end_ns = os_monotonic_time_ns() + 20 * TIME_SECOND;

    while (atomic_load(value) != wanted) {
        assert_true(os_monotonic_time_ns() < end_ns);
        assert_int_equal(loop_run_once(&loop, 100 * TIME_MILLISECOND), 0);
    }
}

static void wait_for_health(uint32_t position, uint32_t health)
{
    wait_for(&fixture->targets[position]->state->health, health);
}

static void wait_for_requests(const struct server *server, uint32_t count)
{
    uint64_t end_ns = os_monotonic_time_ns() + 20 * TIME_SECOND;

    while (server->request_count < count) {
        assert_true(os_monotonic_time_ns() < end_ns);
        assert_int_equal(loop_run_once(&loop, 100 * TIME_MILLISECOND), 0);
    }
}

#define OK        "HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n"
#define NOT_FOUND "HTTP/1.0 404 Not Found\r\n\r\nnothing here"
#define BROKEN    "HTTP/1.1 500 Oh\r\nContent-Length: 3\r\n\r\n"

static void test_one_pass_makes_a_new_target_healthy(void **state)
{
    uint32_t version;

    (void)state;
    begin(1);
    server_start(&servers[0], OK);
    point_at(0, &servers[0]);
    version = atomic_load(&fixture->group.version);
    update();
    assert_int_equal(health_of(0), STATE_HEALTH_INITIAL);
    assert_int_equal(reason_of(0), STATE_REASON_INITIAL_CHECK);
    wait_for_health(0, STATE_HEALTH_HEALTHY);
    assert_int_equal(reason_of(0), STATE_REASON_PASSED);
    assert_int_equal(servers[0].request_count, 1);
    assert_int_equal(atomic_load(&slot_of(0)->last_status), 200);
    assert_int_equal(atomic_load(&slot_of(0)->passes), 1);
    assert_true(atomic_load(&slot_of(0)->last_check_ns) > 0);
    assert_true(atomic_load(&slot_of(0)->changed_unix_ns) > 0);
    assert_int_not_equal(atomic_load(&fixture->group.version), version);
    assert_int_equal(change_count, 1);
    assert_string_equal(servers[0].request,
                        "GET /healthz?a=b HTTP/1.1\r\n"
                        "Host: 127.0.0.1:9000\r\n"
                        "User-Agent: slipway-health-check/" SLIPWAY_VERSION "\r\n"
                        "Accept: */*\r\n"
                        "Connection: close\r\n\r\n");
    /* And it goes on being checked. */
    wait_for_requests(&servers[0], 3);
}

static void test_failures_and_passes_in_a_row_change_it(void **state)
{
    (void)state;
    begin(1);
    server_start(&servers[0], OK);
    point_at(0, &servers[0]);
    update();
    wait_for_health(0, STATE_HEALTH_HEALTHY);
    servers[0].answer = BROKEN;
    wait_for(&fixture->targets[0]->state->failures, 1);
    assert_int_equal(health_of(0), STATE_HEALTH_HEALTHY);
    wait_for_health(0, STATE_HEALTH_UNHEALTHY);
    assert_int_equal(atomic_load(&slot_of(0)->failures), 2);
    assert_int_equal(reason_of(0), STATE_REASON_CODE_MISMATCH);
    assert_int_equal(atomic_load(&slot_of(0)->last_status), 500);
    servers[0].answer = OK;
    wait_for(&fixture->targets[0]->state->passes, 1);
    assert_int_equal(health_of(0), STATE_HEALTH_UNHEALTHY);
    wait_for_health(0, STATE_HEALTH_HEALTHY);
    assert_int_equal(atomic_load(&slot_of(0)->passes), 2);
}

static void test_a_new_target_that_fails_becomes_unhealthy(void **state)
{
    (void)state;
    begin(1);
    server_start(&servers[0], NOT_FOUND);
    point_at(0, &servers[0]);
    update();
    wait_for(&fixture->targets[0]->state->failures, 1);
    assert_int_equal(health_of(0), STATE_HEALTH_INITIAL);
    wait_for_health(0, STATE_HEALTH_UNHEALTHY);
    /* What passes is configured. */
    fixture->config.health.statuses.count = 2;
    update();
    wait_for_health(0, STATE_HEALTH_HEALTHY);
}

static void assert_unhealthy_for(const char *answer, enum state_reason reason)
{
    begin(1);
    server_start(&servers[0], answer);
    point_at(0, &servers[0]);
    fixture->config.health.unhealthy = 1;
    fixture->config.health.timeout_ms = answer == NULL ? 20 : 20000;
    update();
    wait_for_health(0, STATE_HEALTH_UNHEALTHY);
    assert_int_equal(reason_of(0), reason);
    (void)end(NULL);
}

static void test_there_is_a_reason_for_everything(void **state)
{
    (void)state;
    assert_unhealthy_for("", STATE_REASON_CLOSED);
    assert_unhealthy_for("HTTP/1.1 200", STATE_REASON_CLOSED);
    assert_unhealthy_for("SSH-2.0-OpenSSH_9.2p1\r\n", STATE_REASON_MALFORMED);
    assert_unhealthy_for(BROKEN, STATE_REASON_CODE_MISMATCH);
    assert_unhealthy_for(NULL, STATE_REASON_TIMEOUT);
}

static void test_informational_answers_are_passed_over(void **state)
{
    (void)state;
    begin(1);
    server_start(&servers[0], "HTTP/1.1 103 Early Hints\r\nLink: </a>\r\n\r\n" OK);
    point_at(0, &servers[0]);
    update();
    wait_for_health(0, STATE_HEALTH_HEALTHY);
}

static void test_nobody_there_is_refused(void **state)
{
    (void)state;
    begin(2);
    /* A port that was just free, and a path where nothing is. */
    server_start(&servers[0], OK);
    point_at(0, &servers[0]);
    loop_source_close(&servers[0].listener);
    servers[1].address.local.sun_family = AF_UNIX;
    (void)snprintf(servers[1].address.local.sun_path, sizeof(servers[1].address.local.sun_path),
                   "/tmp/slipway-prober-%d.none", (int)getpid());
    servers[1].address_size = sizeof(servers[1].address.local);
    point_at(1, &servers[1]);
    update();
    wait_for_health(0, STATE_HEALTH_UNHEALTHY);
    wait_for_health(1, STATE_HEALTH_UNHEALTHY);
    assert_int_equal(reason_of(0), STATE_REASON_REFUSED);
    assert_int_equal(reason_of(1), STATE_REASON_NO_SOCKET);
}

static void test_unix_sockets_and_ipv6_are_checked(void **state)
{
    int fd;

    (void)state;
    begin(2);
    servers[0].answer = OK;
    servers[0].address.local.sun_family = AF_UNIX;
    (void)snprintf(servers[0].path, sizeof(servers[0].path), "/tmp/slipway-prober-%d.sock",
                   (int)getpid());
    memcpy(servers[0].address.local.sun_path, servers[0].path, sizeof(servers[0].path));
    servers[0].address_size = sizeof(servers[0].address.local);
    server_listen(&servers[0]);
    point_at(0, &servers[0]);
    servers[1].answer = OK;
    servers[1].address.ipv6.sin6_family = AF_INET6;
    servers[1].address.ipv6.sin6_addr = in6addr_loopback;
    servers[1].address_size = sizeof(servers[1].address.ipv6);
    fd = os_stream_socket(AF_INET6);
    if (fd < 0 || os_bind(fd, &servers[1].address, servers[1].address_size) < 0) {
        /* No IPv6 here: the other one alone. */
        fixture->view.count = 1;
    } else {
        server_listen(&servers[1]);
        point_at(1, &servers[1]);
    }
    if (fd >= 0)
        (void)os_close(fd);
    update();
    wait_for_health(0, STATE_HEALTH_HEALTHY);
    assert_non_null(strstr(servers[0].request, "\r\nHost: localhost\r\n"));
    if (fixture->view.count == 2)
        wait_for_health(1, STATE_HEALTH_HEALTHY);
}

static void test_tcp_asks_for_a_connection_alone(void **state)
{
    (void)state;
    begin(2);
    server_start(&servers[0], NULL);
    point_at(0, &servers[0]);
    server_start(&servers[1], NULL);
    point_at(1, &servers[1]);
    loop_source_close(&servers[1].listener);
    fixture->config.health.protocol = ROUTE_HEALTH_TCP;
    update();
    wait_for_health(0, STATE_HEALTH_HEALTHY);
    wait_for_health(1, STATE_HEALTH_UNHEALTHY);
    assert_int_equal(servers[0].request_count, 0);
}

static void test_groups_without_checks_are_taken_for_healthy(void **state)
{
    (void)state;
    begin(2);
    fixture->config.health.protocol = ROUTE_HEALTH_NONE;
    fixture->targets[1]->family = ROUTE_FAMILY_NONE;
    fixture->targets[1]->address_size = 0;
    update();
    assert_int_equal(health_of(0), STATE_HEALTH_UNCHECKED);
    assert_int_equal(reason_of(0), STATE_REASON_NO_CHECK);
    assert_int_equal(health_of(1), STATE_HEALTH_UNHEALTHY);
    assert_int_equal(reason_of(1), STATE_REASON_UNRESOLVED);
    /* Checks that begin to exist find them healthy. */
    server_start(&servers[0], OK);
    point_at(0, &servers[0]);
    update();
    assert_int_equal(health_of(0), STATE_HEALTH_UNCHECKED);
    fixture->config.health.protocol = ROUTE_HEALTH_HTTP;
    update();
    assert_int_equal(health_of(0), STATE_HEALTH_HEALTHY);
    /* A name that is resolved now is a new target. */
    point_at(1, &servers[0]);
    update();
    assert_int_equal(health_of(1), STATE_HEALTH_INITIAL);
    wait_for_health(1, STATE_HEALTH_HEALTHY);
}

static void test_a_new_edge_goes_on_with_what_is_known(void **state)
{
    (void)state;
    begin(4);
    server_start(&servers[0], OK);
    for (uint32_t i = 0; i < 4; i++)
        point_at(i, &servers[0]);
    group_fixture_set_health(fixture, 0, STATE_HEALTH_HEALTHY);
    group_fixture_set_health(fixture, 1, STATE_HEALTH_UNHEALTHY);
    group_fixture_set_health(fixture, 2, STATE_HEALTH_HEALTHY);
    /* But not with what was known of one that was taken out in the meantime. */
    atomic_store(&fixture->targets[2]->state->retired_at_ns, 1);
    /* Nor of one that had no address then. */
    group_fixture_set_health(fixture, 3, STATE_HEALTH_UNHEALTHY);
    atomic_store(&fixture->targets[3]->state->reason, STATE_REASON_UNRESOLVED);
    fixture->config.slow_start_ms = 10000;
    update();
    assert_int_equal(health_of(3), STATE_HEALTH_INITIAL);
    assert_int_equal(health_of(0), STATE_HEALTH_HEALTHY);
    assert_int_equal(health_of(1), STATE_HEALTH_UNHEALTHY);
    assert_int_equal(health_of(2), STATE_HEALTH_INITIAL);
    wait_for_health(1, STATE_HEALTH_HEALTHY);
    wait_for_health(2, STATE_HEALTH_HEALTHY);
    /* Slow start is for those that were not there, or come back. */
    assert_true(atomic_load(&slot_of(0)->slow_start_from_ns) == 0);
    assert_true(atomic_load(&slot_of(1)->slow_start_from_ns) != 0);
    assert_true(atomic_load(&slot_of(2)->slow_start_from_ns) != 0);
}

static void test_who_was_taken_out_is_new_when_it_comes_back(void **state)
{
    (void)state;
    begin(2);
    server_start(&servers[0], OK);
    point_at(0, &servers[0]);
    point_at(1, &servers[0]);
    update();
    wait_for_health(0, STATE_HEALTH_HEALTHY);
    wait_for_health(1, STATE_HEALTH_HEALTHY);
    fixture->view.count = 1;
    update();
    fixture->view.count = 2;
    update();
    assert_int_equal(health_of(0), STATE_HEALTH_HEALTHY);
    assert_int_equal(health_of(1), STATE_HEALTH_INITIAL);
    wait_for_health(1, STATE_HEALTH_HEALTHY);
    /* And so is one at another address. */
    server_start(&servers[1], OK);
    point_at(1, &servers[1]);
    update();
    assert_int_equal(health_of(1), STATE_HEALTH_INITIAL);
    wait_for_health(1, STATE_HEALTH_HEALTHY);
    assert_true(servers[1].request_count > 0);
}

static void test_the_first_batch_skips_slow_start(void **state)
{
    (void)state;
    begin(3);
    server_start(&servers[0], OK);
    for (uint32_t i = 0; i < 3; i++)
        point_at(i, &servers[0]);
    fixture->config.slow_start_ms = 10000;
    fixture->view.count = 2;
    update();
    wait_for_health(0, STATE_HEALTH_HEALTHY);
    wait_for_health(1, STATE_HEALTH_HEALTHY);
    assert_true(atomic_load(&slot_of(0)->slow_start_from_ns) == 0);
    assert_true(atomic_load(&slot_of(1)->slow_start_from_ns) == 0);
    fixture->view.count = 3;
    update();
    wait_for_health(2, STATE_HEALTH_HEALTHY);
    assert_true(atomic_load(&slot_of(2)->slow_start_from_ns) != 0);
    /* Those of the first batch have no second privilege. */
    servers[0].answer = BROKEN;
    wait_for_health(0, STATE_HEALTH_UNHEALTHY);
    wait_for_health(2, STATE_HEALTH_UNHEALTHY);
    assert_true(atomic_load(&slot_of(2)->slow_start_from_ns) == 0);
    servers[0].answer = OK;
    wait_for_health(0, STATE_HEALTH_HEALTHY);
    assert_true(atomic_load(&slot_of(0)->slow_start_from_ns) != 0);
}

static void test_a_change_disturbs_no_check(void **state)
{
    (void)state;
    begin(1);
    server_start(&servers[0], OK);
    point_at(0, &servers[0]);
    update();
    wait_for_health(0, STATE_HEALTH_HEALTHY);
    /* With an interval that does not come around, one change after another. */
    fixture->config.health.interval_ms = 3600000;
    update();
    for (uint32_t i = 0; i < 20; i++) {
        uint32_t before = servers[0].request_count;

        update();
        assert_int_equal(loop_run_once(&loop, 0), 0);
        assert_in_range(servers[0].request_count, before, before + 1);
    }
    assert_int_equal(health_of(0), STATE_HEALTH_HEALTHY);
    /* None are checked any more when there are no groups. */
    assert_int_equal(prober_update(prober, &snapshot, NULL, 0), 0);
    assert_int_equal(health_of(0), STATE_HEALTH_HEALTHY);
}

static void test_a_new_target_is_asked_again_soon(void **state)
{
    (void)state;
    begin(1);
    server_start(&servers[0], BROKEN);
    point_at(0, &servers[0]);
    fixture->config.health.interval_ms = 3600000;
    update();
    wait_for_requests(&servers[0], 2);
    wait_for(&fixture->targets[0]->state->failures, 2);
    /* But it has as much time as others until it counts as unhealthy. */
    assert_int_equal(health_of(0), STATE_HEALTH_INITIAL);
    servers[0].answer = OK;
    wait_for_health(0, STATE_HEALTH_HEALTHY);
}

static void test_passes_of_a_new_target_follow_soon(void **state)
{
    (void)state;
    begin(1);
    server_start(&servers[0], BROKEN);
    point_at(0, &servers[0]);
    fixture->config.health.interval_ms = 10000;
    fixture->config.health.unhealthy = 1;
    fixture->config.health.healthy = 3;
    update();
    wait_for_health(0, STATE_HEALTH_UNHEALTHY);
    servers[0].answer = OK;
    /* After a fifth of the interval, and twice half a second. */
    wait_for_health(0, STATE_HEALTH_HEALTHY);
    assert_int_equal(servers[0].request_count, 4);
}

static void move_to(struct group *group)
{
    fixture->view.group = group;
    for (uint32_t i = 0; i < fixture->view.count; i++)
        fixture->targets[i]->group = group;
    update();
}

static void ignore_change(void *context, struct group *group)
{
    (void)context;
    (void)group;
}

static void test_what_is_known_goes_along_to_another_group(void **state)
{
    static struct group other;
    uint32_t asked;

    (void)state;
    begin(2);
    prober = prober_free(prober);
    assert_int_equal(prober_new(&loop, ignore_change, NULL, &prober), 0);
    server_start(&servers[0], OK);
    point_at(0, &servers[0]);
    point_at(1, &servers[0]);
    fixture->config.health.interval_ms = 3600000;
    fixture->config.slow_start_ms = 10000;
    update();
    wait_for_health(0, STATE_HEALTH_HEALTHY);
    wait_for_health(1, STATE_HEALTH_HEALTHY);
    asked = servers[0].request_count;
    move_to(&other);
    assert_int_equal(health_of(0), STATE_HEALTH_HEALTHY);
    fixture->config.health.protocol = ROUTE_HEALTH_NONE;
    move_to(&fixture->group);
    assert_int_equal(health_of(0), STATE_HEALTH_UNCHECKED);
    fixture->config.health.protocol = ROUTE_HEALTH_TCP;
    move_to(&other);
    assert_int_equal(health_of(0), STATE_HEALTH_HEALTHY);
    assert_int_equal(servers[0].request_count, asked);
    /* All at once, as nobody is there who could take what they do not take yet. */
    assert_true(atomic_load(&slot_of(0)->slow_start_from_ns) == 0);
    assert_true(atomic_load(&slot_of(1)->slow_start_from_ns) == 0);
}

static void test_slow_start_begins_where_others_are(void **state)
{
    static struct group other;
    struct group_view views[2];

    (void)state;
    begin(2);
    prober = prober_free(prober);
    assert_int_equal(prober_new(&loop, ignore_change, NULL, &prober), 0);
    server_start(&servers[0], OK);
    point_at(0, &servers[0]);
    point_at(1, &servers[0]);
    fixture->config.slow_start_ms = 10000;
    views[0] = views[1] = fixture->view;
    views[0].count = views[1].count = 1;
    views[1].group = &other;
    views[1].targets++;
    views[1].target_configs++;
    assert_int_equal(prober_update(prober, &snapshot, views, 2), 0);
    wait_for_health(0, STATE_HEALTH_HEALTHY);
    wait_for_health(1, STATE_HEALTH_HEALTHY);
    assert_true(atomic_load(&slot_of(1)->slow_start_from_ns) == 0);
    update();
    assert_int_equal(health_of(1), STATE_HEALTH_HEALTHY);
    assert_true(atomic_load(&slot_of(0)->slow_start_from_ns) == 0);
    assert_true(atomic_load(&slot_of(1)->slow_start_from_ns) != 0);
}

static void test_no_more_than_so_many_at_once(void **state)
{
    const uint32_t count = 300;

    (void)state;
    begin(count);
    server_start(&servers[0], NULL);
    for (uint32_t i = 0; i < count; i++)
        point_at(i, &servers[0]);
    fixture->config.health.timeout_ms = 3600000;
    fixture->config.health.interval_ms = 3600000;
    update();
    wait_for_requests(&servers[0], PROBER_RUNNING_MAX);
    for (uint32_t i = 0; i < 20; i++)
        assert_int_equal(loop_run_once(&loop, 0), 0);
    assert_int_equal(servers[0].connection_count, PROBER_RUNNING_MAX);
    /* Those that end make room for as many. */
    for (uint32_t i = 0; i < 10; i++)
        loop_source_close(&clients[i]->source);
    wait_for_requests(&servers[0], PROBER_RUNNING_MAX + 10);
    for (uint32_t i = 0; i < 20; i++)
        assert_int_equal(loop_run_once(&loop, 0), 0);
    assert_int_equal(servers[0].connection_count, PROBER_RUNNING_MAX + 10);
    servers[0].answer = OK;
    for (uint32_t i = 10; i < 20; i++)
        loop_source_close(&clients[i]->source);
    wait_for_requests(&servers[0], count);
    for (uint32_t i = 0; i < 10; i++)
        assert_int_equal(loop_run_once(&loop, 0), 0);
    assert_true(servers[0].connection_count == count);
}

int main(void)
{
#define TEST(name) cmocka_unit_test_teardown(test_##name, end)
    const struct CMUnitTest tests[] = {
        TEST(one_pass_makes_a_new_target_healthy),
        TEST(failures_and_passes_in_a_row_change_it),
        TEST(a_new_target_that_fails_becomes_unhealthy),
        TEST(informational_answers_are_passed_over),
        TEST(nobody_there_is_refused),
        TEST(unix_sockets_and_ipv6_are_checked),
        TEST(tcp_asks_for_a_connection_alone),
        TEST(groups_without_checks_are_taken_for_healthy),
        TEST(a_new_edge_goes_on_with_what_is_known),
        TEST(who_was_taken_out_is_new_when_it_comes_back),
        TEST(the_first_batch_skips_slow_start),
        TEST(a_change_disturbs_no_check),
        TEST(a_new_target_is_asked_again_soon),
        TEST(passes_of_a_new_target_follow_soon),
        TEST(what_is_known_goes_along_to_another_group),
        TEST(slow_start_begins_where_others_are),
        TEST(no_more_than_so_many_at_once),
        cmocka_unit_test(test_there_is_a_reason_for_everything),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
