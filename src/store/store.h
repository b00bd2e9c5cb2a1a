/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What control remembers of projects, in SQLite (WAL, synchronous FULL): revisions, deploys and
 * their journal, who is in rotation, what operators have stopped, and events. One struct store is
 * one connection and belongs to one thread; several may be open at once, in several threads.
 *
 * A call is one transaction: after a kill it was done, or it was not. Failures are -errno with a
 * message (-ENOSPC where the disk is full, -EBUSY where another holds it for long, -EUCLEAN where
 * the file is damaged). Texts that come out are memory of the arena.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/arena.h"

struct error;
struct store;

/* Opens FOLDER/slipway.db, makes it where there is none, migrates it where it is older; -EPROTO
 * where it is newer. Mode 0600. */
int store_open(const char *folder, struct store **ret_store, struct error **reterr);
struct store *store_close(struct store *store); /* takes NULL, returns it */

/* Looks at all of the file: -EUCLEAN where it is damaged. For a start. */
int store_check(struct store *store, struct error **reterr);

/* Projects */

struct store_project {
    const char *name;
    uint32_t serving; /* revision; 0: none */
    uint32_t newest;  /* revision */
    bool is_down;     /* nothing of it shall run */
};

int store_list_projects(struct store *store, struct arena *arena, struct store_project **ret,
                        uint32_t *ret_count, struct error **reterr);
/* -ENOENT */
int store_get_project(struct store *store, struct arena *arena, const char *name,
                      struct store_project *ret, struct error **reterr);
int store_set_serving(struct store *store, const char *name, uint32_t revision, bool is_down,
                      struct error **reterr);
/* With everything that belongs to it, but for events. */
int store_remove_project(struct store *store, const char *name, struct error **reterr);

/* Revisions: immutable, except for what was resolved and the state. */

enum store_revision_state {
    STORE_REVISION_NEW,
    STORE_REVISION_DEPLOYED, /* has served */
    STORE_REVISION_FAILED,
};

struct store_revision {
    uint32_t number;
    uint64_t created_unix_ns;
    const char *author;     /* "anna@build1" */
    const char *note;       /* "up", "rollback to 3", "scale api=4" */
    const char *spec;       /* canonical JSON; NULL in lists */
    const char *resolution; /* JSON: contents, addresses; NULL in lists */
    const char *spec_hash;
    enum store_revision_state state;
};

/* The next number; makes the project where there is none. */
int store_add_revision(struct store *store, const char *project,
                       const struct store_revision *revision, uint32_t *ret_number,
                       struct error **reterr);
int store_get_revision(struct store *store, struct arena *arena, const char *project,
                       uint32_t number, struct store_revision *ret, struct error **reterr);
int store_list_revisions(struct store *store, struct arena *arena, const char *project,
                         struct store_revision **ret, uint32_t *ret_count, struct error **reterr);
int store_set_resolution(struct store *store, const char *project, uint32_t number,
                         const char *resolution, struct error **reterr);
int store_set_revision_state(struct store *store, const char *project, uint32_t number,
                             enum store_revision_state state, struct error **reterr);
/* Keeps the newest `keep`, what serves, and what an unfinished deploy names; the numbers of those
 * that went, in memory of the arena. */
int store_trim_revisions(struct store *store, struct arena *arena, const char *project,
                         uint32_t keep, uint32_t **ret_removed, uint32_t *ret_count,
                         struct error **reterr);

/* Deploys */

enum store_deploy_state {
    STORE_DEPLOY_WAITING, /* for its turn */
    STORE_DEPLOY_RUNNING,
    STORE_DEPLOY_SWITCHED, /* the new revision serves; bake and retirement are under way */
    STORE_DEPLOY_UNDOING,
    STORE_DEPLOY_DONE,
    STORE_DEPLOY_FAILED, /* and undone */
};

struct store_deploy {
    uint64_t id; /* set by store_add_deploy() */
    const char *project;
    uint32_t from;    /* revisions; 0: nothing */
    uint32_t to;      /* 0: down */
    const char *kind; /* "up", "rollback", "scale", "down", "heal", ... */
    const char *author;
    const char *note;         /* why, of who asked for it; NULL or "": nothing was said */
    const char *options;      /* JSON */
    const char *message;      /* what came of it; "" before */
    const char *cancelled_by; /* "": it was not; see store_cancel_deploy() */
    enum store_deploy_state state;
    uint64_t started_unix_ns;
    uint64_t finished_unix_ns;
};

int store_add_deploy(struct store *store, const struct store_deploy *deploy, uint64_t *ret_id,
                     struct error **reterr);
/* Of one that has not ended. */
int store_set_deploy_state(struct store *store, uint64_t id, enum store_deploy_state state,
                           const char *message, uint64_t unix_ns, struct error **reterr);
/* From now on it can only fail: 1. 0 where it has ended, is being undone, serves for good, has
 * begun and may not then, or was cancelled before. One that waits for its turn has failed with it.
 */
int store_cancel_deploy(struct store *store, uint64_t id, const char *by, const char *message,
                        bool may_have_begun, uint64_t unix_ns, struct error **reterr);
/* Its revision serves for good: 1. 0 where it was cancelled before. */
int store_settle_deploy(struct store *store, const struct store_deploy *deploy,
                        struct error **reterr);
