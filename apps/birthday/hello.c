/* SPDX-License-Identifier: Apache-2.0 */
#include "birthday/hello.h"

#include <string.h>

#include "birthday/name.h"
#include "common/cleanup.h"

static void answer_unavailable(struct server_answer *answer)
{
    server_answer_header(answer, "Retry-After", "1");
    server_answer_error(answer, 503, "the database does not answer; try again");
}

/* The key of the name in the path; NULL, and the answer is filled. */
static char *read_name(const struct server_request *request, struct server_answer *answer)
{
    const char *problem = name_check(request->parameters[0]);
    char *key = NULL;

    if (problem != NULL) {
        server_answer_error(answer, 400, "%s", problem);
        return NULL;
    }
    key = name_key(request->parameters[0]);
    if (key == NULL)
        server_answer_error(answer, 503, "out of memory; try again");
    return key;
}

/* The text of the body's date; NULL, and the answer is filled. It belongs to the body. */
static const char *read_date(const json_t *body, struct date today, struct server_answer *answer)
{
    const char *text = json_string_value(json_object_get(body, "dateOfBirth"));
    struct date birth = {0};

    if (text == NULL || json_object_size(body) != 1)
        server_answer_error(answer, 400, "expected {\"dateOfBirth\": \"YYYY-MM-DD\"}, and no more");
    else if (!date_parse(text, &birth))
        server_answer_error(answer, 400,
                            "dateOfBirth has to be a date of the calendar, written "
                            "YYYY-MM-DD, from 1582-10-15 on");
    else if (date_compare(birth, today) >= 0)
        server_answer_error(answer, 400, "dateOfBirth has to be before today");
    else
        return text;
    return NULL;
}

static void put_hello(const struct server_request *request, struct server_answer *answer)
{
    struct hello *hello = request->context;
    _cleanup_free_ char *key = read_name(request, answer);
    _cleanup_json_ json_t *body = key != NULL ? server_read_object(request, answer) : NULL;
    const char *birthday = body != NULL ? read_date(body, hello->today(), answer) : NULL;

    if (birthday == NULL)
        return;
    if (users_set(&hello->users, key, birthday) < 0)
        answer_unavailable(answer);
    else
        server_answer_empty(answer, 204);
}

static void greet(const char *name, int days, struct server_answer *answer)
{
    json_t *message = days == 0
                          ? json_sprintf("Hello, %s! Happy birthday!", name)
                          : json_sprintf("Hello, %s! Your birthday is in %d day(s)", name, days);

    server_answer_json(answer, 200, json_pack("{s:o}", "message", message));
}

static void get_hello(const struct server_request *request, struct server_answer *answer)
{
    struct hello *hello = request->context;
    _cleanup_free_ char *key = read_name(request, answer);
    char text[DATE_TEXT_SIZE];
    struct date birth = {0};
    int r = 0;

    if (key == NULL)
        return;
    r = users_find(&hello->users, key, text);
    if (r == 0)
        server_answer_error(answer, 404, "nobody of this name is known here");
    else if (r < 0 || !date_parse(text, &birth))
        answer_unavailable(answer);
    else
        greet(request->parameters[0], date_days_until_birthday(birth, hello->today()), answer);
}

static void get_health(const struct server_request *request, struct server_answer *answer)
{
    struct hello *hello = request->context;

    if (users_check(&hello->users) < 0)
        answer_unavailable(answer);
    else
        server_answer_json(answer, 200, json_pack("{s:s}", "status", "ok"));
}

const struct server_route hello_routes[HELLO_ROUTE_COUNT] = {
    {"GET", "/hello/{username}", get_hello},
    {"PUT", "/hello/{username}", put_hello},
    {"GET", "/healthz", get_health},
};
