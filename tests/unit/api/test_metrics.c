/* SPDX-License-Identifier: Apache-2.0 */
/* The page for Prometheus: that it has the form which the format wants, and the right numbers. */
#include "node.h"

#include <arpa/inet.h>
#include <ctype.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/histogram.h"
#include "base/text.h"
#include "os/os.h"
#include "route/identity.h"

/* A path with a quote and a backslash, which labels must not take for their end. */
static const char project[] =
    "{'x-slipway': {'listeners': {'web': {'address': ':8080', 'protocol': 'http', "
    "'default': {'forward': 'app'}}}, 'target_groups': {'app': {'targets': ['10.0.0.1:80', "
    "'unix:/run/\\'\\\\.sock']}}}}";

static int start(void **state)
{
    if (node_start(state) < 0)
        return -1;
    node_wait_ready();
    node_edge_lives();
    node_expect(node_call("PUT", "/v1/projects/shop", project), 200, "");
    return 0;
}

static uint32_t slot_of(const char *address)
{
    return state_take(&node_state, identity_of_target("shop", "app", address), STATE_KIND_TARGET);
}

static bool is_name(const char *start, const char *end)
{
    if (start == end || isdigit((unsigned char)*start))
        return false;
    for (; start < end; start++)
        if (!isalnum((unsigned char)*start) && *start != '_' && *start != ':')
            return false;
    return true;
}

/* What follows the labels: name="value",... with escapes for backslash, quote and newline. */
static const char *skip_labels(const char *at)
{
    assert_int_equal(*at, '{');
    at++;
    while (*at != '}') {
        const char *equal = strchr(at, '=');

        assert_non_null(equal);
        assert_true(is_name(at, equal));
        assert_int_equal(equal[1], '"');
        for (at = equal + 2; *at != '"'; at++) {
            assert_true(*at != '\n' && *at != '\0');
            if (*at == '\\') {
                at++;
                assert_non_null(strchr("\\\"n", *at));
            }
        }
        at++;
        assert_true(*at == ',' || *at == '}');
        if (*at == ',')
            at++;
    }
    return at + 1;
}

/* Whether a sample's name belongs to the family. */
static bool belongs(const char *sample, size_t length, const char *family, const char *type)
{
    static const char *const suffixes[] = {"_bucket", "_sum", "_count"};
    size_t family_length = strlen(family);

    if (length < family_length || strncmp(sample, family, family_length) != 0)
        return false;
    if (strcmp(type, "histogram") != 0)
        return length == family_length;
    for (size_t i = 0; i < 3; i++)
        if (length - family_length == strlen(suffixes[i]) &&
            strncmp(sample + family_length, suffixes[i], strlen(suffixes[i])) == 0)
            return true;
    return false;
}

static void the_page_has_the_form_of_the_format(void **state)
{
    static char seen[100][100];
    const struct http_response *response = node_call("GET", "/metrics", NULL);
    char *next, *line = response->body;
    char family[100] = "", type[20] = "";
    size_t families = 0, samples = 0;

    (void)state;
    assert_int_equal(response->status, 200);
    assert_string_equal(response->content_type, "text/plain; version=0.0.4; charset=utf-8");
    assert_true(text_is_utf8_valid(response->body, response->size, NULL));
    assert_int_equal(response->body[response->size - 1], '\n');
    for (; *line != '\0'; line = next) {
        next = strchr(line, '\n');
        *next++ = '\0';
        if (strncmp(line, "# HELP ", 7) == 0) {
            assert_int_equal(sscanf(line, "# HELP %99s", family), 1);
            for (size_t i = 0; i < families; i++)
                assert_string_not_equal(seen[i], family); /* all of a family stand together */
            assert_true(families < 100);
            memcpy(seen[families++], family, sizeof(family));
            *type = '\0';
        } else if (strncmp(line, "# TYPE ", 7) == 0) {
            char name[100];

            assert_int_equal(sscanf(line, "# TYPE %99s %19s", name, type), 2);
            assert_string_equal(name, family);
            assert_true(strcmp(type, "counter") == 0 || strcmp(type, "gauge") == 0 ||
                        strcmp(type, "histogram") == 0);
            assert_int_equal(strcmp(type, "counter") == 0, text_ends_with(name, "_total"));
        } else {
            size_t length = strcspn(line, "{ ");
            const char *at = line + length;
            char *end;

            assert_true(is_name(line, at));
            if (!belongs(line, length, family, type))
                fail_msg("%s is not of %s", line, family);
            if (*at == '{')
                at = skip_labels(at);
            assert_int_equal(*at, ' ');
            (void)strtod(at + 1, &end);
            assert_true(end > at + 1 && *end == '\0');
            samples++;
        }
    }
    assert_true(families > 30);
    assert_true(samples > 150);
}

