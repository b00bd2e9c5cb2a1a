/* SPDX-License-Identifier: Apache-2.0 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>
#include <jansson.h>

#include "base/time.h"
#include "edge/access_format.h"

#define TEXT(text) access_text_of(text, sizeof(text) - 1)

static char line[ACCESS_LINE_MAX + 1];
static struct access_clock date_cache;

static struct access_record full_record(void)
{
    return (struct access_record){
        .type = ACCESS_HTTPS,
        .rule = 3,
        .ended_unix_ns = 1700000000 * TIME_SECOND + 123456789,
        .started_unix_ns = 1699999999 * TIME_SECOND + 1000,
        .request_time_ns = 1234567,
        .target_time_ns = 12 * TIME_SECOND,
        .response_time_ns = 0,
        .received_bytes = 512,
        .sent_bytes = UINT64_C(12345678901),
        .status = 200,
        .target_status = 201,
        .client_port = 5555,
        .is_https = true,
        .listener = TEXT("web"),
        .client_address = TEXT("2001:db8::1"),
        .target = TEXT("10.0.0.7:9001"),
        .method = TEXT("GET"),
        .host = TEXT("example.com:8443"),
        .path = TEXT("/a?b=c"),
        .version = TEXT("HTTP/1.1"),
        .user_agent = TEXT("curl/8.0 (x)"),
        .tls_cipher = TEXT("TLS_AES_128_GCM_SHA256"),
        .tls_protocol = TEXT("TLSv1.3"),
        .group = TEXT("api"),
        .trace_id = TEXT("abc"),
        .server_name = TEXT("example.com"),
        .certificate = TEXT("cert.pem"),
        .actions = TEXT("forward"),
        .connection_id = TEXT("c1"),
    };
}

static const char *write_line(enum route_log_format format, const struct access_record *record)
{
    size_t length = access_format(&date_cache, format, record, line, ACCESS_LINE_MAX);

    assert_in_range(length, 1, ACCESS_LINE_MAX);
    assert_int_equal(line[length - 1], '\n');
    assert_ptr_equal(memchr(line, '\n', length), line + length - 1);
    line[length] = '\0';
    return line;
}

static void test_fields_have_their_order(void **state)
{
    struct access_record record = full_record();

    (void)state;
    assert_string_equal(
        write_line(ROUTE_LOG_FIELDS, &record),
        "https 2023-11-14T22:13:20.123456Z web [2001:db8::1]:5555 10.0.0.7:9001 0.001234 "
        "12.000000 0.000000 200 201 512 12345678901 "
        "\"GET https://example.com:8443/a?b=c HTTP/1.1\" \"curl/8.0 (x)\" "
        "TLS_AES_128_GCM_SHA256 TLSv1.3 api \"abc\" \"example.com\" \"cert.pem\" 3 "
        "2023-11-14T22:13:19.000001Z \"forward\" \"-\" \"-\" \"10.0.0.7:9001\" \"201\" \"-\" "
        "\"-\" c1\n");
}

static void test_what_is_empty_is_a_dash(void **state)
{
    struct access_record record = {.rule = -1,
                                   .request_time_ns = ACCESS_TIME_NONE,
                                   .target_time_ns = ACCESS_TIME_NONE,
                                   .response_time_ns = ACCESS_TIME_NONE};

    (void)state;
    assert_string_equal(write_line(ROUTE_LOG_FIELDS, &record),
                        "http 1970-01-01T00:00:00.000000Z - - - -1 -1 -1 - - 0 0 \"-\" \"-\" - - - "
                        "\"-\" \"-\" \"-\" -1 1970-01-01T00:00:00.000000Z \"-\" \"-\" \"-\" \"-\" "
                        "\"-\" \"-\" \"-\" -\n");
}

/* Every byte in every text. */
static struct access_record hostile_record(const char *data, size_t length)
{
    struct access_text text = access_text_of(data, length);
    struct access_record record = full_record();
    struct access_text *texts[] = {
        &record.listener,        &record.client_address, &record.target,
        &record.method,          &record.host,           &record.path,
        &record.version,         &record.user_agent,     &record.tls_cipher,
        &record.tls_protocol,    &record.group,          &record.trace_id,
        &record.server_name,     &record.certificate,    &record.actions,
        &record.redirect,        &record.error,          &record.targets,
        &record.target_statuses, &record.connection_id};

    for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++)
        *texts[i] = text;
    return record;
}

/* The number of fields, as whoever reads the line would split it. */
static size_t count_fields(const char *text)
{
    size_t count = 1;
    bool is_quoted = false;

    for (; *text != '\0' && *text != '\n'; text++) {
        assert_in_range(*text, ' ', '~');
        if (*text == '"')
            is_quoted = !is_quoted;
        count += *text == ' ' && !is_quoted;
    }
    assert_false(is_quoted);
    return count;
}