/* Another revision than it was added with. */
int store_set_deploy_target(struct store *store, uint64_t id, uint32_t to, struct error **reterr);
int store_get_deploy(struct store *store, struct arena *arena, uint64_t id,
                     struct store_deploy *ret, struct error **reterr);
/* Newest first. project NULL: of all; limit 0: none; only those that are not finished where
 * unfinished. */
int store_list_deploys(struct store *store, struct arena *arena, const char *project,
                       bool unfinished, uint32_t limit, struct store_deploy **ret,
                       uint32_t *ret_count, struct error **reterr);

/* The journal of a deploy: each step before and after it is done. */

enum store_step_state {
    STORE_STEP_BEGUN,
    STORE_STEP_DONE,
    STORE_STEP_FAILED,
};

struct store_step {
    uint32_t sequence;
    const char *text; /* JSON of the step */
    enum store_step_state state;
    const char *message;
    uint64_t begun_unix_ns;
    uint64_t ended_unix_ns;
};

int store_begin_step(struct store *store, uint64_t deploy, const char *text, uint64_t unix_ns,
                     uint32_t *ret_sequence, struct error **reterr);
int store_end_step(struct store *store, uint64_t deploy, uint32_t sequence,
                   enum store_step_state state, const char *message, uint64_t unix_ns,
                   struct error **reterr);
int store_list_steps(struct store *store, struct arena *arena, uint64_t deploy,
                     struct store_step **ret, uint32_t *ret_count, struct error **reterr);

/* Who is in rotation, in one piece. text is JSON of deploy's own making. */
int store_set_rotation(struct store *store, const char *project, const char *text,
                       struct error **reterr);
int store_get_rotation(struct store *store, struct arena *arena, const char *project,
                       const char **ret_text, struct error **reterr); /* "" where there is none */

/* Services that an operator has stopped. */
int store_set_stopped(struct store *store, const char *project, const char *service,
                      bool is_stopped, struct error **reterr);
int store_list_stopped(struct store *store, struct arena *arena, const char *project,
                       const char *const **ret, uint32_t *ret_count, struct error **reterr);

/* Loopback addresses of native services: the one it has, or a new one that nobody else has. */
int store_get_loopback(struct store *store, struct arena *arena, const char *project,
                       const char *service, const char **ret_address, struct error **reterr);

/* Events, for eyes and followers; the newest 10,000 are kept. deploy 0: of none. */
struct store_event {
    uint64_t sequence;
    uint64_t unix_ns;
    const char *project;
    uint64_t deploy;
    const char *text; /* one JSON object */
};

int store_add_event(struct store *store, const struct store_event *event, uint64_t *ret_sequence,
                    struct error **reterr);
/* Those after the sequence, oldest first; project NULL: of all; deploy 0: of all. */
int store_list_events(struct store *store, struct arena *arena, const char *project,
                      uint64_t deploy, uint64_t after, uint32_t limit, struct store_event **ret,
                      uint32_t *ret_count, struct error **reterr);
/* The sequence of the newest; 0 where there is none. */
int store_last_event(struct store *store, uint64_t *ret_sequence, struct error **reterr);

/* Tokens for the API, by their ids; what they are sealed with is a secret, below. */

#define STORE_TOKENS_LIVE_MAX 1000  /* neither revoked nor expired */
#define STORE_TOKENS_MAX      10000 /* beyond them, the oldest that are not live go */

struct store_token {
    const char *id;
    const char *name;
    const char *role; /* "viewer", "operator", "admin" */
    uint64_t created_unix_s;
    uint64_t expires_unix_s;
    uint64_t revoked_unix_s; /* 0: it was not */
};

/* Lets go of those that expired 30 days before the new one. -EBUSY where there are too many. */
int store_add_token(struct store *store, const struct store_token *token, struct error **reterr);
/* -ENOENT. One that was revoked stays as it is. */
int store_revoke_token(struct store *store, const char *id, uint64_t unix_s, struct error **reterr);
/* The newest first. */
int store_list_tokens(struct store *store, struct arena *arena, struct store_token **ret,
                      uint32_t *ret_count, struct error **reterr);

/* What has to be random, once: what is kept by that name already, else the value, from now on. */
int store_need_secret(struct store *store, struct arena *arena, const char *name, const char *value,
                      const char **ret_value, struct error **reterr);

/* Who did what by the API; the newest 10,000 are kept. */
struct store_action {
    uint64_t sequence;
    uint64_t unix_ns;
    const char *name; /* who: "anna" */
    const char *role;
    const char *token; /* id; "" for none */
    const char *via;   /* "socket", "dashboard" */
    const char *method;
    const char *path;
    const char *detail;  /* "rollback to revision 3"; "" */
    unsigned int status; /* of the answer; 0: it was not answered */
};

int store_add_action(struct store *store, const struct store_action *action, uint64_t *ret_sequence,
                     struct error **reterr);
int store_set_action_status(struct store *store, uint64_t sequence, unsigned int status,
                            struct error **reterr);
/* Those before the sequence (0: all) and after the other, newest first. */
int store_list_actions(struct store *store, struct arena *arena, uint64_t before, uint64_t after,
                       uint32_t limit, struct store_action **ret, uint32_t *ret_count,
                       struct error **reterr);