static double value_of(const char *sample)
{
    const struct http_response *response = node_call("GET", "/metrics", NULL);
    char line[400];
    const char *at;

    (void)snprintf(line, sizeof(line), "\n%s ", sample);
    at = strstr(response->body, line);
    if (at == NULL)
        fail_msg("there is no %s", sample);
    return strtod(at + strlen(line), NULL);
}

#define TARGET "project=\"shop\",group=\"app\",target=\"10.0.0.1:80\""

static void counters_are_added_up(void **state)
{
    struct state_counters *one, *other;

    (void)state;
    atomic_store(&node_state.lanes[3].pid, 2);
    one = state_counters_of(&node_state, 0, slot_of("10.0.0.1:80"));
    other = state_counters_of(&node_state, 3, slot_of("10.0.0.1:80"));
    one->requests = 5;
    other->requests = 7;
    one->target_responses[5] = 2;
    other->connection_errors = 4;
    one->open_connections = 3;
    assert_true(value_of("slipway_target_requests_total{" TARGET "}") == 12);
    assert_true(value_of("slipway_target_responses_total{" TARGET ",class=\"5xx\"}") == 2);
    assert_true(value_of("slipway_target_connection_errors_total{" TARGET "}") == 4);
    assert_true(value_of("slipway_target_open_connections{" TARGET "}") == 3);
    assert_true(value_of("slipway_target_requests_total{project=\"shop\",group=\"app\",target="
                         "\"unix:/run/\\\"\\\\.sock\"}") == 0);
    assert_true(value_of("slipway_listener_requests_total{listener=\"web\",address=\":8080\"}") ==
                0);
}

static void histograms_are_cumulative(void **state)
{
    struct state_counters *counters;

    (void)state;
    counters = state_counters_of(&node_state, 0, slot_of("10.0.0.1:80"));
    counters->latency[histogram_bucket(5)] = 1;
    counters->latency[histogram_bucket(63)] = 1;
    counters->latency[histogram_bucket(64)] = 2;
    counters->latency[histogram_bucket(1000)] = 4;
    counters->latency[histogram_bucket(1024)] = 8;
    counters->latency[histogram_bucket(UINT64_C(66000000))] = 16;
    counters->latency[HISTOGRAM_BUCKET_COUNT - 1] = 32;
    counters->latency_sum_us = 2500000;
    assert_true(value_of("slipway_target_response_seconds_bucket{" TARGET ",le=\"0.000064\"}") ==
                2);
    assert_true(value_of("slipway_target_response_seconds_bucket{" TARGET ",le=\"0.000128\"}") ==
                4);
    assert_true(value_of("slipway_target_response_seconds_bucket{" TARGET ",le=\"0.001024\"}") ==
                8);
    assert_true(value_of("slipway_target_response_seconds_bucket{" TARGET ",le=\"0.002048\"}") ==
                16);
    assert_true(value_of("slipway_target_response_seconds_bucket{" TARGET ",le=\"67.108864\"}") ==
                32);
    assert_true(value_of("slipway_target_response_seconds_bucket{" TARGET ",le=\"+Inf\"}") == 64);
    assert_true(value_of("slipway_target_response_seconds_count{" TARGET "}") == 64);
    assert_true(value_of("slipway_target_response_seconds_sum{" TARGET "}") == 2.5);
}

static void states_are_counted(void **state)
{
    (void)state;
    atomic_store(&node_state.slots[slot_of("10.0.0.1:80")].health, STATE_HEALTH_HEALTHY);
    assert_true(
        value_of("slipway_group_targets{project=\"shop\",group=\"app\",state=\"healthy\"}") == 1);
    assert_true(
        value_of("slipway_group_targets{project=\"shop\",group=\"app\",state=\"initial\"}") == 1);
    assert_true(value_of("slipway_target_state{" TARGET ",state=\"healthy\",reason=\"passed\"}") ==
                1);
    assert_true(value_of("slipway_ready") == 1);
    assert_true(value_of("slipway_config_generation") == 2);
    assert_true(value_of("slipway_projects") == 1);
}

