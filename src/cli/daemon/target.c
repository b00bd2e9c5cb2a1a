/* SPDX-License-Identifier: Apache-2.0 */
/* "slipway target ACTION TARGET [N]": what an operator wants of one target. */
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "base/text.h"
#include "cli/daemon/daemon.h"
#include "cli/daemon/lists.h"
#include "cli/daemon/session.h"
#include "http/target.h"

enum {
    WEIGHT_MAX = 999,
    NAMED_MAX = 5
};

static const char *member(const json_t *target, const char *key)
{
    const char *text = json_string_value(json_object_get(target, key));

    return text != NULL ? text : "";
}

/* ADDRESS, GROUP/ADDRESS or PROJECT/GROUP/ADDRESS; addresses may have slashes of their own. In the
 * place of an address, the name that was looked up for it, or that of the instance. */
static bool is_called_by(struct session *session, const json_t *target, const char *address,
                         const char *name)
{
    const char *in_group = arena_printf(&session->arena, "%s/%s", member(target, "group"), address);

    if (*address == '\0')
        return false;
    return strcmp(name, address) == 0 || strcmp(name, in_group) == 0 ||
           strcmp(name,
                  arena_printf(&session->arena, "%s/%s", member(target, "project"), in_group)) == 0;
}

/* "shop-api-1" is "api-1" for short. */
static const char *short_name(const json_t *target, const char *instance)
{
    const char *project = member(target, "project");
    size_t length = strlen(project);

    return text_starts_with(instance, project) && instance[length] == '-' ? instance + length + 1
                                                                          : "";
}

static bool is_called(struct session *session, const json_t *target, const struct value *instances,
                      const char *name)
{
    const char *instance = lists_instance(instances, target);

    return is_called_by(session, target, member(target, "address"), name) ||
           is_called_by(session, target, member(target, "name"), name) ||
           is_called_by(session, target, instance, name) ||
           is_called_by(session, target, short_name(target, instance), name);
}

/* Says which there are. */
static void refuse_ambiguous(struct session *session, const json_t *const *found, size_t count,
                             const char *name)
{
    const char *text = "";

    for (size_t i = 0; i < count && i < NAMED_MAX; i++)
        text = arena_printf(&session->arena, "%s\n  %s/%s/%s", text, member(found[i], "project"),
                            member(found[i], "group"), member(found[i], "address"));
    session_fail(session, "several targets are called %s:%s%s\nName one of these.", name, text,
                 count > NAMED_MAX ? "\n  ..." : "");
}

static const json_t *find_target(struct session *session, const struct value *instances,
                                 const char *name)
{
    const json_t *targets = json_object_get(session->document, "targets");
    const json_t **found =
        arena_new_array(&session->arena, const json_t *, json_array_size(targets) + 1);
    size_t count = 0;

    for (size_t i = 0; i < json_array_size(targets); i++)
        if (is_called(session, json_array_get(targets, i), instances, name))
            found[count++] = json_array_get(targets, i);
    if (count == 1)
        return found[0];
    if (count > 1)
        refuse_ambiguous(session, found, count, name);
    else
        session_fail(session, "there is no target %s; 'slipway targets' lists them", name);
    return NULL;
}

/* By its project and its id, so that there is no doubt which one is meant. */
static const char *path_of(struct session *session, const json_t *target)
{
    strbuf_reset(&session->text);
    strbuf_append_string(&session->text, "/v1/targets/");
    http_encode(&session->text, arena_printf(&session->arena, "%s/%s", member(target, "project"),
                                             member(target, "group")));
    strbuf_append_char(&session->text, '/');
    http_encode(&session->text, member(target, "id"));
    return arena_strdup(&session->arena, strbuf_text(&session->text));
}

static bool wrong_usage(struct session *session, const char *message)
{
    cli_complain(session->context, "%s\nSee 'slipway target --help'.", message);
    session->status = CLI_EXIT_USAGE;
    return false;
}

/* The request's body; NULL is a mistake, which has been told. */
static const char *body_of(struct session *session)
{
    static const char *const actions[] = {"drain", "disable", "enable"};
    const struct cli_values *words = cli_operands(session->arguments);
    const char *number = words->count > 2 ? words->items[2] : NULL;
    unsigned long weight;
    char *end;

    for (size_t i = 0; i < sizeof(actions) / sizeof(actions[0]); i++)
        if (text_equal(words->items[0], actions[i])) {
            if (number != NULL) {
                (void)wrong_usage(session, "only weight takes a number");
                return NULL;
            }
            return arena_printf(&session->arena, "{\"action\": \"%s\"}", actions[i]);
        }
    if (!text_equal(words->items[0], "weight")) {
        (void)wrong_usage(session, "the action must be drain, disable, enable or weight");
        return NULL;
    }
    if (text_equal(number, "configured"))
        return "{\"action\": \"weight\", \"weight\": null}";
    weight = number != NULL ? strtoul(number, &end, 10) : 0;
    if (number == NULL || number[0] < '0' || number[0] > '9' || *end != '\0' ||
        weight > WEIGHT_MAX) {
        (void)wrong_usage(session, "weight needs a number from 0 to 999, or configured");
        return NULL;
    }
    return arena_printf(&session->arena, "{\"action\": \"weight\", \"weight\": %lu}", weight);
}

static void run(struct session *session)
{
    const char *body = body_of(session);
    const struct value *instances;
    const json_t *target;

    if (body == NULL || !session_call(session, "GET", "/v1/targets", NULL) ||
        !lists_load_instances(session, "/v1/targets", &instances))
        return;
    target = find_target(session, instances, cli_operands(session->arguments)->items[1]);
    if (target == NULL)
        return;
    if (session_call(session, "POST", path_of(session, target), body) && session->context->json)
        session_print_document(session);
}

int target_run(const struct cli_arguments *arguments, const struct cli_context *context)
{
    return session_run(arguments, context, run, NULL);
}
