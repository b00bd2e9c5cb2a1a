/* SPDX-License-Identifier: Apache-2.0 */
#include "control/control.h"

#include <assert.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/error.h"
#include "base/log.h"
#include "control/audit.h"
#include "control/dashboard.h"
#include "control/keepers.h"
#include "control/resolver.h"
#include "control/sampler.h"
#include "control/tokens.h"
#include "os/descriptor.h"
#include "os/os.h"

#define METRICS_CONNECTIONS_MAX 32 /* any local user may have them */
#define STOP_NS                 (2 * TIME_SECOND)
#define EDGE_SILENT_NS          (5 * TIME_SECOND)

const struct merged *control_merged(const struct control *control)
{
    static const struct merged nothing;

    return control->publication != NULL ? &control->publication->merged : &nothing;
}

uint64_t control_generation(const struct control *control)
{
    return control->publication != NULL ? control->publication->generation : 0;
}

static bool edge_is_alive(const struct control *control)
{
    uint64_t now_ns = os_monotonic_time_ns();

    for (uint32_t i = 0; i < STATE_BANK_COUNT * control->state.threads_max; i++) {
        const struct state_lane *lane = &control->state.lanes[i];
        uint64_t turn_ns = atomic_load_explicit(&lane->turn_ns, memory_order_relaxed);

        if (atomic_load_explicit(&lane->pid, memory_order_relaxed) != 0 &&
            time_subtract(now_ns, turn_ns) < EDGE_SILENT_NS)
            return true;
    }
    return false;
}

bool control_is_behind(const struct control *control)
{
    return control->has_started && control->publication == NULL && control->is_served_from_before &&
           edge_is_alive(control);
}

const char *control_trouble(const struct control *control)
{
    if (!control->has_started)
        return "the configuration is not published yet";
    if (control->publication == NULL && !control_is_behind(control))
        return "the configuration that was kept cannot be published";
    if (!edge_is_alive(control))
        return "the edge does not run";
    return NULL;
}

/* Jobs */

static void take_metrics(struct control *control, struct job *job)
{
    int r;

    http_server_remove_listener(control->server, CONTROL_METRICS_LISTENER);
    if (job->metrics_fd < 0)
        return;
    r = http_server_add_listener(control->server, take_fd(&job->metrics_fd),
                                 CONTROL_METRICS_LISTENER);
    if (r == 0)
        http_server_limit_listener(control->server, CONTROL_METRICS_LISTENER,
                                   METRICS_CONNECTIONS_MAX);
    else
        log_error("metrics are not served: %s", error_text(-r));
}

static void forget_left_out(struct control *control)
{
    for (size_t i = 0; i < control->left_out_count; i++) {
        free(control->left_out[i].name);
        free(control->left_out[i].message);
    }
    free(control->left_out);
    control->left_out = NULL;
    control->left_out_count = 0;
}

static void control_finished(void *context, struct job *job)
{
    struct control *control = context;

    if (job->kind == JOB_PUT)
        control->puts_under_way--;
    if (job->publication != NULL) {
        leaving_update(&control->leaving, control->publication, job->publication,
                       os_monotonic_time_ns());
        (void)publication_unref(control->publication);
        control->publication = publication_ref(job->publication);
    }
    if (job->has_metrics)
        take_metrics(control, job);
    forget_left_out(control);
    control->left_out = take_ptr(job->left_out);
    control->left_out_count = job->left_out_count;
    job->left_out_count = 0;
    if (job->kind == JOB_START && !control->has_started) {
        control->has_started = true;
        (void)channel_send_plain(&control->channel, MESSAGE_READY, 0);
    }
}

static void add_job(struct control *control, enum job_kind kind, const char *name, const char *text,
                    size_t size, void (*done)(struct job *job, void *context), void *context)
{
    int r = publisher_add(control->publisher, kind, name, text, size, done, context);
    struct job job = {.kind = kind, .metrics_fd = -1, .status = 503};

    if (r == 0 && kind == JOB_PUT)
        control->puts_under_way++;
    if (r == 0 || done == NULL)
        return;
    job.error = (char *)(r == -EBUSY ? "too many changes wait already" : error_text(-r));
    done(&job, context);
}

