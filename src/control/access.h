/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Who asks: each request has a struct access from its head to its answer, made by the API before
 * anything is done for it. One that came with a token is watched: when the token is revoked or
 * expires, its stream ends, or the task that took its connection over.
 *
 * All is the loop's, but that a task's thread may read its request's until it has answered.
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

#include "base/list.h"
#include "loop/loop.h"

#define ACCESS_NAME_SIZE  260 /* 64 characters, in UTF-8 */
#define ACCESS_TOKEN_SIZE 17

struct audit;
struct http_request;
struct task;
struct tokens;

enum access_role {
    ACCESS_NOBODY,
    ACCESS_VIEWER,
    ACCESS_OPERATOR,
    ACCESS_ADMIN,
};

const char *access_role_name(enum access_role role);
/* NOBODY for what is no role. */
enum access_role access_role_find(const char *name);

struct accesses {
    struct loop *loop;
    struct tokens *tokens;
    struct list_head list; /* of those with tokens */
    struct loop_timer look;
    uid_t known_uid; /* the user that was asked for last */
    char known_name[ACCESS_NAME_SIZE];
    uint64_t refused; /* without a good token, since it was told */
    uint64_t told_ns;
};

struct access {
    enum access_role role;
    bool is_by_dashboard;
    char name[ACCESS_NAME_SIZE];   /* "anna"; of the socket's peer: the user */
    char token[ACCESS_TOKEN_SIZE]; /* its id; "" for none */
    uint64_t expires_unix_s;       /* 0: never */

    /* The rest is of this module. */
    struct list_head link;
    unsigned int uses;
    bool is_over;                 /* the token does not count any more */
    struct http_request *request; /* NULL once it is answered */
    struct task *task;            /* that has its connection */
    struct audit *audit;          /* to be told the status; NULL */
    uint64_t sequence;            /* there */
};

void accesses_init(struct accesses *accesses, struct loop *loop);
void accesses_deinit(struct accesses *accesses);

/* The request's, from now on; NULL where memory is out. The text of a token that is good is at
 * id; NULL for the socket's peer. */
struct access *access_attach(struct accesses *accesses, struct http_request *request,
                             enum access_role role, const char *name, const char *token,
                             uint64_t expires_unix_s);
struct access *access_attach_peer(struct accesses *accesses, struct http_request *request);

/* How many requests and conversations are under way with that token. */
unsigned int accesses_count(const struct accesses *accesses, const char *token);

/* Of a request; NULL where it has none. */
const struct access *access_of(const struct http_request *request);
struct access *access_get(struct http_request *request);

/* For a connection that goes to a task: keep before it is taken over, and pass after it, which
 * gives the request's to the task, or forget where it was not. */
struct access *access_keep(struct http_request *request);
void access_pass(struct access *access, struct task *task);
struct access *access_forget(struct access *access); /* takes NULL, returns it */

/* Notes one that had no good token; told now and then. */
void accesses_refuse(struct accesses *accesses);
