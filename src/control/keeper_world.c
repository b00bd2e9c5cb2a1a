/* SPDX-License-Identifier: Apache-2.0 */
#include "control/keeper_world.h"

#include <arpa/inet.h>
#include <errno.h>
#include <jansson.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "base/error.h"
#include "base/hash.h"
#include "base/list.h"
#include "base/log.h"
#include "base/strbuf.h"
#include "base/time.h"
#include "control/followers.h"
#include "control/publication.h"
#include "control/publisher.h"
#include "control/runtimes.h"
#include "os/os.h"
#include "os/socket.h"
#include "store/store.h"

#define LOOK_NS      (100 * TIME_MILLISECOND) /* at what the edge says, while somebody waits */
#define LOOK_IDLE_NS TIME_SECOND
#define WAIT_NS      TIME_SECOND /* at most, as others may have taken the news */
#define CHANGES_MAX  65536

static struct keeper_world *keeper_of(struct world *world)
{
    return list_entry(world, struct keeper_world, world);
}

static struct runtime *get_runtime(struct world *world, enum desired_runtime kind,
                                   struct error **reterr)
{
    return runtimes_get(keeper_of(world)->around->runtimes, kind, reterr);
}

/* Publishing */

static char *join_changes(const struct difference *difference)
{
    struct strbuf text;

    strbuf_init(&text, CHANGES_MAX);
    for (size_t i = 0; i < difference->count; i++)
        strbuf_printf(&text, "%s%s", i > 0 ? "\n" : "", difference->lines[i]);
    if (difference->left_out > 0)
        strbuf_printf(&text, "\nand %zu more", difference->left_out);
    return text.data; /* NULL where there is nothing to say */
}

/* In the loop. The world outlives the publisher. */
static void published(struct job *job, void *context)
{
    struct keeper_world *world = context;

    (void)pthread_mutex_lock(&world->lock);
    world->is_done = true;
    world->status = job->status;
    free(world->error);
    world->error = job->error != NULL ? strdup(job->error) : NULL;
    free(world->changes);
    world->changes = join_changes(&job->difference);
    (void)publication_unref(world->publication);
    world->publication = job->publication != NULL ? publication_ref(job->publication) : NULL;
    (void)pthread_cond_broadcast(&world->changed);
    (void)pthread_mutex_unlock(&world->lock);
}

static int code_of(unsigned int status)
{
    switch (status) {
    case 400:
        return EINVAL;
    case 404:
        return ENOENT;
    case 409:
        return EEXIST;
    case 413:
        return E2BIG;
    case 503:
        return EPIPE;
    case 504:
        return ETIMEDOUT;
    case 507:
        return ENOSPC;
    default:
        return EIO;
    }
}

/* Under the lock: what became of it. */
static int conclude(struct keeper_world *world, char **ret_changes, struct error **reterr)
{
    int r = 0;

    if (!world->is_done)
        return error_set(reterr, ECANCELED, "control ends");
    if (world->status != 200)
        return error_set(reterr, code_of(world->status), "the edge: %s",
                         world->error != NULL ? world->error : "it does not take the change");
    if (world->publication != NULL)
        r = keeper_targets_take(world, world->publication);
    world->publication = publication_unref(world->publication);
    if (r < 0)
        return error_set(reterr, -r, "out of memory");
    if (ret_changes != NULL)
        *ret_changes = take_ptr(world->changes);
    return 0;
}

static int ask_publisher(struct keeper_world *world, enum job_kind kind, const char *text,
                         char **ret_changes, struct error **reterr)
{
    int r;

    (void)pthread_mutex_lock(&world->lock);
    if (world->has_no_edge || world->is_stopping) {
        bool is_stopping = world->is_stopping;

        (void)pthread_mutex_unlock(&world->lock);
        return is_stopping ? error_set(reterr, ECANCELED, "control ends") : 0;
    }
    world->is_done = false;
    (void)pthread_mutex_unlock(&world->lock);
    r = publisher_add(world->around->publisher, kind, world->project, text,
                      text != NULL ? strlen(text) : 0, published, world);
    if (r == -ESHUTDOWN)
        return error_set(reterr, ECANCELED, "control ends");
    if (r < 0)
        return error_set(reterr, -r, "the edge cannot be told: %s",
                         r == -EBUSY ? "too many changes wait already" : error_text(-r));
    (void)pthread_mutex_lock(&world->lock);
    while (!world->is_done && !world->is_stopping && !world->has_no_edge)
        (void)pthread_cond_wait(&world->changed, &world->lock);
    r = world->has_no_edge ? 0 : conclude(world, ret_changes, reterr);
    (void)pthread_mutex_unlock(&world->lock);
    return r;
}

