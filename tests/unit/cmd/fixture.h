/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A supervisor with stubs for children (stub.h), in a folder of its own; for cmocka's tests, which
 * include what it needs before. wait_until() asks again and again.
 */
#pragma once

#include <poll.h>
#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

#define FIXTURE_PATIENCE_MS 10000

struct fixture {
    char folder[64];
    char api_path[128];
    char address[32]; /* of a port that nobody uses */
    uint16_t port;
    uint16_t dashboard_port;
    int log_fd; /* what the process tree says */
    pid_t supervisor;
    void (*in_child)(void); /* called in the supervisor's process before it runs; may be NULL */
};

extern struct fixture fixture;

int fixture_set_up(void **state);
int fixture_tear_down(void **state);

/* For the start of main(): runs the roles. False where the tests shall run. */
bool fixture_run_role(int argc, char **argv, int *ret_status);

void start_with(char *const *loader, uint64_t drain_timeout_ms);
/* With SIGTERM, and expects status 0. */
void end(void);
int wait_for_end(pid_t pid);

/* The beginning of what the tree said. */
const char *said(void);

/* Of control, see stub.h. */
bool ask(const char *question, char *answer, int size);
void expect(const char *question, const char *wanted);
void listen_there(void);
pid_t control_pid(void);

/* At a port of its own, fixture.dashboard_port. */
void open_dashboard(void);
/* Whether somebody else could have that port. */
bool dashboard_port_is_free(void);
/* Whether control has its socket. */
bool has_dashboard(void);

/* Connects and reads the greeting; 0 where nobody greets. The connection stays open where ret_fd is
 * given. */
pid_t greet(uint64_t *ret_generation, int *ret_fd);
pid_t edge_pid(void);
uint64_t generation_served(void);
bool is_alive(pid_t pid);

/* By a clock that only goes forward. */
uint64_t now_ms(void);

#define wait_until(condition)                                                                      \
    do {                                                                                           \
        uint64_t until_ms = now_ms() + FIXTURE_PATIENCE_MS;                                        \
        while (!(condition)) {                                                                     \
            if (now_ms() > until_ms)                                                               \
                fail_msg("not true in time: %s\n%s", #condition, said());                          \
            (void)poll(NULL, 0, 1);                                                                \
        }                                                                                          \
    } while (0)
