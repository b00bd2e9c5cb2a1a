/* SPDX-License-Identifier: Apache-2.0 */
/* Images of an engine that runs; what happens in it; and where there is none. */
#include "real_engine.h"

static void test_archive_goes_into_a_container(void **state)
{
    const struct archive_file files[] = {
        {.path = "run/secrets/key", .data = "s3cret", .size = 6, .mode = 0400, .uid = 65534}};
    const char *command[] = {"sh", "-c", "cat /run/secrets/key; stat -c ' %a %u' /run/secrets/key",
                             NULL};
    struct lines lines = {.count = 0};
    const struct engine_log_options options = {.has_output = true, .has_errors = true, .tail = -1};
    struct strbuf tar;
    int64_t code;
    const char *id;

    (void)state;
    needs_engine();
    strbuf_init(&tar, 1 << 20);
    strbuf_init(&lines.text, 1 << 20);
    expect(archive_write_files(files, 1, &tar, &error), 0);
    id = create(NULL, &(struct engine_container_config){.image = BASE, .command = command});
    expect(engine_put_archive(&engine, id, "/", tar.data, tar.length, &error), 0);
    expect(engine_start_container(&engine, id, &error), 0);
    expect(engine_wait_container(&engine, id, ENGINE_WAIT_NOT_RUNNING, &code, &error), 0);
    expect(engine_read_logs(&engine, id, &options, take_line, &lines, &error), 0);
    assert_string_equal(strbuf_text(&lines.text), "O:s3cret 400 65534\n");
    strbuf_deinit(&tar);
    strbuf_deinit(&lines.text);
    drop(id);
}

/* Images */

static int take_output(void *context, const char *data, size_t size)
{
    strbuf_append(context, data, size);
    return 0;
}

static int build(const char *dockerfile, const char *name, struct strbuf *output,
                 const char **ret_id)
{
    const struct archive_file files[] = {
        {.path = "Dockerfile", .data = dockerfile, .size = strlen(dockerfile)}};
    const struct engine_pair arguments[] = {{"WORD", "hello"}};
    const struct engine_pair labels[] = {{"built", mark}};
    const char *names[] = {name, NULL};
    struct strbuf tar;
    int fd = memfd_create("context", MFD_CLOEXEC);
    int r;

    strbuf_init(&tar, 1 << 20);
    assert_int_equal(archive_write_files(files, 1, &tar, &error), 0);
    assert_int_equal(write(fd, tar.data, tar.length), tar.length);
    assert_int_equal(lseek(fd, 0, SEEK_SET), 0);
    r = engine_build_image(&engine, &arena,
                           &(struct engine_build){.context_fd = fd,
                                                  .names = names,
                                                  .arguments = {arguments, 1},
                                                  .labels = {labels, 1},
                                                  .output = take_output,
                                                  .context = output},
                           ret_id, &error);
    strbuf_deinit(&tar);
    (void)close(fd);
    return r;
}

static void test_build(void **state)
{
    struct strbuf output;
    struct engine_image image;
    const char *id;

    (void)state;
    needs_engine();
    strbuf_init(&output, 1 << 20);
    expect(build("FROM " BASE "\nARG WORD\nRUN echo \"it says $WORD\"\nEXPOSE 81\n"
                 "HEALTHCHECK CMD true\n",
                 "slipway.test/built:1", &output, &id),
           0);
    assert_non_null(strstr(strbuf_text(&output), "it says hello"));
    expect(engine_inspect_image(&engine, &arena, "slipway.test/built:1", &image, &error), 0);
    assert_string_equal(image.id, id);
    assert_string_equal(image.exposed_ports[0], "81/tcp");
    assert_string_equal(image.health_test[0], "CMD-SHELL");
    assert_string_equal(engine_pairs_find(image.labels, "built"), mark);
    assert_string_equal(image.platform_os, "linux");
    expect(engine_tag_image(&engine, id, "slipway.test/other:2", &error), 0);
    expect(engine_remove_image(&engine, "slipway.test/other:2", false, &error), 0);
    expect(engine_remove_image(&engine, "slipway.test/built:1", false, &error), 0);
    expect(engine_inspect_image(&engine, &arena, id, &image, &error), -ENOENT);

    strbuf_reset(&output);
    expect(build("FROM " BASE "\nRUN echo broken; exit 9\n", "slipway.test/built:2", &output, &id),
           -EIO);
    assert_non_null(strstr(strbuf_text(&output), "broken"));
    expect(build("FROM 127.0.0.1:1/none:1\n", "slipway.test/built:2", &output, &id) < 0, 1);
    strbuf_deinit(&output);
}

