/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The service `combine`: POST /combine with {"integer": 42, "number": 5.3e-05} gives
 * {"product": 0.002226, "outcome": "...", "rule": "..."} by the rules of RULES_FILE (rules.h).
 * SIGHUP reads them anew; while the new ones are wrong, the old ones stay.
 */
#include <pthread.h>
#include <stdlib.h>
#include <string.h>

#include "common/cleanup.h"
#include "common/log.h"
#include "common/server.h"
#include "draw.h"
#include "pair.h"
#include "rules.h"
#include "value.h"

struct book {
    const char *path;
    struct rules *rules;
    pthread_rwlock_t lock; /* of rules */
};

/* NULL, with each problem logged, where the file is wrong. */
static struct rules *load(const char *path)
{
    _cleanup_free_ char *problems = NULL;
    size_t size;
    FILE *stream = open_memstream(&problems, &size);
    struct rules *rules;

    if (stream == NULL) {
        log_error("%s: out of memory", path);
        return NULL;
    }
    rules = rules_load(path, stream);
    if (fclose(stream) != 0)
        return rules_free(rules);
    for (char *line = problems; *line != '\0';) {
        char *end = strchr(line, '\n');

        *end = '\0';
        log_error("%s", line);
        line = end + 1;
    }
    return rules;
}

static void reload(void *context)
{
    struct book *book = context;
    struct rules *rules = load(book->path);
    struct rules *old;

    if (rules == NULL) {
        log_error("%s: the new rules are wrong; the old ones stay", book->path);
        return;
    }
    pthread_rwlock_wrlock(&book->lock);
    old = book->rules;
    book->rules = rules;
    pthread_rwlock_unlock(&book->lock);
    log_info("%s: %zu rules are in force", book->path, rules_count(rules));
    rules_free(old);
}

/* The whole answer as JSON, or NULL when memory is out. */
static char *decide(struct book *book, const struct rules_input *pair, size_t *ret_size)
{
    _cleanup_free_ char *outcome = NULL;
    const char *rule;
    char *text = NULL;
    FILE *stream = open_memstream(&text, ret_size);
    int r = -1;

    if (stream == NULL)
        return NULL;
    pthread_rwlock_rdlock(&book->lock);
    outcome = rules_decide(book->rules, pair, &rule);
    (void)fputc('{', stream);
    if (outcome != NULL)
        r = draw_write_result(stream, pair->product, outcome, rule);
    pthread_rwlock_unlock(&book->lock);
    (void)fputs("}\n", stream);
    if (fclose(stream) == 0 && r == 0)
        return text;
    free(text);
    return NULL;
}

static void combine(const struct server_request *request, struct server_answer *answer)
{
    _cleanup_json_ json_t *body = server_read_object(request, answer);
    _cleanup_free_ char *text = NULL;
    char reason[PAIR_REASON_SIZE];
    struct rules_input pair;
    unsigned status;
    size_t size;

    if (body == NULL)
        return;
    status = pair_read(body, &pair, reason);
    if (status != 0) {
        server_answer_error(answer, status, "%s", reason);
        return;
    }
    text = decide(request->context, &pair, &size);
    if (text == NULL)
        server_answer_error(answer, 503, "out of memory");
    else
        server_answer_bytes(answer, 200, "application/json", text, size);
}

static const struct server_route routes[] = {
    {"POST", "/combine", combine},
    {"GET", "/healthz", value_healthz},
};

int main(void)
{
    struct book book = {.lock = PTHREAD_RWLOCK_INITIALIZER};
    struct server_options options = {
        .routes = routes,
        .route_count = sizeof(routes) / sizeof(routes[0]),
        .context = &book,
        .on_reload = reload,
    };
    struct config *config;
    bool is_good;

    log_init("combine");
    server_block_signals();
    config = config_load(".env");
    book.path = config_required(config, "RULES_FILE");
    server_configure(&options, config);
    is_good = config_check(config);
    if (*book.path != '\0')
        book.rules = load(book.path);
    is_good = is_good && book.rules != NULL && server_run(&options) == 0;
    rules_free(book.rules);
    config_free(config);
    return is_good ? EXIT_SUCCESS : EXIT_FAILURE;
}
