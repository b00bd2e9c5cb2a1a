/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Which instances there are. Listers ask for them, and are waited for only a moment: what they find
 * later is told later, so that events come while a runtime does not answer.
 */
#include <stdlib.h>
#include <string.h>

#include "api/live/differ.h"
#include "api/live/gatherer_priv.h"
#include "base/time.h"
#include "os/os.h"

#define LIST_AGAIN_NS (10 * TIME_SECOND)
#define LIST_LEAST_NS (250 * TIME_MILLISECOND)
#define LIST_MOST_NS  (5 * TIME_SECOND) /* then it mostly waited */
#define LIST_PART     10 /* at most one of so many parts of the time is spent with one project */

#define PATIENCE_NS (100 * TIME_MILLISECOND) /* with listers, each time */
#define SOON_NS     (50 * TIME_MILLISECOND)
#define SLOW_NS     (2 * TIME_SECOND)  /* from then on nobody waits for the answer */
#define SILENT_NS   (10 * TIME_SECOND) /* that counts as an answer of its own */
#define SILENT_TEXT "its runtime has not answered for 10 seconds"

struct frame *gatherer_json_frame(const char *event, json_t *value)
{
    char *text = value != NULL ? json_dumps(value, JSON_COMPACT) : NULL;
    struct frame *frame = text != NULL ? frame_new(event, 0, text, strlen(text)) : NULL;

    free(text);
    return frame;
}

/* What is new */

struct round {
    struct gatherer *gatherer;
    uint64_t until_ns; /* for as long one may wait */
    uint64_t *next_ns;
    json_t *changed, *gone;
    bool found;
};

static void look_again(struct round *round, uint64_t after_ns)
{
    uint64_t next_ns = time_add(os_monotonic_time_ns(), after_ns);

    if (next_ns < *round->next_ns)
        *round->next_ns = next_ns;
}

/* Those that are shown when nobody asks for all. */
static json_t *shown_of(json_t *instances)
{
    json_t *list = json_array();
    json_t *instance;
    size_t i;

    json_array_foreach(instances, i, instance)
    {
        const char *state = json_string_value(json_object_get(instance, "state"));

        if (state == NULL || (strcmp(state, "exited") != 0 && strcmp(state, "created") != 0))
            (void)json_array_append(list, instance);
    }
    return list;
}

static void take_text(struct round *round, struct known_project *project, const char *text)
{
    json_t *object = json_loads(text, 0, NULL);
    json_t *instances = json_object_get(object, "instances");
    json_t *instance, *shown;
    size_t i;

    json_array_foreach(instances, i, instance)(void)
        json_object_set_new(instance, "project", json_string(project->name));
    json_decref(project->instances);
    project->instances = json_incref(instances);
    json_decref(object);
    shown = shown_of(project->instances);
    differ_compare(project->shown, shown, "active", round->changed, round->gone);
    json_decref(project->shown);
    project->shown = shown;
}

/* Where a runtime does not answer, those that are shown are as they were. */
static void take_error(struct known_project *project, const char *error)
{
    free(project->error);
    project->error = strdup(error);
    json_decref(project->instances);
    project->instances = NULL;
}

static void take_listing(struct round *round, const struct listing *listing)
{
    struct known_project *project = gatherer_find(round->gatherer, listing->keeper->name, false);
    uint64_t took_ns = time_subtract(listing->ended_ns, listing->began_ns);
    uint64_t rest_ns = time_multiply(took_ns, LIST_PART);

    if (project == NULL || listing->ended_ns < project->listed_ns)
        return; /* it has gone; or another lane was quicker */
    if (rest_ns < LIST_LEAST_NS)
        rest_ns = LIST_LEAST_NS;
    if (rest_ns > LIST_MOST_NS)
        rest_ns = LIST_MOST_NS;
    round->found = true;
    project->is_silent = false;
    project->version = listing->version;
    project->listed_ns = listing->ended_ns;
    project->next_ns = time_add(listing->ended_ns, rest_ns);
    if (listing->text == NULL) {
        take_error(project, listing->error != NULL ? listing->error : "out of memory");
        return;
    }
    free(project->error);
    project->error = NULL;
    take_text(round, project, listing->text);
}

