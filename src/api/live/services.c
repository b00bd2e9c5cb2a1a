/* SPDX-License-Identifier: Apache-2.0 */
#include "api/live/services.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/strbuf.h"
#include "base/text.h"

#define PROBLEMS_MAX 16
#define DETAIL_SIZE  160
#define TROUBLE_MAX  1024

/* In the order of their weight. */
enum problem_kind {
    PROBLEM_STARTING,
    PROBLEM_MISSING,
    PROBLEM_ENDED,
    PROBLEM_UNHEALTHY,
    PROBLEM_RESTARTING,
};

static const struct {
    const char *one, *many;
} problem_words[] = {
    [PROBLEM_STARTING] = {"is starting", "are starting"},
    [PROBLEM_MISSING] = {"does not run", "do not run"},
    [PROBLEM_ENDED] = {"has ended", "have ended"},
    [PROBLEM_UNHEALTHY] = {"is unhealthy", "are unhealthy"},
    [PROBLEM_RESTARTING] = {"keeps ending", "keep ending"},
};

struct problem {
    enum problem_kind kind;
    char detail[DETAIL_SIZE];
    uint32_t count;
};

struct survey {
    const struct service_facts *facts;
    const struct services_options *options;
    uint32_t running, ready, starting;
    struct problem problems[PROBLEMS_MAX];
    size_t problem_count;
};

static const char *text_of(const json_t *instance, const char *key)
{
    const char *text = json_string_value(json_object_get(instance, key));

    return text != NULL ? text : "";
}

static void note(struct survey *survey, enum problem_kind kind, uint32_t count, const char *detail)
{
    struct problem *problem;

    for (size_t i = 0; i < survey->problem_count; i++) {
        problem = &survey->problems[i];
        if (problem->kind == kind && strncmp(problem->detail, detail, DETAIL_SIZE - 1) == 0) {
            problem->count += count;
            return;
        }
    }
    if (survey->problem_count == PROBLEMS_MAX)
        return;
    problem = &survey->problems[survey->problem_count++];
    problem->kind = kind;
    problem->count = count;
    (void)snprintf(problem->detail, sizeof(problem->detail), "%s", detail);
}

/* One instance */

static void note_ended(struct survey *survey, const json_t *instance, enum problem_kind kind)
{
    char detail[DETAIL_SIZE];

    (void)snprintf(detail, sizeof(detail), "status %lld",
                   (long long)json_integer_value(json_object_get(instance, "exit_code")));
    note(survey, kind, 1, detail);
}

static void note_unhealthy(struct survey *survey, const json_t *instance)
{
    const struct services_options *options = survey->options;
    const char *reason = text_of(instance, "target_reason");
    bool is_own = strcmp(text_of(instance, "health"), "unhealthy") == 0;
    uint32_t status = options->last_status != NULL
                          ? options->last_status(options->context, text_of(instance, "id"))
                          : 0;
    char detail[DETAIL_SIZE];

    if (is_own)
        (void)snprintf(detail, sizeof(detail), "its own check fails");
    else if (status != 0 && strstr(reason, "status") != NULL)
        (void)snprintf(detail, sizeof(detail), "status %u", status);
    else
        (void)snprintf(detail, sizeof(detail), "%s", reason);
    if (*detail >= 'A' && *detail <= 'Z' && detail[1] >= 'a') /* within a sentence; not "HTTP" */
        *detail = (char)(*detail - 'A' + 'a');
    note(survey, PROBLEM_UNHEALTHY, 1, detail);
}

static void look_at_running(struct survey *survey, const json_t *instance)
{
    const char *edge = text_of(instance, "edge"), *health = text_of(instance, "health");
    const char *target = text_of(instance, "target_state");

    survey->running++;
    if (strcmp(edge, "draining") == 0)
        return;
    if (strcmp(target, "failing") == 0 || strcmp(health, "unhealthy") == 0)
        note_unhealthy(survey, instance);
    else if (strcmp(edge, "standby") == 0 || strcmp(target, "waiting") == 0 ||
             strcmp(health, "starting") == 0)
        survey->starting++;
    else
        survey->ready++;
}

