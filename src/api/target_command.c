/* SPDX-License-Identifier: Apache-2.0 */
/* What an operator tells a target; the edge does it, and says when it has. */
#include <errno.h>
#include <inttypes.h>
#include <jansson.h>
#include <stdlib.h>
#include <string.h>

#include "api/api_priv.h"
#include "api/groups.h"
#include "api/targets.h"
#include "http/target.h"

/* A command under way. The texts are for the answer. */
struct target_command {
    struct link_question question;
    struct http_request *request;
    const char *action;
    char target[256];
};

static const struct {
    const char *name;
    enum message_target_command command;
} actions[] = {
    {"enable", MESSAGE_TARGET_ENABLE},
    {"drain", MESSAGE_TARGET_DRAIN},
    {"disable", MESSAGE_TARGET_DISABLE},
    {"weight", MESSAGE_TARGET_WEIGHT},
};

/* False where it has answered. */
static bool read_weight(struct http_request *request, const json_t *body, uint32_t *ret_weight)
{
    const json_t *weight = json_object_get(body, "weight");

    *ret_weight = STATE_WEIGHT_CONFIGURED;
    if (weight == NULL || json_is_null(weight))
        return true;
    if (!json_is_integer(weight) || json_integer_value(weight) < 0 ||
        json_integer_value(weight) > ROUTE_WEIGHT_MAX) {
        http_respond_error(request, 400, "weight must be a number from 0 to %d", ROUTE_WEIGHT_MAX);
        return false;
    }
    *ret_weight = (uint32_t)json_integer_value(weight);
    return true;
}

static bool read_command(struct http_request *request, struct message_target *command,
                         const char **ret_action)
{
    json_error_t error;
    json_t *body = json_loadb(request->body, request->body_size, JSON_REJECT_DUPLICATES, &error);
    const char *action = json_string_value(json_object_get(body, "action"));
    bool is_fine = false;
    size_t i = 0;

    while (action != NULL && i < sizeof(actions) / sizeof(actions[0]) &&
           strcmp(actions[i].name, action) != 0)
        i++;
    if (body == NULL)
        http_respond_error(request, 400, "the body is no JSON: %s", error.text);
    else if (action == NULL || i == sizeof(actions) / sizeof(actions[0]))
        http_respond_error(request, 400, "action must be enable, drain, disable or weight");
    else
        is_fine = read_weight(request, body, &command->weight);
    if (is_fine) {
        command->command = actions[i].command;
        *ret_action = actions[i].name;
    }
    json_decref(body);
    return is_fine;
}

/* By its id, its address, or the name that was looked up for it. */
static bool target_is_called(const struct merged_group *origin, const struct route_group *group,
                             uint32_t number, const char *text)
{
    const struct route_target *target = &group->targets[number];
    char id[17];

    (void)snprintf(id, sizeof(id), "%016" PRIx64, target->id);
    return strcmp(text, target->text) == 0 || strcmp(text, id) == 0 ||
           (origin->names != NULL && origin->names[number] != NULL &&
            strcmp(text, origin->names[number]) == 0);
}

static bool find_target(struct api_call *call, struct message_target *command,
                        const struct route_target **ret_target)
{
    const struct merged *merged = control_merged(call->control);
    const struct route_group *group;
    uint32_t position = 0, count = 0;

    switch (group_find(merged, call->names[0], &position)) {
    case 0:
        http_respond_error(call->request, 404, "there is no group \"%s\"", call->names[0]);
        return false;
    case 1:
        break;
    default:
        http_respond_error(call->request, 409,
                           "several projects have a group \"%s\": say PROJECT/%s", call->names[0],
                           call->names[0]);
        return false;
    }
    group = &merged->config.groups[position];
    for (uint32_t i = 0; i < group->target_count; i++) {
        if (!target_is_called(&merged->groups[position], group, i, call->names[1]))
            continue;
        *ret_target = &group->targets[i];
        count++;
    }
    if (count == 0)
        http_respond_error(call->request, 404, "group \"%s\" has no target \"%s\"", group->name,
                           call->names[1]);
    else if (count > 1)
        http_respond_error(call->request, 409,
                           "\"%s\" has %" PRIu32 " addresses: name the one that is meant",
                           call->names[1], count);
    else
        *command = (struct message_target){.group_id = group->id, .target_id = (*ret_target)->id};
    return count == 1;
}

void targets_write_name(const struct merged *merged, const char *path, char *text, size_t size)
{
    _cleanup_http_segments_ struct http_segments segments = {0};
    const struct route_group *group;
    uint32_t position;

    text[0] = '\0';
    if (http_segments_parse(path, &segments) < 0 || segments.count != 4 ||
        strcmp(segments.items[1], "targets") != 0 ||
        group_find(merged, segments.items[2], &position) != 1)
        return;
    group = &merged->config.groups[position];
    for (uint32_t i = 0; i < group->target_count; i++) {
        if (!target_is_called(&merged->groups[position], group, i, segments.items[3]))
            continue;
        (void)snprintf(text, size, "%s/%s/%s", merged->groups[position].project, group->name,
                       group->targets[i].text);
        return;
    }
}

static struct value *make_done(struct arena *arena, const struct api_call *call, void *context)
{
    const struct target_command *command = context;
    struct value *map = json_new_map(arena);

    (void)call;
    json_put_text(arena, map, "target", command->target);
    json_put_text(arena, map, "action", command->action);
    json_put_bool(arena, map, "done", true);
    return map;
}

static void answered(struct link_question *question, int status, const char *text)
{
    struct target_command *command = list_entry(question, struct target_command, question);
    struct api_call call = {.request = command->request};

    if (status == 0)
        api_answer(&call, 200, make_done, command);
    else
        http_respond_error(command->request, status == -EINVAL || status == -ENOENT ? 400 : 503,
                           "%s: %s", command->target,
                           *text != '\0' ? text : "the edge did not do it");
    free(command);
}

void api_command_target(struct api_call *call)
{
    struct message_target message;
    const struct route_target *target = NULL;
    struct target_command *command;
    const char *action = "";

    if (!find_target(call, &message, &target) || !read_command(call->request, &message, &action))
        return;
    command = calloc(1, sizeof(*command));
    if (command == NULL) {
        http_respond_error(call->request, 503, "out of memory");
        return;
    }
    command->question.answered = answered;
    command->request = call->request;
    command->action = action;
    (void)snprintf(command->target, sizeof(command->target), "%s", target->text);
    control_target(call->control, &message, &command->question);
}
