/* SPDX-License-Identifier: Apache-2.0 */
/* A listener prepares for a configuration while memory runs out, at each place in turn: it goes on
 * with what it has. Once it is prepared, taking the configuration needs no memory. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <openssl/err.h>

#include "../net/tls_fixture.h"
#include "base/arena.h"
#include "edge/listener.h"
#include "fault.h"
#include "os/memory.h"
#include "os/os.h"

enum {
    LISTENER = 7
};

static struct worker *worker;
static struct worker_shared shared;
static struct state state;
static struct worker_generation held;
static struct generation generations[2];
static struct worker_listener *listener;

static int open_snapshot(struct generation *generation)
{
    const struct route_certificate certificate = {"a.pem", "a.key"};
    const struct route_listener config = {
        .id = LISTENER,
        .name = "web",
        .address = ":443",
        .protocol = ROUTE_PROTOCOL_HTTPS,
        .certificates = &certificate,
        .certificate_count = 1,
    };
    const struct route_config all = {.listeners = &config, .listener_count = 1};
    struct arena arena;
    void *image;
    int fd;

    arena_init(&arena, (size_t)1 << 24);
    assert_int_equal(snapshot_build(&arena, &all, &image, &generation->image_size, NULL), 0);
    fd = os_memory_file_of("snapshot", image, generation->image_size);
    arena_deinit(&arena);
    assert_int_equal(os_memory_map(fd, generation->image_size, false, &generation->image), 0);
    (void)os_close(fd);
    return snapshot_open(generation->image, generation->image_size, &generation->snapshot);
}

static int open_bundle(struct generation *generation, const char *name)
{
    const struct tls_pem pem = fixture_simple(name, "DNS:a.example");
    const struct bundle_pair pair = {pem.certificate, pem.certificate_size, pem.key, pem.key_size};
    const struct bundle_listener item = {LISTENER, &pair, 1};
    const struct bundle_ticket_keys keys = {{0}, {0}};
    int fd = bundle_build(&item, 1, &keys);
    int r;

    assert_true(fd >= 0);
    r = bundle_open(fd, &generation->certificates);
    (void)os_close(fd);
    return r;
}

static int set_up(void **ignored)
{
    union os_address address = {.ipv4 = {.sin_family = AF_INET}};
    int fd = state_create(1);

    (void)ignored;
    assert_int_equal(state_map(fd, true, &state), 0);
    (void)os_close(fd);
    for (size_t i = 0; i < 2; i++) {
        assert_int_equal(open_snapshot(&generations[i]), 0);
        assert_int_equal(open_bundle(&generations[i], i == 0 ? "one" : "other"), 0);
    }
    worker = calloc(1, sizeof(*worker));
    assert_non_null(worker);
    shared.state = &state;
    worker->shared = &shared;
    worker->current = &held;
    worker->tls = fixture_thread();
    list_init(&worker->listeners);
    assert_int_equal(loop_init(&worker->loop), 0);
    fd = os_stream_socket(AF_INET);
    assert_int_equal(os_bind(fd, &address, sizeof(address.ipv4)), 0);
    listener = listener_new(worker, LISTENER, fd);
    assert_non_null(listener);
    held.generation = &generations[0];
    assert_int_equal(listener_update(listener), 0);
    return 0;
}

static int tear_down(void **ignored)
{
    (void)ignored;
    listener_close(listener);
    loop_deinit(&worker->loop);
    worker->tls = tls_thread_free(worker->tls);
    for (size_t i = 0; i < 2; i++) {
        os_memory_unmap(generations[i].image, generations[i].image_size);
        bundle_close(&generations[i].certificates);
    }
    free(worker);
    state_unmap(&state);
    fixture_clear();
    return 0;
}

static void what_it_has_stays_until_all_is_prepared(void **ignored)
{
    struct tls_server *before = listener->tls;
    size_t failures = 0;
    int r;

    (void)ignored;
    assert_non_null(before);
    for (size_t n = 1;; n++) {
        fault_fail_allocation(n);
        r = listener_prepare(listener, &generations[1]);
        fault_reset();
        ERR_clear_error();
        assert_ptr_equal(listener->tls, before);
        assert_true(r < 0 || listener->next_tls != NULL);
        assert_true(r == 0 || listener->next_tls == NULL);
        failures += r < 0;
        if (!fault_allocation_failed())
            break;
        listener_forget(listener);
    }
    assert_int_equal(r, 0);
    assert_true(failures > 10);
    held.generation = &generations[1];
    fault_fail_allocations_from(1);
    r = listener_update(listener);
    fault_reset();
    assert_int_equal(r, 0);
    assert_ptr_not_equal(listener->tls, before);
    assert_null(listener->next_tls);
    /* The same again is nothing to prepare. */
    before = listener->tls;
    assert_int_equal(listener_prepare(listener, &generations[1]), 0);
    assert_null(listener->next_tls);
    assert_int_equal(listener_update(listener), 0);
    assert_ptr_equal(listener->tls, before);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(what_it_has_stays_until_all_is_prepared, set_up, tear_down),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