static void look_at(struct survey *survey, const json_t *instance)
{
    const char *state = text_of(instance, "state");
    json_int_t status = json_integer_value(json_object_get(instance, "exit_code"));

    if (strcmp(text_of(instance, "service"), survey->facts->name) != 0 ||
        json_is_true(json_object_get(instance, "oneoff")))
        return;
    if (strcmp(state, "running") == 0)
        look_at_running(survey, instance);
    else if (strcmp(state, "restarting") == 0)
        note_ended(survey, instance, PROBLEM_RESTARTING);
    else if (strcmp(state, "created") == 0)
        survey->starting++;
    else if (status == 0 && (survey->facts->is_job || survey->facts->may_finish))
        survey->ready++;
    else
        note_ended(survey, instance, PROBLEM_ENDED);
}

/* All of them */

static const char *state_of(const struct survey *survey, uint32_t lacking)
{
    bool is_serious = false;

    if (survey->facts->is_stopped || survey->facts->replicas == 0)
        return "stopped";
    if (lacking == 0)
        return "ok";
    for (size_t i = 0; i < survey->problem_count; i++)
        is_serious = is_serious || survey->problems[i].kind > PROBLEM_MISSING;
    if (!is_serious && (survey->starting > 0 || survey->options->is_deploying))
        return "starting";
    return survey->ready > 0 ? "degraded" : "failed";
}

static const struct problem *worst_of(const struct survey *survey)
{
    const struct problem *worst = NULL;

    for (size_t i = 0; i < survey->problem_count; i++) {
        const struct problem *problem = &survey->problems[i];

        if (worst == NULL || problem->kind > worst->kind ||
            (problem->kind == worst->kind && problem->count > worst->count))
            worst = problem;
    }
    return worst;
}

/* "1 of 3 is unhealthy: status 500"; of one alone "it is unhealthy: status 500". */
static void write_trouble(struct strbuf *text, const struct survey *survey)
{
    const struct problem *worst = worst_of(survey);
    uint32_t replicas = survey->facts->replicas;

    if (worst == NULL)
        return;
    if (replicas == 1 && worst->count == 1)
        strbuf_append_string(text, "it ");
    else if (worst->count >= replicas)
        strbuf_printf(text, "all %u ", worst->count);
    else
        strbuf_printf(text, "%u of %u ", worst->count, replicas);
    strbuf_append_string(text, worst->count == 1 ? problem_words[worst->kind].one
                                                 : problem_words[worst->kind].many);
    if (*worst->detail != '\0')
        strbuf_printf(text, "%s%s", worst->kind == PROBLEM_UNHEALTHY ? ": " : " with ",
                      worst->detail);
}

static void look_at_all(struct survey *survey, uint32_t *ret_lacking)
{
    const struct service_facts *facts = survey->facts;
    uint32_t lacking, begun;
    json_t *instance;
    size_t i;

    json_array_foreach(survey->options->instances, i, instance) look_at(survey, instance);
    lacking = facts->replicas > survey->ready ? facts->replicas - survey->ready : 0;
    begun = survey->starting;
    for (i = 0; i < survey->problem_count; i++)
        begun += survey->problems[i].count;
    if (survey->starting > 0)
        note(survey, PROBLEM_STARTING, survey->starting, "");
    if (lacking > begun)
        note(survey, PROBLEM_MISSING, lacking - begun, "");
    *ret_lacking = lacking;
}

json_t *service_value(const struct service_facts *facts, const struct services_options *options)
{
    struct survey survey = {.facts = facts, .options = options};
    _cleanup_strbuf_ struct strbuf trouble;
    bool is_known = options->instances != NULL || options->error == NULL;
    const char *state;
    uint32_t lacking;

    strbuf_init(&trouble, TROUBLE_MAX);
    look_at_all(&survey, &lacking);
    state = is_known || facts->is_stopped ? state_of(&survey, lacking) : "failed";
    if (strcmp(state, "ok") != 0 && strcmp(state, "stopped") != 0) {
        if (is_known)
            write_trouble(&trouble, &survey);
        else
            strbuf_printf(&trouble, "%.900s",
                          options->error != NULL ? options->error : "it cannot be seen");
    }
    return json_pack("{s:s, s:s, s:I, s:I, s:I, s:s, s:s?, s:O, s:s}", "name", facts->name,
                     "runtime", facts->runtime, "replicas", (json_int_t)facts->replicas, "running",
                     (json_int_t)survey.running, "ready", (json_int_t)survey.ready, "state", state,
                     "trouble", trouble.data, "groups", facts->groups, "image", facts->image);
}

void service_facts_deinit(struct service_facts *facts)
{
    free(facts->name);
    free(facts->image);
    json_decref(facts->groups);
}
