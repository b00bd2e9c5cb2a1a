/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Raw bytes to and from a program in a container: one that is run there (exec), or its own main one
 * (attach). A conversation is a connection that stays open; its descriptor does not block and is
 * for poll() beside others. It is one thread's.
 */
#pragma once

#include "engine/engine.h"

struct engine_conversation;

struct engine_exec {
    const char *const *arguments;   /* ends in NULL */
    const char *const *environment; /* NAME=VALUE; NULL */
    const char *user;               /* NULL: the container's */
    const char *working_directory;
    bool has_terminal, has_input, is_privileged;
};

/* Made, not run yet. -EBUSY where the container does not run. */
int engine_create_exec(const struct engine *engine, struct arena *arena, const char *container,
                       const struct engine_exec *exec, const char **ret_id, struct error **reterr);

/* Runs it. has_terminal as before. */
int engine_start_exec(const struct engine *engine, const char *id, bool has_terminal,
                      struct engine_conversation **ret, struct error **reterr);

/* Of a terminal, while it runs. */
int engine_resize_exec(const struct engine *engine, const char *id, uint16_t rows, uint16_t columns,
                       struct error **reterr);
int engine_resize_container(const struct engine *engine, const char *id, uint16_t rows,
                            uint16_t columns, struct error **reterr);

struct engine_exec_state {
    bool is_running;
    int64_t exit_code;
    int64_t pid;
};
int engine_inspect_exec(const struct engine *engine, const char *id, struct engine_exec_state *ret,
                        struct error **reterr);

struct engine_attach {
    bool has_terminal; /* of the container */
    bool has_input;
    bool with_logs; /* what it said before comes first */
};

/* Before it is started, so that nothing is missed. The container's exit ends it; ask
 * engine_wait_container() for the status. */
int engine_attach_container(const struct engine *engine, const char *container,
                            const struct engine_attach *attach, struct engine_conversation **ret,
                            struct error **reterr);

struct engine_conversation *engine_conversation_close(struct engine_conversation *conversation);
void engine_conversation_closep(struct engine_conversation **conversation);

/* Readable: ask engine_conversation_read() until -EAGAIN. */
int engine_conversation_fd(const struct engine_conversation *conversation);

/* What there is, never more than size: how many bytes, 0 at the end, -EAGAIN where there is nothing
 * for now, or -errno. *ret_is_errors: from its standard error. */
long engine_conversation_read(struct engine_conversation *conversation, void *data, size_t size,
                              bool *ret_is_errors, struct error **reterr);

/* How many bytes were taken; -EAGAIN until the descriptor is writable. */
long engine_conversation_write(struct engine_conversation *conversation, const void *data,
                               size_t size, struct error **reterr);

/* The end of its input. */
int engine_conversation_end_input(struct engine_conversation *conversation);