/* Asking */

static bool needs_engine(const struct known_project *project)
{
    for (size_t i = 0; i < project->fact_count; i++)
        if (strcmp(project->facts[i].runtime, "process") != 0)
            return true;
    return project->fact_count == 0; /* nobody knows */
}

static bool is_due(struct round *round, struct known_project *project, struct keeper *keeper)
{
    uint64_t now_ns = os_monotonic_time_ns();

    if (project->listed_ns != 0 && !project->is_stale &&
        now_ns < time_add(project->listed_ns, LIST_AGAIN_NS) &&
        project->version == keeper_world_version(&keeper->world, true))
        return false;
    if (now_ns >= project->next_ns)
        return true;
    if (project->next_ns < *round->next_ns)
        *round->next_ns = project->next_ns;
    return false;
}

static void note_silence(struct round *round, enum lane lane)
{
    const struct keeper *asked = round->gatherer->asked[lane];
    struct known_project *project = gatherer_find(round->gatherer, asked->name, false);

    if (project == NULL || project->is_silent)
        return;
    take_error(project, SILENT_TEXT);
    project->is_silent = true;
    round->found = true;
}

/* One that has nothing to do, or that has got an answer. */
static bool is_free(struct round *round, enum lane lane)
{
    struct lister *lister = round->gatherer->listers[lane];
    struct listing listing;
    uint64_t busy_ns = 0;

    if (!lister_is_busy(lister, &busy_ns))
        return true;
    if (lister_take(lister, busy_ns < SLOW_NS ? round->until_ns : 0, &listing)) {
        take_listing(round, &listing);
        listing_deinit(&listing);
        return true;
    }
    look_again(round, busy_ns < SLOW_NS ? SOON_NS : TIME_SECOND);
    if (busy_ns >= SILENT_NS)
        note_silence(round, lane);
    return false;
}

static void list_lane(struct round *round, enum lane lane)
{
    struct gatherer *gatherer = round->gatherer;
    struct keeper *keeper;

    for (size_t i = 0; i < gatherer->project_count; i++) {
        struct known_project *project = gatherer->projects[i];

        if (atomic_load(&gatherer->is_over) || !is_free(round, lane))
            return;
        keeper = keepers_find(gatherer->keepers, project->name);
        if (keeper == NULL || needs_engine(project) != (lane == LANE_ENGINES) ||
            !is_due(round, project, keeper))
            continue;
        if (os_monotonic_time_ns() >= round->until_ns) {
            look_again(round, SOON_NS);
            return;
        }
        project->is_stale = false;
        gatherer->asked[lane] = keeper;
        lister_ask(gatherer->listers[lane], keeper);
    }
    (void)is_free(round, lane);
}

bool gatherer_tell_instances(struct gatherer *gatherer, struct delivery *delivery, json_t *gone,
                             uint64_t *ret_next_ns)
{
    struct round round = {
        .gatherer = gatherer, .next_ns = ret_next_ns, .changed = json_array(), .gone = gone};

    for (int lane = 0; lane < LANE_COUNT; lane++) {
        round.until_ns = time_add(os_monotonic_time_ns(), PATIENCE_NS);
        if (gatherer->store != NULL)
            list_lane(&round, (enum lane)lane);
    }
    if (json_array_size(round.changed) + json_array_size(gone) > 0) {
        json_t *event = json_pack("{s:O, s:O}", "instances", round.changed, "gone", gone);

        delivery_add(delivery, gatherer_json_frame("instances", event));
        json_decref(event);
    }
    json_decref(round.changed);
    return round.found;
}

bool gatherer_has_listed_all(struct gatherer *gatherer)
{
    for (size_t i = 0; i < gatherer->project_count; i++) {
        const struct known_project *project = gatherer->projects[i];

        if (project->listed_ns == 0 && keepers_find(gatherer->keepers, project->name) != NULL)
            return false;
    }
    return true;
}