static int publish(struct world *base, const char *project, const char *document,
                   char **ret_changes, struct error **reterr)
{
    struct keeper_world *world = keeper_of(base);
    char *changes = NULL;
    int r;

    (void)project;
    (void)pthread_mutex_lock(&world->publish_lock);
    r = ask_publisher(world, JOB_DEPLOY, document, ret_changes != NULL ? &changes : NULL, reterr);
    (void)pthread_mutex_unlock(&world->publish_lock);
    if (r == 0 && ret_changes != NULL)
        *ret_changes = changes;
    return r;
}

static int check(struct world *base, const char *project, const char *document,
                 struct error **reterr)
{
    struct keeper_world *world = keeper_of(base);
    int r;

    (void)project;
    (void)pthread_mutex_lock(&world->publish_lock);
    r = ask_publisher(world, JOB_CHECK, document, NULL, reterr);
    (void)pthread_mutex_unlock(&world->publish_lock);
    return r;
}

static int unpublish(struct world *base, const char *project, char **ret_changes,
                     struct error **reterr)
{
    struct keeper_world *world = keeper_of(base);
    _cleanup_error_ struct error *error = NULL;
    char *changes = NULL;
    int r;

    (void)project;
    (void)pthread_mutex_lock(&world->publish_lock);
    r = ask_publisher(world, JOB_REMOVE, NULL, ret_changes != NULL ? &changes : NULL, &error);
    (void)pthread_mutex_unlock(&world->publish_lock);
    if (r == -ENOENT)
        r = 0;
    if (r == 0 && ret_changes != NULL)
        *ret_changes = changes;
    if (r == 0)
        return 0;
    if (r < 0 && reterr != NULL)
        *reterr = take_ptr(error);
    return r;
}

/* Time */

static uint64_t monotonic_ns(struct world *world)
{
    (void)world;
    return os_monotonic_time_ns();
}

static uint64_t unix_ns(struct world *world)
{
    (void)world;
    return os_real_time_ns();
}

/* Under the lock: until the next look at the edge, or that time. */
static void sleep_until(struct keeper_world *world, uint64_t until_ns, uint64_t look_ns)
{
    uint64_t next_ns = time_add(os_monotonic_time_ns(), look_ns);
    struct timespec deadline = time_to_timespec(next_ns < until_ns ? next_ns : until_ns);

    (void)pthread_cond_timedwait(&world->changed, &world->lock, &deadline);
}

static bool has_news(struct keeper_world *world, uint64_t count, bool with_activity)
{
    uint64_t digest = keeper_targets_digest(world, with_activity);

    if (world->change_count == world->seen_count && world->change_count == count &&
        digest == world->digest)
        return false;
    world->seen_count = world->change_count;
    world->digest = digest;
    return true;
}

static int wait_for_news(struct world *base, uint64_t until_ns)
{
    struct keeper_world *world = keeper_of(base);
    uint64_t latest_ns = time_add(os_monotonic_time_ns(), WAIT_NS);
    uint64_t count;
    int r;

    if (until_ns > latest_ns)
        until_ns = latest_ns;
    (void)pthread_mutex_lock(&world->lock);
    count = world->change_count;
    while (!world->is_stopping && !world->is_interrupted && !has_news(world, count, true) &&
           os_monotonic_time_ns() < until_ns)
        sleep_until(world, until_ns, LOOK_NS);
    r = world->is_stopping || world->is_interrupted ? -ECANCELED : 0;
    (void)pthread_mutex_unlock(&world->lock);
    return r;
}

/* What was said before is in the store. */
static int get_cancel_fd(struct world *base)
{
    struct keeper_world *world = keeper_of(base);

    uint64_t count;

    if (world->cancel_fd >= 0)
        (void)os_read(world->cancel_fd, &count, sizeof(count));
    return world->cancel_fd;
}

