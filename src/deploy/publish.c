/* SPDX-License-Identifier: Apache-2.0 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/hash.h"
#include "deploy/deploy_priv.h"
#include "deploy/edge_document.h"
#include "deploy/json.h"

/* Where instances are, for when nobody can be asked. */
static void note_addresses(struct deploy *deploy)
{
    for (uint32_t i = 0; i < deploy->rotation.count; i++) {
        struct rotation_entry *entry = &deploy->rotation.entries[i];
        const struct observed_instance *instance =
            observed_find(&deploy->observed, entry->instance);
        struct observed_port *ports;
        bool is_same;

        if (instance == NULL || instance->port_count == 0)
            continue;
        is_same = instance->port_count == entry->port_count;
        for (uint32_t j = 0; is_same && j < entry->port_count; j++)
            is_same = entry->ports[j].port == instance->ports[j].port &&
                      strcmp(entry->ports[j].address, instance->ports[j].address) == 0;
        if (is_same)
            continue;
        ports = arena_new_array(deploy->arena, struct observed_port, instance->port_count);
        for (uint32_t j = 0; j < instance->port_count; j++)
            ports[j] = (struct observed_port){
                .port = instance->ports[j].port,
                .address = arena_strdup(deploy->arena, instance->ports[j].address)};
        entry->ports = ports;
        entry->port_count = instance->port_count;
    }
}

static int make_document(struct deploy *deploy, const char **ret, struct error **reterr)
{
    const struct rotation *rotation = &deploy->rotation;
    struct edge_document_input input = {
        .observed = &deploy->observed,
        .rotation = rotation,
        .hold_ns = rotation->hold_ns,
        .held = rotation->held,
        .held_count = rotation->held_count,
    };
    int r = 0;

    if (rotation->base != 0)
        r = deploy_load_revision(deploy, rotation->base, &input.base, reterr);
    if (r == 0 && rotation->standby != 0)
        r = deploy_load_revision(deploy, rotation->standby, &input.standby, reterr);
    return r < 0 ? r : edge_document_make(deploy->arena, &input, ret, reterr);
}

/* What an engine publishes for an instance of the project itself, as another tool or `mode: host`
 * has it do, may be what the edge listens on once that has stopped. */
static bool publishes_itself(const struct deploy *deploy)
{
    for (uint32_t i = 0; i < deploy->observed.count; i++) {
        const char *published = deploy->observed.instances[i].published;

        if (published != NULL && *published != '\0')
            return true;
    }
    return false;
}

int deploy_check_edge(struct deploy *deploy, struct error **reterr)
{
    struct edge_document_input input = {
        .base = deploy->goal,
        .observed = &deploy->observed,
        .rotation = &deploy->rotation,
    };
    struct world *world = deploy->world;
    const char *document;
    int r;

    if (world->ops->check == NULL)
        return 0;
    r = deploy_look(deploy, reterr);
    if (r < 0 || publishes_itself(deploy))
        return r;
    r = edge_document_make(deploy->arena, &input, &document, reterr);
    return r < 0 ? r : world->ops->check(world, deploy->project, document, reterr);
}

static void tell_changes(struct deploy *deploy, const char *changes)
{
    while (changes != NULL && *changes != '\0') {
        size_t length = strcspn(changes, "\n");
        struct value *event = json_map(deploy->arena);

        json_set_text(deploy->arena, event, "text", arena_strndup(deploy->arena, changes, length));
        deploy_tell(deploy, event, "change");
        changes += length + (changes[length] == '\n');
    }
}

int deploy_publish(struct deploy *deploy, bool is_forced, struct error **reterr)
{
    struct world *world = deploy->world;
    const char *document, *hash, *before = deploy->document_hash;
    char *changes = NULL;
    int r;

    note_addresses(deploy);
    /* What was written and perhaps never taken: the edge may have sent requests there until now. */
    for (uint32_t i = 0; *deploy->document_hash == '\0' && i < deploy->rotation.count; i++)
        if (deploy->rotation.entries[i].role == ROTATION_DRAINING)
            deploy->rotation.entries[i].since_unix_ns = world->ops->unix_ns(world);
    r = make_document(deploy, &document, reterr);
    if (r < 0)
        return r;
    hash = arena_strdup(deploy->arena, content_hash_bytes(document, strlen(document)).text);
    deploy->document = document;
    if (!is_forced && strcmp(hash, deploy->document_hash) == 0)
        return deploy_write_rotation(deploy, reterr);
    /* Not known until the edge has it: whoever comes after a crash publishes again. */
    deploy->document_hash = "";
    r = deploy_write_rotation(deploy, reterr);
    if (r == 0)
        r = world->ops->publish(world, deploy->project, document, &changes, reterr);
    if (r == 0) {
        tell_changes(deploy, changes);
        deploy->document_hash = hash;
        deploy->has_published = true;
    } else if (strcmp(hash, before) == 0 && r != -ECANCELED) {
        /* Files that it names are not as they should be; the edge goes on with what it has. */
        deploy->document_hash = before;
        (void)deploy_write_rotation(deploy, NULL);
    }
    free(changes);
    return r < 0 ? r : deploy_write_rotation(deploy, reterr);
}

int deploy_unpublish(struct deploy *deploy, struct error **reterr)
{
    char *changes = NULL;
    int r = deploy->world->ops->unpublish(deploy->world, deploy->project, &changes, reterr);

    if (r == 0)
        tell_changes(deploy, changes);
    free(changes);
    return r;
}

bool deploy_is_target(const struct deploy *deploy, const struct rotation_entry *entry)
{
    const char *at = deploy->document;
    size_t length = strlen(entry->target);

    if (at == NULL)
        return true; /* for all that is known */
    while (at != NULL && (at = strstr(at, entry->target)) != NULL) {
        if (at[-1] == '"' && at[length] == '"')
            return true;
        at += length;
    }
    return false;
}
