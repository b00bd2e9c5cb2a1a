/* SPDX-License-Identifier: Apache-2.0 */
/* From JSON to what the edge gets, and to disk, with every allocation and every call failing once.
 */
#include "projects.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "control/difference.h"
#include "control/kept.h"
#include "control/publication.h"
#include "control/tickets.h"
#include "fault.h"
#include "os/os.h"

static const char text[] =
    "{'x-slipway': {'listeners': {'web': {'address': ':8080', 'protocol': 'http', 'rules': ["
    "{'when': {'host': ['*.a.com', 'w*.b.com'], 'path': ['/x/*']}, 'forward': 'app'}]}},"
    "'target_groups': {'app': {'targets': ['10.0.0.1:80', 'unix:/run/x.sock']}}}}";
static const char other[] =
    "{'x-slipway': {'listeners': {'web': {'address': ':8080', 'rules': ["
    "{'when': {'host': ['x.a.com'], 'path': ['/y/*']}, 'respond': {'status': 404}}]}}}}";

static char folder[] = "/tmp/slipway-failure-XXXXXX";
static char *json_text, *json_other;

/* What the loader of files says about memory comes as something that is wrong with them. */
static int forget(int r, struct error *error)
{
    if (r == -EINVAL && strstr(error->message, "memory") != NULL)
        r = -ENOMEM;
    error_free(error);
    return r;
}

/* All of it once. Returns 0 or what failed. */
static int publish_once(void)
{
    struct project *projects[2] = {0};
    struct publication *publication = NULL;
    struct difference difference = {0};
    struct tickets tickets;
    struct error *error = NULL;
    int r;

    r = tickets_load(folder, os_real_time_ns(), &tickets, &error);
    if (r == 0)
        r = project_new("alpha", json_text, strlen(json_text), &projects[0], &error);
    if (r == 0)
        r = project_new("beta", json_other, strlen(json_other), &projects[1], &error);
    if (r == 0) {
        const struct publication_options options = {.ticket_keys = &tickets.keys, .generation = 1};

        r = publication_new(projects, 2, &options, &publication, &error);
    }
    if (r == 0)
        r = kept_stage(folder, "alpha", json_text, strlen(json_text), &error);
    if (r == 0)
        r = kept_commit(folder, "alpha", &error);
    kept_discard(folder, "alpha");
    if (r == 0)
        r = kept_stage_removal(folder, "alpha", &error);
    if (r == 0)
        r = kept_discard_removal(folder, "alpha", &error);
    if (r == 0)
        r = kept_stage_removal(folder, "alpha", &error);
    if (r == 0)
        kept_commit_removal(folder, "alpha");
    if (r == 0)
        r = difference_find(NULL, publication, &difference);
    difference_deinit(&difference);
    (void)publication_unref(publication);
    (void)project_unref(projects[0]);
    (void)project_unref(projects[1]);
    if (r < 0 && error == NULL)
        assert_int_equal(r, -ENOMEM); /* which difference_find() says without a text */
    return forget(r, error);
}

static void every_allocation_may_fail(void **state)
{
    size_t outstanding;
    size_t n;
    int r;

    (void)state;
    assert_int_equal(publish_once(), 0);
    outstanding = fault_outstanding();
    for (n = 1;; n++) {
        fault_fail_allocation(n);
        r = publish_once();
        fault_reset();
        assert_int_equal(fault_outstanding(), outstanding);
        if (!fault_allocation_failed())
            break;
        if (r != 0 && r != -ENOMEM)
            fail_msg("allocation %zu: %d", n, r);
    }
    assert_int_equal(r, 0);
    assert_true(n > 20);
}

static void every_call_may_fail(void **state)
{
    size_t outstanding;
    size_t n;
    int r;

    (void)state;
    assert_int_equal(publish_once(), 0);
    outstanding = fault_outstanding();
    for (n = 1;; n++) {
        (void)os_set_ops(fault_os_ops(n, EIO));
        r = publish_once();
        (void)os_set_ops(NULL);
        assert_int_equal(fault_outstanding(), outstanding);
        if (!fault_os_call_failed())
            break;
    }
    assert_int_equal(r, 0);
    assert_true(n > 10);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_allocation_may_fail),
        cmocka_unit_test(every_call_may_fail),
    };
    char command[100];
    int r;

    if (mkdtemp(folder) == NULL)
        return 1;
    json_text = strdup(json(text));
    json_other = strdup(json(other));
    (void)snprintf(command, sizeof(command), "rm -rf %s", folder);
    r = kept_prepare(folder, NULL) < 0 ? 1 : cmocka_run_group_tests(tests, NULL, NULL);
    free(json_text);
    free(json_other);
    return system(command) != 0 ? 1 : r;
}