static uint64_t progress_calls;

static void take_progress(void *context, const char *text, uint64_t done, uint64_t total)
{
    (void)context;
    assert_non_null(strstr(text, "layers"));
    assert_true(done <= total);
    progress_calls++;
}

static void test_pull(void **state)
{
    const char *registry = getenv("SLIPWAY_TEST_REGISTRY");
    struct engine_pull pull = {.progress = take_progress};
    struct engine_image image;
    struct strbuf output;
    char reference[128];
    const char *id;

    (void)state;
    needs_engine();
    if (registry == NULL)
        skip();
    strbuf_init(&output, 1 << 20);
    (void)snprintf(reference, sizeof(reference), "%s/fresh:%s", registry, mark);
    expect(build("FROM " BASE "\nRUN head -c 2000000 /dev/urandom >/random\n", reference, &output,
                 &id),
           0);
    strbuf_deinit(&output);
    pull.reference = reference;
    expect(engine_push_image(&engine, &pull, &error), 0);
    expect(engine_remove_image(&engine, reference, false, &error), 0);
    progress_calls = 0;
    expect(engine_pull_image(&engine, &pull, &error), 0);
    assert_true(progress_calls > 0);
    expect(engine_inspect_image(&engine, &arena, reference, &image, &error), 0);
    assert_non_null(image.digests[0]);
    /* By its digest, too. */
    pull.reference = image.digests[0];
    expect(engine_pull_image(&engine, &pull, &error), 0);
    expect(engine_remove_image(&engine, reference, false, &error), 0);
    (void)snprintf(reference, sizeof(reference), "%s/base:none", registry);
    pull.reference = reference;
    expect(engine_pull_image(&engine, &pull, &error), -ENOENT);
    pull.reference = "127.0.0.1:1/base";
    expect(engine_pull_image(&engine, &pull, &error), -EIO);
    pull.reference = "not a reference";
    expect(engine_pull_image(&engine, &pull, &error), -EINVAL);
}

static void test_pull_with_credentials(void **state)
{
    const char *registry = getenv("SLIPWAY_TEST_LOCKED");
    _cleanup_free_ char *credentials = NULL;
    struct engine_pull pull = {0};
    char reference[128];

    (void)state;
    needs_engine();
    if (registry == NULL)
        skip();
    (void)snprintf(reference, sizeof(reference), "%s/base:1", registry);
    pull.reference = reference;
    expect(engine_pull_image(&engine, &pull, &error), -EACCES);
    expect(engine_find_credentials(NULL, reference, -1, &credentials, &error), 0);
    assert_non_null(credentials);
    pull.credentials = credentials;
    expect(engine_pull_image(&engine, &pull, &error), 0);
    expect(engine_push_image(&engine, &pull, &error), 0);
    expect(engine_remove_image(&engine, reference, false, &error), 0);
}

/* Waits that end early, and events */

struct watching {
    pthread_mutex_t lock;
    pthread_cond_t changed;
    bool has_begun, has_ended;
    char seen[4096];
    int cancel_fd;
    int result;
};

static void began(void *context)
{
    struct watching *watching = context;

    (void)pthread_mutex_lock(&watching->lock);
    watching->has_begun = true;
    (void)pthread_cond_broadcast(&watching->changed);
    (void)pthread_mutex_unlock(&watching->lock);
}

static int take_event(void *context, const struct engine_event *event)
{
    struct watching *watching = context;
    size_t used;

    (void)pthread_mutex_lock(&watching->lock);
    used = strlen(watching->seen);
    (void)snprintf(watching->seen + used, sizeof(watching->seen) - used, "%s ", event->action);
    (void)pthread_cond_broadcast(&watching->changed);
    (void)pthread_mutex_unlock(&watching->lock);
    return text_equal(event->action, "destroy") ? 1 : 0;
}

static void *watch(void *context)
{
    struct watching *watching = context;
    struct engine own = engine_at(place, watching->cancel_fd);
    static struct engine_pair filters[2] = {{"type", "container"}, {"label", NULL}};
    static char label[64];
    struct engine_event_options options = {
        .filters = {filters, 2}, .began = began, .sink = take_event, .context = watching};

    (void)snprintf(label, sizeof(label), "events=%s", mark);
    filters[1].value = label;
    watching->result = engine_follow_events(&own, &options, NULL);
    return NULL;
}

