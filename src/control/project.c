/* SPDX-License-Identifier: Apache-2.0 */
#include "control/project.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/error.h"
#include "base/strbuf.h"
#include "model/value_json.h"
#include "os/memory.h"
#include "os/os.h"
#include "route/compile/compile.h"
#include "spec/spec.h"

#define MEMORY_MAX    ((size_t)512 << 20)
#define ERRORS_SHOWN  5
#define PART_MAX      500 /* of a message, which repeats what was written */
#define CANONICAL_MAX ((size_t)128 << 20)

bool project_name_is_valid(const char *name)
{
    size_t length = strlen(name);

    return length > 0 && length <= PROJECT_NAME_LENGTH && *name != '-' && *name != '_' &&
           strspn(name, "abcdefghijklmnopqrstuvwxyz0123456789-_") == length;
}

static int check_name(const char *name, struct error **reterr)
{
    if (project_name_is_valid(name))
        return 0;
    return error_set(reterr, EINVAL,
                     "\"%.100s\" is no name of a project: lower-case letters, digits, - and _, "
                     "beginning with a letter or a digit, %d at most",
                     name, PROJECT_NAME_LENGTH);
}

/* What is below the arenas' recovery points, and the resources that it must find again. The tree
 * is many times larger than what it comes to, and goes when that is compiled. */
struct loading {
    struct project *project; /* NULL where only the tree is wanted */
    const char *name;
    struct strbuf *canonical; /* NULL where it is only looked at */
    bool refuses_unsupported;
    struct arena tree; /* of the spec */
    struct spec spec;
    int input;
    int result;
    struct error *error;
};

/* How much of it a message takes: whole characters. */
static int shown_length(const char *text)
{
    size_t length = strnlen(text, PART_MAX);

    while (length > 0 && ((unsigned char)text[length] & 0xc0) == 0x80)
        length--;
    return (int)length;
}

/* The first few, in one line. */
static int report(struct loading *loading)
{
    const struct diagnostics *diagnostics = &loading->spec.diagnostics;
    uint32_t shown = 0;
    _cleanup_strbuf_ struct strbuf text;

    strbuf_init(&text, 8192);
    for (uint32_t i = 0; i < diagnostics->count && shown < ERRORS_SHOWN; i++) {
        const struct diagnostic *item = &diagnostics->items[i];

        if (item->severity != SEVERITY_ERROR)
            continue;
        strbuf_printf(&text, "%s%.*s%s%.*s", shown > 0 ? "; " : "", shown_length(item->path),
                      item->path, *item->path != '\0' ? ": " : "", shown_length(item->message),
                      item->message);
        if (item->hint != NULL)
            strbuf_printf(&text, " (%.*s)", shown_length(item->hint), item->hint);
        shown++;
    }
    if (diagnostics->errors > shown)
        strbuf_printf(&text, "; and %u more", diagnostics->errors - shown);
    return error_set(&loading->error, EINVAL, "%s",
                     shown > 0 ? strbuf_text(&text) : "the project cannot be read");
}

/* No variable is there to be put in, so "$$" becomes "$" and that is all. */
static int check_variables(struct loading *loading)
{
    if (loading->spec.unset.count == 0)
        return 0;
    return error_set(&loading->error, EINVAL,
                     "the variable \"%.100s\" is not put in: the project must be resolved (send "
                     "what 'slipway config --format json' prints)",
                     loading->spec.unset.entries[0].key);
}

static void load(void *context)
{
    static const char *const files[] = {"-"};
    static char *const environment[] = {NULL};
    struct loading *loading = context;
    const struct spec_options options = {
        .files = {files, 1},
        .project_directory = "/",
        .project_name = loading->name,
        .current_directory = "/",
        .environment = environment,
        .standard_input = loading->input,
        .keep_env_files = true,
        .is_resolved = true,
        .all_profiles = true,
        .refuse_unsupported = loading->refuses_unsupported,
    };

    loading->result =
        spec_load(&loading->spec, &options) ? check_variables(loading) : report(loading);
}

static void compile(void *context)
{
    struct loading *loading = context;
    struct project *project = loading->project;

    loading->result = compile_project(&project->arena, loading->spec.root, project->name,
                                      &project->config, &loading->error);
}

static int protect(struct arena *arena, void (*step)(void *context), struct loading *loading)
{
    int r = arena_protect(arena, step, loading);

    if (r == 0)
        return loading->result;
    error_free(loading->error);
    loading->error = NULL;
    return error_set(&loading->error, -r, "%s",
                     r == -E2BIG ? "the project is too large" : "out of memory");
}