void control_put(struct control *control, const char *name, const char *text, size_t size,
                 void (*done)(struct job *job, void *context), void *context)
{
    add_job(control, JOB_PUT, name, text, size, done, context);
}

void control_remove(struct control *control, const char *name,
                    void (*done)(struct job *job, void *context), void *context)
{
    add_job(control, JOB_REMOVE, name, NULL, 0, done, context);
}

void control_reopen_logs(struct control *control, void (*done)(struct job *job, void *context),
                         void *context)
{
    add_job(control, JOB_REOPEN_LOGS, NULL, NULL, 0, done, context);
}

void control_target(struct control *control, const struct message_target *command,
                    struct link_question *question)
{
    link_ask_later(control->link, question, MESSAGE_TARGET, command, NULL);
}

bool control_is_used(const struct control *control)
{
    return control->puts_under_way > 0 || control->left_out_count > 0 ||
           (control->keepers != NULL && keepers_are_used(control->keepers)) ||
           (control->publication != NULL && control->publication->project_count > 0);
}

int control_shutdown(struct control *control)
{
    return channel_send_plain(&control->channel, MESSAGE_SHUTDOWN, 0);
}

/* Names have changed: from a thread of the resolver to the loop, which knows the publisher. */
struct news {
    struct loop_message message;
    struct control *control;
};

static void news_received(struct loop_message *message)
{
    struct news *news = list_entry(message, struct news, message);

    add_job(news->control, JOB_REFRESH, NULL, NULL, 0, NULL, NULL);
    free(news);
}

static void names_changed(void *context)
{
    struct news *news = calloc(1, sizeof(*news));

    if (news == NULL)
        return; /* the next change of a name brings all of them */
    news->message.receive = news_received;
    news->control = context;
    loop_post(&news->control->loop, &news->message);
}

/* Messages */

/* Whoever asks from now on waits for the next control, which has the same sockets. */
static void stop(struct control *control, int result)
{
    control->is_stopping = true;
    control->result = result;
    if (control->server != NULL)
        http_server_remove_listeners(control->server);
    loop_stop(&control->loop);
}

static int start_serving(struct control *control, int api_fd)
{
    const struct http_server_options options = {
        .handle = control->handle,
        .admit = control->admit,
        .open_body = control->open_body,
        .context = control,
    };

    control->server = http_server_new(&control->loop, &options);
    if (control->server == NULL) {
        os_closep(&api_fd);
        return -ENOMEM;
    }
    return http_server_add_listener(control->server, api_fd, "api");
}

/* What serves is restored by the publisher first, which does one thing at a time. */
static int start_keepers(struct control *control, struct error **reterr)
{
    const struct keepers_options options = {
        .loop = &control->loop,
        .folder = control->folder,
        .publisher = control->publisher,
        .state = &control->state,
        .make_runtime = control->make_runtime,
    };
    int r = keepers_new(&options, &control->keepers, reterr);

    if (r == 0)
        control->tasks.followers = &control->keepers->followers;
    return r;
}

/* Who may ask, and what they did. */
static int start_access(struct control *control, struct error **reterr)
{
    struct dashboard_options options = {
        .loop = &control->loop,
        .server = control->server,
        .folder = control->folder,
        .link = control->link,
    };

    control->tokens = options.tokens = tokens_new();
    control->accesses.tokens = control->tokens;
    control->audit = audit_new(&control->loop, control->folder);
    if (control->tokens != NULL && control->audit != NULL) {
        options.held_fd = take_fd(&control->dashboard_fd);
        control->dashboard = dashboard_new(&options);
    }
    return control->dashboard != NULL ? 0 : error_set(reterr, ENOMEM, "out of memory");
}

/* Without memory for it there is no history, and all else is as it was. */
static void start_sampler(struct control *control)
{
    const struct sampler_options options = {
        .loop = &control->loop,
        .state = &control->state,
        .publication = &control->publication,
        .keepers = control->keepers,
    };

    (void)sampler_new(&options, &control->sampler);
}