/* What a port on loopback says; "" where nobody listens. */
static const char *ask(uint16_t port, const char *path)
{
    static char text[1 << 18];
    struct sockaddr_in address = {.sin_family = AF_INET, .sin_port = htons(port)};
    int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    char request[200];
    size_t used = 0;

    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    *text = '\0';
    if (connect(fd, (struct sockaddr *)&address, sizeof(address)) == 0) {
        int length = snprintf(request, sizeof(request),
                              "GET %s HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n", path);

        assert_int_equal(send(fd, request, (size_t)length, MSG_NOSIGNAL), length);
        for (int i = 0; i < 2000; i++) {
            ssize_t got = recv(fd, text + used, sizeof(text) - 1 - used, MSG_DONTWAIT);

            if (got == 0)
                break;
            if (got > 0)
                used += (size_t)got;
            else
                assert_int_equal(loop_run_once(&node_control.loop, TIME_MILLISECOND), 0);
        }
        text[used] = '\0';
    }
    assert_int_equal(close(fd), 0);
    return text;
}

static uint16_t free_port(void)
{
    struct sockaddr_in address = {.sin_family = AF_INET};
    socklen_t size = sizeof(address);
    int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);

    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    assert_int_equal(bind(fd, (struct sockaddr *)&address, size), 0);
    assert_int_equal(getsockname(fd, (struct sockaddr *)&address, &size), 0);
    assert_int_equal(close(fd), 0);
    return ntohs(address.sin_port);
}

static void metrics_have_a_port_of_their_own(void **state)
{
    uint16_t port = free_port();
    char body[200];

    (void)state;
    (void)snprintf(body, sizeof(body), "{'x-slipway': {'metrics': {'address': '127.0.0.1:%u'}}}",
                   port);
    node_expect(node_call("PUT", "/v1/projects/metrics", body), 200, "");
    assert_non_null(strstr(ask(port, "/metrics"), "slipway_config_generation 3\n"));
    assert_non_null(strstr(ask(port, "/ready"), "HTTP/1.1 200 OK\r\n"));
    /* Nothing else: whoever is on the machine may ask. */
    assert_non_null(strstr(ask(port, "/v1/projects"), "HTTP/1.1 404 "));
    assert_non_null(strstr(ask(port, "/v1/version"), "HTTP/1.1 404 "));

    /* The port is kept by what changes something else, and goes with the project. */
    node_expect(node_call("PUT", "/v1/projects/shop", project), 200, "");
    assert_non_null(strstr(ask(port, "/metrics"), "slipway_config_generation 4\n"));
    node_expect(node_call("DELETE", "/v1/projects/metrics", NULL), 200, "");
    assert_string_equal(ask(port, "/metrics"), "");
}

static void a_port_that_is_taken_refuses_the_change(void **state)
{
    struct sockaddr_in address = {.sin_family = AF_INET};
    socklen_t size = sizeof(address);
    int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    char body[200];

    (void)state;
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    assert_int_equal(bind(fd, (struct sockaddr *)&address, size), 0);
    assert_int_equal(listen(fd, 1), 0);
    assert_int_equal(getsockname(fd, (struct sockaddr *)&address, &size), 0);
    (void)snprintf(body, sizeof(body), "{'x-slipway': {'metrics': {'address': '127.0.0.1:%u'}}}",
                   ntohs(address.sin_port));
    node_expect(node_call("PUT", "/v1/projects/metrics", body), 409, "the address is in use");
    assert_int_equal(close(fd), 0);
    node_expect(node_call("PUT", "/v1/projects/metrics", body), 200, "");
}

int main(void)
{
#define TEST(function) cmocka_unit_test_setup_teardown(function, start, node_stop)
    const struct CMUnitTest tests[] = {
        TEST(the_page_has_the_form_of_the_format), TEST(counters_are_added_up),
        TEST(histograms_are_cumulative),           TEST(states_are_counted),
        TEST(metrics_have_a_port_of_their_own),    TEST(a_port_that_is_taken_refuses_the_change),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