static void test_nothing_makes_a_field_or_a_line_of_its_own(void **state)
{
    struct access_record record;
    char all[256];

    (void)state;
    for (size_t i = 0; i < sizeof(all); i++)
        all[i] = (char)i;
    for (size_t i = 0; i < sizeof(all); i++) {
        record = hostile_record(all + i, 1);
        assert_int_equal(count_fields(write_line(ROUTE_LOG_FIELDS, &record)), 30);
    }
    record = hostile_record("\" 200 \"x\n", 9);
    assert_int_equal(count_fields(write_line(ROUTE_LOG_FIELDS, &record)), 30);
    assert_non_null(strstr(line, "\"\\x22 200 \\x22x\\x0a\""));
}

static void test_long_texts_are_cut_and_a_line_always_fits(void **state)
{
    static char text[40000];
    static const char fillers[] = {'a', '"', '\xff', '\n'};

    (void)state;
    for (size_t i = 0; i < sizeof(fillers); i++) {
        struct access_record record;

        memset(text, fillers[i], sizeof(text));
        text[0] = '/';
        record = hostile_record(text, sizeof(text));
        assert_int_equal(count_fields(write_line(ROUTE_LOG_FIELDS, &record)), 30);
        assert_non_null(strstr(line, "...\" "));
        (void)write_line(ROUTE_LOG_JSON, &record);
        assert_true(strlen(line) < ACCESS_LINE_MAX - 1024);
    }
}

static void test_too_little_room_writes_nothing(void **state)
{
    struct access_record record = full_record();
    size_t length = access_format(&date_cache, ROUTE_LOG_JSON, &record, line, ACCESS_LINE_MAX);

    (void)state;
    for (size_t size = 0; size < length; size++) {
        char *exact = malloc(size + 1);

        assert_non_null(exact);
        exact[size] = 'x';
        assert_int_equal(access_format(&date_cache, ROUTE_LOG_JSON, &record, exact, size), 0);
        assert_int_equal(exact[size], 'x');
        free(exact);
    }
}

static json_t *json_of(const struct access_record *record)
{
    json_t *object = json_loads(write_line(ROUTE_LOG_JSON, record), JSON_REJECT_DUPLICATES, NULL);

    assert_non_null(object);
    assert_int_equal(json_object_size(object), 30);
    return object;
}

static const char *string_of(const json_t *object, const char *name)
{
    const char *text = json_string_value(json_object_get(object, name));

    assert_non_null(text);
    return text;
}

static void test_json_has_the_same_with_names(void **state)
{
    struct access_record record = full_record();
    json_t *object = json_of(&record);

    (void)state;
    assert_string_equal(string_of(object, "type"), "https");
    assert_string_equal(string_of(object, "client"), "[2001:db8::1]:5555");
    assert_string_equal(string_of(object, "time"), "2023-11-14T22:13:20.123456Z");
    assert_string_equal(string_of(object, "request"),
                        "GET https://example.com:8443/a?b=c HTTP/1.1");
    assert_int_equal(json_integer_value(json_object_get(object, "status")), 200);
    assert_true(json_integer_value(json_object_get(object, "sent_bytes")) == 12345678901);
    assert_true(json_real_value(json_object_get(object, "target_time")) == 12.0);
    assert_true(json_is_null(json_object_get(object, "redirect")));
    assert_int_equal(json_integer_value(json_object_get(object, "rule")), 3);
    json_decref(object);
}

static void test_json_is_valid_whatever_it_holds(void **state)
{
    static const char text[] = "a\"\\\n\x7f\xc3\xa9\xf0\x9f\x98\x80\xff\xe2\x80\xae";
    struct access_record record = hostile_record(text, sizeof(text) - 1);
    json_t *object = json_of(&record);
    char all[256];

    (void)state;
    /* The byte that is no UTF-8 has become a text of its own. */
    assert_string_equal(string_of(object, "user_agent"),
                        "a\"\\\n\x7f\xc3\xa9\xf0\x9f\x98\x80\\xff\xe2\x80\xae");
    json_decref(object);
    for (const char *byte = line; *byte != '\n'; byte++)
        assert_in_range(*byte, ' ', '~');
    for (size_t i = 1; i < sizeof(all); i++) {
        all[0] = (char)i;
        record = hostile_record(all, 1);
        json_decref(json_of(&record));
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_fields_have_their_order),
        cmocka_unit_test(test_what_is_empty_is_a_dash),
        cmocka_unit_test(test_nothing_makes_a_field_or_a_line_of_its_own),
        cmocka_unit_test(test_long_texts_are_cut_and_a_line_always_fits),
        cmocka_unit_test(test_too_little_room_writes_nothing),
        cmocka_unit_test(test_json_has_the_same_with_names),
        cmocka_unit_test(test_json_is_valid_whatever_it_holds),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