static void write_tree(void *context)
{
    static const struct json_style style = {.compact = true, .escape_dollar = true};
    struct loading *loading = context;
    int r;

    value_write_json(loading->canonical, loading->spec.root, &style);
    r = strbuf_failure(loading->canonical);
    loading->result = r < 0 ? error_set(&loading->error, -r, "%s",
                                        r == -E2BIG ? "the project is too large" : "out of memory")
                            : 0;
}

/* Loads the text, then does with its tree what is wanted, before that goes. */
static int run(struct loading *loading, const char *text, size_t size, struct error **reterr)
{
    struct project *project = loading->project;
    int r;

    loading->input = os_memory_file_of("project", text, size);
    if (loading->input < 0)
        return error_set(reterr, -loading->input, "cannot keep the project in memory: %s",
                         error_text(-loading->input));
    (void)lseek(loading->input, 0, SEEK_SET); /* which a memory file does not refuse */
    arena_init(&loading->tree, MEMORY_MAX);
    spec_init(&loading->spec, &loading->tree);
    r = protect(&loading->tree, load, loading);
    if (r == 0 && project != NULL) {
        project->has_services = value_map_count(value_get(loading->spec.root, "services")) > 0;
        r = protect(&project->arena, compile, loading);
    } else if (r == 0 && loading->canonical != NULL) {
        r = protect(&loading->tree, write_tree, loading);
    }
    spec_deinit(&loading->spec);
    arena_deinit(&loading->tree);
    os_closep(&loading->input);
    if (r < 0 && reterr != NULL)
        *reterr = loading->error;
    else
        error_free(loading->error);
    return r;
}

int project_canonical(const char *name, const char *text, size_t size, char **ret_text,
                      struct error **reterr)
{
    struct strbuf canonical;
    struct loading loading = {.name = name, .canonical = &canonical};
    int r = check_name(name, reterr);

    if (r < 0)
        return r;
    strbuf_init(&canonical, CANONICAL_MAX);
    r = run(&loading, text, size, reterr);
    if (r < 0)
        strbuf_deinit(&canonical);
    else
        *ret_text = canonical.data;
    return r;
}

struct project *project_ref(struct project *project)
{
    atomic_fetch_add(&project->references, 1);
    return project;
}

struct project *project_unref(struct project *project)
{
    if (project == NULL || atomic_fetch_sub(&project->references, 1) > 1)
        return NULL;
    arena_deinit(&project->arena);
    free(project->name);
    free(project->text);
    free(project);
    return NULL;
}

static int set_texts(struct project *project, const char *name, const char *text, size_t size,
                     struct error **reterr)
{
    project->name = strdup(name);
    project->text = malloc(size + 1);
    if (project->name == NULL || project->text == NULL)
        return error_set(reterr, ENOMEM, "out of memory");
    if (size > 0)
        memcpy(project->text, text, size);
    project->text[size] = '\0';
    project->size = size;
    return 0;
}

int project_new(const char *name, const char *text, size_t size, struct project **ret_project,
                struct error **reterr)
{
    struct project *project;
    int r = check_name(name, reterr);

    if (r < 0)
        return r;
    project = calloc(1, sizeof(*project));
    if (project == NULL)
        return error_set(reterr, ENOMEM, "out of memory");
    atomic_init(&project->references, 1);
    arena_init(&project->arena, MEMORY_MAX);
    r = set_texts(project, name, text, size, reterr);
    if (r == 0)
        r = run(&(struct loading){.project = project, .name = name}, text, size, reterr);
    if (r < 0)
        (void)project_unref(project);
    else
        *ret_project = project;
    return r;
}

int project_canonical_tree(const char *name, const json_t *tree, char **ret_text,
                           struct error **reterr)
{
    _cleanup_free_ char *text = json_dumps(tree, JSON_COMPACT);

    if (text == NULL)
        return error_set(reterr, ENOMEM, "out of memory");
    return project_canonical(name, text, strlen(text), ret_text, reterr);
}

int project_check_support(const char *name, const json_t *tree, struct error **reterr)
{
    struct loading loading = {.name = name, .refuses_unsupported = true};
    _cleanup_free_ char *text = json_dumps(tree, JSON_COMPACT);
    int r = check_name(name, reterr);

    if (text == NULL)
        return error_set(reterr, ENOMEM, "out of memory");
    return r < 0 ? r : run(&loading, text, strlen(text), reterr);
}