bool keeper_world_idle(struct keeper_world *world, uint64_t until_monotonic_ns)
{
    uint64_t count;
    bool goes_on;

    (void)pthread_mutex_lock(&world->lock);
    count = world->change_count;
    while (!world->is_stopping && !world->is_interrupted && !has_news(world, count, false) &&
           os_monotonic_time_ns() < until_monotonic_ns)
        sleep_until(world, until_monotonic_ns, LOOK_IDLE_NS);
    goes_on = !world->is_stopping;
    (void)pthread_mutex_unlock(&world->lock);
    return goes_on;
}

/* Telling */

static bool is_of_type(const char *text, const char *type)
{
    json_t *object = json_loads(text, 0, NULL);
    const char *found = json_string_value(json_object_get(object, "type"));
    bool result = found != NULL && strcmp(found, type) == 0;

    json_decref(object);
    return result;
}

/* What is only for those who look at the moment. */
static bool is_passing(const char *text)
{
    return is_of_type(text, "progress") || is_of_type(text, "output");
}

void keeper_world_hold_result(struct keeper_world *world)
{
    (void)pthread_mutex_lock(&world->tell_lock);
    world->holds_result = true;
    (void)pthread_mutex_unlock(&world->tell_lock);
}

char *keeper_world_take_result(struct keeper_world *world)
{
    char *text;

    (void)pthread_mutex_lock(&world->tell_lock);
    text = take_ptr(world->held_result);
    world->holds_result = false;
    (void)pthread_mutex_unlock(&world->tell_lock);
    return text;
}

/* Whether it is told later; where memory is out it is told now. */
static bool hold_result(struct keeper_world *world, const char *text)
{
    bool is_held = false;

    (void)pthread_mutex_lock(&world->tell_lock);
    if (world->holds_result && is_of_type(text, "result")) {
        free(world->held_result);
        world->held_result = strdup(text);
        is_held = world->held_result != NULL;
    }
    (void)pthread_mutex_unlock(&world->tell_lock);
    return is_held;
}

static int keep_event(struct keeper_world *world, const struct store_event *event,
                      struct error **reterr)
{
    uint64_t sequence;
    int r = 0;

    (void)pthread_mutex_lock(&world->tell_lock);
    if (world->told == NULL)
        r = store_open(world->around->folder, &world->told, reterr);
    if (r == 0)
        r = store_add_event(world->told, event, &sequence, reterr);
    (void)pthread_mutex_unlock(&world->tell_lock);
    return r;
}

static void tell(struct world *base, const char *project, uint64_t deploy, const char *text)
{
    struct keeper_world *world = keeper_of(base);
    _cleanup_error_ struct error *error = NULL;
    const struct store_event event = {
        .unix_ns = os_real_time_ns(), .project = project, .deploy = deploy, .text = text};

    if (is_passing(text)) {
        followers_pass(world->around->followers, project, deploy, text);
        return;
    }
    if (hold_result(world, text))
        return;
    if (keep_event(world, &event, &error) < 0)
        log_error("project \"%s\": an event is lost: %s", project, error->message);
    followers_tell(world->around->followers);
}

/* Ports */

static int free_port(struct world *world, const char *host_ip, uint16_t *ret_port)
{
    union os_address address = {.ipv4 = {.sin_family = AF_INET}};
    struct in6_addr ipv6;
    bool is_ipv6 = *host_ip != '\0' && inet_pton(AF_INET6, host_ip, &ipv6) == 1;
    socklen_t size = is_ipv6 ? sizeof(address.ipv6) : sizeof(address.ipv4);
    _cleanup_os_close_ int fd = -1;
    int r;

    (void)world;
    if (is_ipv6)
        address.ipv6 = (struct sockaddr_in6){.sin6_family = AF_INET6, .sin6_addr = ipv6};
    else if (*host_ip != '\0' && inet_pton(AF_INET, host_ip, &address.ipv4.sin_addr) != 1)
        return -EINVAL;
    fd = os_stream_socket(is_ipv6 ? AF_INET6 : AF_INET);
    if (fd < 0)
        return fd;
    r = os_bind(fd, &address, size);
    if (r == 0)
        r = os_local_address(fd, &address, &size);
    if (r < 0)
        return r;
    *ret_port = ntohs(is_ipv6 ? address.ipv6.sin6_port : address.ipv4.sin_port);
    return 0;
}

/* The whole */

