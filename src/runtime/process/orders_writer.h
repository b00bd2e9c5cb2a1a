/* SPDX-License-Identifier: Apache-2.0 */
/* From a desired service to the orders of an instance's shim. */
#pragma once

#include "base/strbuf.h"
#include "os/user.h"
#include "runtime/process/process_priv.h"

#define ORDERS_ARGUMENTS_MAX 1024

struct orders_writer {
    struct process_runtime *runtime;
    const struct runtime_instance_options *options;
    const struct desired_service *service;
    const char *project;
    struct error **reterr;

    char id[PROCESS_ID_LENGTH + 1];
    char *folder; /* the instance's */
    struct artifact artifact;
    char *kept; /* NULL: in place */
    const char *arguments[ORDERS_ARGUMENTS_MAX + 1];
    size_t argument_count;
    uint16_t targets[PROCESS_PORTS_MAX];
    uint16_t ports[PROCESS_PORTS_MAX];
    uint32_t port_count;

    struct strbuf out;
    struct os_user user;
    bool has_user;
    bool has_private_tmp; /* seen as /tmp; otherwise by TMPDIR */
    size_t file_count;    /* configs and secrets so far */
};

/* Entrypoint and command, or the one-off's command in the latter's place. */
int orders_read_command(struct orders_writer *writer);

/* All but the end. Writes the files that they name into the folder. */
int orders_write(struct orders_writer *writer);

/* orders_files.c: hosts, /tmp, configs and secrets, the kept content. */
int orders_write_files(struct orders_writer *writer);

/* orders_program.c: environment, command, health, hooks. */
int orders_write_programs(struct orders_writer *writer);

/* The path as the instance sees it: that of the kept copy where it lies in the artifact. Writes
 * into the buffer where it is another one. */
const char *orders_map_path(const struct orders_writer *writer, const char *path, char *buffer,
                            size_t size);

/* "USER[:GROUP]" of the machine. */
int orders_find_user(struct orders_writer *writer, const char *text, struct os_user *ret);
void orders_add_user(struct orders_writer *writer, const struct os_user *user);
