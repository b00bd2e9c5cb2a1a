/* SPDX-License-Identifier: Apache-2.0 */
/* Between the parts of the gatherer: gatherer.c is the thread and what it shares with the loop,
 * gatherer_events.c what was told, gatherer_projects.c and gatherer_read.c what there is, and
 * gatherer_list.c which instances. */
#pragma once

#include <jansson.h>
#include <pthread.h>

#include "api/live/gatherer.h"
#include "api/live/lister.h"
#include "api/live/services.h"
#include "base/arena.h"
#include "base/strbuf.h"
#include "control/control.h"
#include "control/keepers.h"
#include "store/store.h"

#define GATHERER_MEMORY_MAX ((size_t)256 << 20)
#define GATHERER_TEXT_MAX   ((size_t)64 << 20)

/* A group that the file names, and whose it is. */
struct group_owner {
    char *group, *service;
};

/* What the store knows of a project, beside what stays the same for a revision. */
struct project_record {
    bool is_known; /* to the store */
    uint32_t serving, newest;
    bool is_down;
    json_t *deploy; /* that is under way; NULL */
    bool is_deploying;
};

struct known_project {
    char *name;
    bool is_marked;
    struct project_record record;

    uint32_t revision; /* that the next are of; 0: of none */
    struct service_facts *facts;
    size_t fact_count;
    struct group_owner *owners;
    size_t owner_count;

    uint64_t version;
    uint64_t listed_ns, next_ns; /* when it was, and may be again; monotonic */
    bool is_stale;               /* something was told of it */
    json_t *instances;           /* all of them; NULL: not known */
    json_t *shown;               /* those that everybody was told */
    char *error;                 /* why they are not known */
    bool is_silent;              /* that is: for too long its runtime has not answered */
};

struct opening {
    uint64_t stream, after;
    uint64_t until_ns; /* it is told then what is known; the thread's */
};

/* Who asks for projects of programs alone does not wait for an engine. */
enum lane {
    LANE_PROGRAMS,
    LANE_ENGINES,
    LANE_COUNT,
};

struct gatherer {
    struct gatherer_options options;
    struct keepers *keepers;
    pthread_t thread;
    atomic_bool has_ended;
    atomic_bool is_over; /* control ends */
    struct lister *listers[LANE_COUNT];

    pthread_mutex_t lock; /* of what follows */
    pthread_cond_t changed;
    bool is_active;
    struct opening *openings;
    size_t opening_count;
    struct publication *new_publication;
    char *new_served;
    bool has_world;

    /* The thread's. */
    struct publication *publication;
    json_t *served; /* NULL: not known */
    struct store *store;
    uint64_t after;  /* the last event told */
    uint64_t passed; /* the last that is not kept */
    uint64_t number; /* of the followers, as it was last looked at */
    uint64_t read_ns;
    struct known_project **projects;
    size_t project_count;
    char *projects_text;              /* as it was told last; NULL */
    struct keeper *asked[LANE_COUNT]; /* the last one; kept as long as all keepers are */
    struct opening *waiting;          /* until everything was looked at */
    size_t waiting_count;
    uint64_t names_digest;
};

/* gatherer.c */
struct known_project *gatherer_find(struct gatherer *gatherer, const char *name, bool makes);

/* gatherer_events.c: those that came since, to all; and those that one stream missed. */
void gatherer_tell_events(struct gatherer *gatherer, struct delivery *delivery);
void gatherer_tell_missed(struct gatherer *gatherer, uint64_t after, struct delivery *delivery);

/* gatherer_projects.c: what changed, to all; everything, to one. must_read: the store may have
 * something new. *ret_next_ns: when there is more to look at. */
void gatherer_tell_projects(struct gatherer *gatherer, bool must_read, struct delivery *delivery,
                            uint64_t *ret_next_ns);
void gatherer_tell_whole(struct gatherer *gatherer, struct delivery *delivery);
void known_project_free(struct known_project *project);

/* gatherer_list.c: those that changed, to all. Whether something was found out; *ret_next_ns: when
 * there is more. */
bool gatherer_tell_instances(struct gatherer *gatherer, struct delivery *delivery, json_t *gone,
                             uint64_t *ret_next_ns);
bool gatherer_has_listed_all(struct gatherer *gatherer);
struct frame *gatherer_json_frame(const char *event, json_t *value);

/* gatherer_read.c: from the store. */
int gatherer_read_store(struct gatherer *gatherer);