static const struct world_ops ops = {
    .runtime = get_runtime,
    .check = check,
    .publish = publish,
    .unpublish = unpublish,
    .target = keeper_targets_read,
    .sum = keeper_targets_sum,
    .mark = keeper_targets_mark,
    .monotonic_ns = monotonic_ns,
    .unix_ns = unix_ns,
    .wait = wait_for_news,
    .cancel_fd = get_cancel_fd,
    .tell = tell,
    .free_port = free_port,
};

void keeper_world_init(struct keeper_world *world, const struct keeper_surroundings *around,
                       const char *project)
{
    pthread_condattr_t monotonic;

    *world = (struct keeper_world){.world.ops = &ops, .around = around, .project = project};
    world->cancel_fd = -1;
    (void)pthread_mutex_init(&world->publish_lock, NULL);
    (void)pthread_mutex_init(&world->tell_lock, NULL);
    (void)pthread_mutex_init(&world->lock, NULL);
    (void)pthread_condattr_init(&monotonic);
    (void)pthread_condattr_setclock(&monotonic, CLOCK_MONOTONIC);
    (void)pthread_cond_init(&world->changed, &monotonic);
    (void)pthread_condattr_destroy(&monotonic);
}

static void replace_cancel_fd(struct keeper_world *world, int fd)
{
    (void)pthread_mutex_lock(&world->lock);
    os_closep(&world->cancel_fd);
    world->cancel_fd = fd < 0 ? -1 : fd;
    (void)pthread_mutex_unlock(&world->lock);
}

void keeper_world_begin(struct keeper_world *world)
{
    replace_cancel_fd(world, os_eventfd()); /* without one it takes longer */
}

void keeper_world_rest(struct keeper_world *world)
{
    replace_cancel_fd(world, -1);
    (void)pthread_mutex_lock(&world->tell_lock);
    world->told = store_close(world->told);
    (void)pthread_mutex_unlock(&world->tell_lock);
}

void keeper_world_deinit(struct keeper_world *world)
{
    keeper_targets_free(world);
    os_closep(&world->cancel_fd);
    world->publication = publication_unref(world->publication);
    world->told = store_close(world->told);
    free(world->held_result);
    free(world->error);
    free(world->changes);
    (void)pthread_cond_destroy(&world->changed);
    (void)pthread_mutex_destroy(&world->lock);
    (void)pthread_mutex_destroy(&world->tell_lock);
    (void)pthread_mutex_destroy(&world->publish_lock);
}

void keeper_world_wake(struct keeper_world *world)
{
    (void)pthread_mutex_lock(&world->lock);
    world->change_count++;
    (void)pthread_cond_broadcast(&world->changed);
    (void)pthread_mutex_unlock(&world->lock);
}

void keeper_world_cancel(struct keeper_world *world)
{
    (void)pthread_mutex_lock(&world->lock);
    if (world->cancel_fd >= 0)
        (void)os_eventfd_signal(world->cancel_fd);
    (void)pthread_mutex_unlock(&world->lock);
    keeper_world_wake(world);
}

uint64_t keeper_world_version(struct keeper_world *world, bool with_edge)
{
    uint64_t parts[2] = {0};

    (void)pthread_mutex_lock(&world->lock);
    parts[0] = world->change_count;
    if (with_edge)
        parts[1] = keeper_targets_digest(world, false);
    (void)pthread_mutex_unlock(&world->lock);
    return hash_bytes(parts, sizeof(parts));
}

static void set(struct keeper_world *world, bool *flag, bool value)
{
    (void)pthread_mutex_lock(&world->lock);
    *flag = value;
    (void)pthread_cond_broadcast(&world->changed);
    (void)pthread_mutex_unlock(&world->lock);
}

void keeper_world_stop(struct keeper_world *world)
{
    set(world, &world->is_stopping, true);
}

bool keeper_world_is_stopping(struct keeper_world *world)
{
    bool is_stopping;

    (void)pthread_mutex_lock(&world->lock);
    is_stopping = world->is_stopping;
    (void)pthread_mutex_unlock(&world->lock);
    return is_stopping;
}

void keeper_world_interrupt(struct keeper_world *world, bool is_interrupted)
{
    set(world, &world->is_interrupted, is_interrupted);
}

void keeper_world_end_edge(struct keeper_world *world)
{
    set(world, &world->has_no_edge, true);
}