static int control_start(struct control *control, struct channel_message *message,
                         struct error **reterr)
{
    const struct message_start_control *start = message->payload;
    const struct resolver_options resolver = {
        .lookup = control->lookup != NULL ? control->lookup : os_lookup_host,
        .interval_ms = control->name_interval_ms,
        .changed = names_changed,
        .context = control,
    };
    struct publisher_options publisher = {
        .loop = &control->loop,
        .generation = start->generation,
        .retry_ms = control->retry_ms,
        .finished = control_finished,
        .context = control,
    };
    int r = state_map(message->fds[0], false, &control->state);

    if (r < 0)
        return error_set(reterr, -r, "the state cannot be read: %s", error_text(-r));
    control->is_served_from_before = start->generation != 0;
    control->folder = strdup(start->state_directory);
    control->link = link_new(&control->loop, &control->channel);
    if (control->folder == NULL || control->link == NULL)
        return error_set(reterr, ENOMEM, "out of memory");
    control->api_fd = os_duplicate(message->fds[1], 3);
    control->revival_fd = take_fd(&message->fds[2]);
    r = start_serving(control, take_fd(&message->fds[1]));
    if (r < 0)
        return error_set(reterr, -r, "the API cannot be served: %s", error_text(-r));
    r = start_access(control, reterr);
    if (r == 0)
        r = resolver_new(&resolver, &control->resolver, reterr);
    if (r < 0)
        return r;
    publisher.link = control->link;
    publisher.resolver = control->resolver;
    publisher.folder = control->folder;
    r = publisher_new(&publisher, &control->publisher, reterr);
    if (r == 0)
        r = start_keepers(control, reterr);
    if (r == 0)
        start_sampler(control);
    return r;
}

static void received_before_start(struct control *control, struct channel_message *message)
{
    _cleanup_error_ struct error *error = NULL;

    if (message->type == MESSAGE_DASHBOARD) {
        os_closep(&control->dashboard_fd);
        control->dashboard_fd = take_fd(&message->fds[0]);
    } else if (message->type != MESSAGE_START_CONTROL) {
        channel_break(&control->channel, -EBADMSG);
    } else if (control_start(control, message, &error) < 0) {
        log_error("control cannot start: %s", error->message);
        stop(control, 1);
    }
}

static void all_cleared(void *context)
{
    struct control *control = context;

    (void)channel_send_plain(&control->channel, MESSAGE_CLEARED, 0);
}

/* The end of all that runs; the edge has ended. */
static void clear_all(struct control *control)
{
    if (control->keepers == NULL || keepers_clear(control->keepers, all_cleared, control) < 0)
        all_cleared(control);
}

static void control_received(struct channel *channel, struct channel_message *message)
{
    struct control *control = list_entry(channel, struct control, channel);
    const struct message_listen *held = message->payload;

    if (message->type == MESSAGE_PING) {
        (void)channel_send_plain(channel, MESSAGE_PONG, message->sequence);
        return;
    }
    if (message->type == MESSAGE_STOP) {
        stop(control, 0);
        return;
    }
    if (message->type == MESSAGE_ENDING) {
        control->is_ending = true;
        return;
    }
    if (message->type == MESSAGE_CLEAR) {
        clear_all(control);
        return;
    }
    if (control->publisher == NULL) {
        received_before_start(control, message);
        return;
    }
    switch (message->type) {
    case MESSAGE_LISTENER_HELD:
        link_add_held(control->link, held->id);
        break;
    case MESSAGE_EDGE_ENDED:
        link_edge_ended(control->link);
        break;
    case MESSAGE_REOPEN_LOGS:
        control_reopen_logs(control, NULL, NULL);
        break;
    default:
        if (!link_receive(control->link, message))
            channel_break(channel, -EBADMSG);
    }
}

/* The supervisor */

static void revival_succeeded(struct revival *revival)
{
    stop(list_entry(revival, struct control, revival), 0);
}

static void control_ended(struct channel *channel, int reason)
{
    struct control *control = list_entry(channel, struct control, channel);

    if (control->is_stopping)
        return;
    if (reason < 0)
        log_error("the channel to the supervisor broke: %s", error_text(-reason));
    if (control->link != NULL)
        link_break(control->link);
    if (control->publisher == NULL)
        stop(control, 1);
    else if (control->is_ending || revival_is_expected_of_others())
        stop(control, 0);
    else {
        control->dashboard_fd = dashboard_copy_socket(control->dashboard);
        revival_begin(&control->revival, control->revival_fd, control->api_fd,
                      control->dashboard_fd);
    }
}