static void test_events(void **state)
{
    struct watching watching = {
        .lock = PTHREAD_MUTEX_INITIALIZER, .changed = PTHREAD_COND_INITIALIZER, .cancel_fd = -1};
    const struct engine_pair labels[] = {{"events", mark}};
    const char *command[] = {"true", NULL};
    pthread_t thread;
    int64_t code;
    const char *id;

    (void)state;
    needs_engine();
    assert_int_equal(pthread_create(&thread, NULL, watch, &watching), 0);
    (void)pthread_mutex_lock(&watching.lock);
    while (!watching.has_begun)
        (void)pthread_cond_wait(&watching.changed, &watching.lock);
    (void)pthread_mutex_unlock(&watching.lock);
    id = create(NULL, &(struct engine_container_config){
                          .image = BASE, .command = command, .labels = {labels, 1}});
    expect(engine_start_container(&engine, id, &error), 0);
    expect(engine_wait_container(&engine, id, ENGINE_WAIT_NOT_RUNNING, &code, &error), 0);
    drop(id);
    (void)pthread_join(thread, NULL);
    assert_int_equal(watching.result, 1);
    assert_non_null(strstr(watching.seen, "create "));
    assert_non_null(strstr(watching.seen, "start "));
    assert_non_null(strstr(watching.seen, "die "));
}

static void test_waits_can_be_cancelled(void **state)
{
    int fd = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
    struct engine own;
    struct watching watching = {
        .lock = PTHREAD_MUTEX_INITIALIZER, .changed = PTHREAD_COND_INITIALIZER, .cancel_fd = fd};
    pthread_t thread;
    int64_t code;
    const char *id;

    (void)state;
    needs_engine();
    own = engine_at(place, fd);
    id = run(NULL, "sleep 1000");
    assert_int_equal(pthread_create(&thread, NULL, watch, &watching), 0);
    (void)pthread_mutex_lock(&watching.lock);
    while (!watching.has_begun)
        (void)pthread_cond_wait(&watching.changed, &watching.lock);
    (void)pthread_mutex_unlock(&watching.lock);
    assert_int_equal(eventfd_write(fd, 1), 0);
    (void)pthread_join(thread, NULL);
    assert_int_equal(watching.result, -ECANCELED);
    expect(engine_wait_container(&own, id, ENGINE_WAIT_NOT_RUNNING, &code, &error), -ECANCELED);
    (void)close(fd);
    drop(id);
}

static void test_no_engine(void **state)
{
    struct engine_place *nowhere;
    struct engine none;

    (void)state;
    assert_int_equal(engine_place_new("/nonexistent/docker.sock", &nowhere, &error), 0);
    none = engine_at(nowhere, -1);
    assert_int_equal(engine_ping(&none, &error), -ECONNREFUSED);
    assert_string_equal(error->message, "no Docker Engine answers at /nonexistent/docker.sock: "
                                        "start it, or start slipway's daemon with DOCKER_HOST "
                                        "set to another");
    error = error_free(error);
    (void)engine_place_free(nowhere);
}

static void test_names_lead_nowhere_else(void **state)
{
    struct engine_container container;

    (void)state;
    needs_engine();
    expect(engine_inspect_container(&engine, &arena, "", &container, &error), -EINVAL);
    expect(engine_inspect_container(&engine, &arena, "a/../b", &container, &error), -EINVAL);
    expect(engine_inspect_container(&engine, &arena, "x?all=1", &container, &error), -ENOENT);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_archive_goes_into_a_container, start, finish),
        cmocka_unit_test_setup_teardown(test_build, start, finish),
        cmocka_unit_test_setup_teardown(test_pull, start, finish),
        cmocka_unit_test_setup_teardown(test_pull_with_credentials, start, finish),
        cmocka_unit_test_setup_teardown(test_events, start, finish),
        cmocka_unit_test_setup_teardown(test_waits_can_be_cancelled, start, finish),
        cmocka_unit_test_setup_teardown(test_no_engine, start, finish),
        cmocka_unit_test_setup_teardown(test_names_lead_nowhere_else, start, finish),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