/* The whole */

int control_init(struct control *control, int channel_fd)
{
    int r;

    assert(control->handle != NULL);
    control->api_fd = -1;
    control->revival_fd = -1;
    control->dashboard_fd = -1;
    r = loop_init(&control->loop);
    if (r < 0) {
        os_closep(&channel_fd);
        return r;
    }
    control->started_ns = loop_now_ns(&control->loop);
    tasks_init(&control->tasks, &control->loop, control);
    accesses_init(&control->accesses, &control->loop);
    revival_init(&control->revival, &control->loop, revival_succeeded);
    channel_init(&control->channel, control_received, control_ended);
    r = channel_open(&control->channel, &control->loop, channel_fd);
    if (r < 0)
        loop_deinit(&control->loop);
    return r;
}

int control_run(struct control *control)
{
    int r = loop_run(&control->loop);

    if (r < 0) {
        log_error("control stops: %s", error_text(-r));
        return 1;
    }
    return control->result;
}

static bool threads_have_stopped(const struct control *control)
{
    return publisher_has_stopped(control->publisher) && control->tasks.count == 0 &&
           sampler_has_stopped(control->sampler) &&
           (control->keepers == NULL || keepers_have_stopped(control->keepers));
}

/* Questions are not answered any more, so that the thread that asks comes to its end. */
static bool stop_threads(struct control *control)
{
    uint64_t deadline_ns = time_add(os_monotonic_time_ns(), STOP_NS);

    if (control->keepers != NULL) {
        tasks_stop(&control->tasks);
        sampler_stop(control->sampler);
        keepers_stop(control->keepers);
    }
    publisher_stop(control->publisher);
    link_break(control->link);
    while (!threads_have_stopped(control)) {
        if (os_monotonic_time_ns() >= deadline_ns ||
            loop_run_once(&control->loop, 10 * TIME_MILLISECOND) < 0)
            return false;
    }
    return true;
}

/* After all that answers requests, so that what came of them is written down. */
static bool stop_access(struct control *control)
{
    uint64_t deadline_ns = time_add(os_monotonic_time_ns(), STOP_NS);

    if (control->dashboard == NULL)
        return true;
    dashboard_stop(control->dashboard);
    audit_stop(control->audit);
    while (!dashboard_has_stopped(control->dashboard) || !audit_has_stopped(control->audit)) {
        if (os_monotonic_time_ns() >= deadline_ns ||
            loop_run_once(&control->loop, 10 * TIME_MILLISECOND) < 0)
            return false;
    }
    return true;
}

bool control_deinit(struct control *control)
{
    control->is_stopping = true;
    if ((control->publisher != NULL && !stop_threads(control)) || !stop_access(control))
        return false;
    if (control->resolver != NULL && resolver_is_busy(control->resolver))
        return false;
    /* Nothing adds jobs from here on, and what was finished is received. */
    control->resolver = resolver_free(control->resolver);
    (void)loop_run_once(&control->loop, 0);
    control->server = http_server_free(control->server);
    control->dashboard = dashboard_free(control->dashboard);
    control->audit = audit_free(control->audit);
    accesses_deinit(&control->accesses);
    control->tokens = tokens_free(control->tokens);
    control->sampler = sampler_free(control->sampler);
    keepers_join(control->keepers);
    control->publisher = publisher_free(control->publisher);
    control->keepers = keepers_free(control->keepers);
    channel_close(&control->channel);
    control->link = link_free(control->link);
    revival_deinit(&control->revival);
    if (control->state.header != NULL)
        state_unmap(&control->state);
    control->publication = publication_unref(control->publication);
    leaving_deinit(&control->leaving);
    forget_left_out(control);
    os_closep(&control->api_fd);
    os_closep(&control->revival_fd);
    os_closep(&control->dashboard_fd);
    free(control->folder);
    loop_deinit(&control->loop);
    return true;
}
