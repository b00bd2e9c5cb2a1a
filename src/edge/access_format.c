/* SPDX-License-Identifier: Apache-2.0 */
#include "edge/access_format.h"

#include <string.h>
#include <time.h>

#include "base/text.h"
#include "base/time.h"

/* How long texts may be once they are escaped. All of them, with the rest of a line in JSON, stay
 * below ACCESS_LINE_MAX. */
enum {
    ACCESS_URL_MAX = 6144,
    ACCESS_LONG_MAX = 1024, /* of the user agent, the redirect and the list of targets */
    ACCESS_SHORT_MAX = 256, /* of all else */
};

struct access_writer {
    char *data;
    size_t size;
    size_t used;
    bool overflow;
    bool is_json;
    bool is_quoted; /* the field that is being written */
    uint8_t count;  /* of fields */
    struct access_clock *clock;
};

static void access_put(struct access_writer *writer, const char *data, size_t length)
{
    if (writer->overflow || length > writer->size - writer->used) {
        writer->overflow = true;
        return;
    }
    memcpy(writer->data + writer->used, data, length);
    writer->used += length;
}

static void access_put_string(struct access_writer *writer, const char *text)
{
    access_put(writer, text, strlen(text));
}

static void access_put_number(struct access_writer *writer, uint64_t number, unsigned int digits)
{
    char text[20];
    size_t at = sizeof(text);

    do {
        text[--at] = (char)('0' + number % 10);
        number /= 10;
        if (digits > 0)
            digits--;
    } while (number > 0 || digits > 0);
    access_put(writer, text + at, sizeof(text) - at);
}

/*
 * Escaping
 */

static const char access_hex[] = "0123456789abcdef";

static size_t access_write_unicode(char *to, uint32_t unit)
{
    to[0] = '\\';
    to[1] = 'u';
    for (unsigned int i = 0; i < 4; i++)
        to[2 + i] = access_hex[unit >> (12 - 4 * i) & 15];
    return 6;
}

/* One character of JSON, in at most 12 bytes. Returns how many of data it stands for. */
static size_t access_escape_json(const char *data, size_t size, char *to, size_t *ret_length)
{
    uint8_t byte = (uint8_t)data[0];
    uint32_t character;
    size_t taken;

    if (byte == '"' || byte == '\\') {
        to[0] = '\\';
        to[1] = data[0];
        *ret_length = 2;
        return 1;
    }
    if (byte < 0x20 || byte == 0x7f) {
        *ret_length = access_write_unicode(to, byte);
        return 1;
    }
    taken = text_utf8_decode(data, size, &character);
    if (taken == 0) {
        memcpy(to, "\\\\x", 3);
        to[3] = access_hex[byte >> 4];
        to[4] = access_hex[byte & 15];
        *ret_length = 5;
        return 1;
    }
    if (character < 0x80) {
        to[0] = data[0];
        *ret_length = 1;
    } else if (character < 0x10000) {
        *ret_length = access_write_unicode(to, character);
    } else {
        character -= 0x10000;
        *ret_length = access_write_unicode(to, 0xd800 | character >> 10);
        *ret_length += access_write_unicode(to + 6, 0xdc00 | (character & 0x3ff));
    }
    return taken;
}

static size_t access_escape_field(char character, bool is_quoted, char *to)
{
    uint8_t byte = (uint8_t)character;

    if (byte < 0x20 || byte >= 0x7f || byte == '"' || byte == '\\' || (byte == ' ' && !is_quoted)) {
        to[0] = '\\';
        to[1] = 'x';
        to[2] = access_hex[byte >> 4];
        to[3] = access_hex[byte & 15];
        return 4;
    }
    to[0] = character;
    return 1;
}

static bool access_is_plain(char character)
{
    return character > ' ' && character < 0x7f && character != '"' && character != '\\';
}

/* At most max bytes, "..." included. */
static void access_put_escaped(struct access_writer *writer, struct access_text text, size_t max)
{
    size_t room = max - 3;
    size_t i = 0;

    while (i < text.length) {
        char escaped[12];
        size_t run = i;
        size_t length;
        size_t taken = 1;

        /* What needs no escape goes at once. */
        while (run < text.length && run - i < room && access_is_plain(text.data[run]))
            run++;
        access_put(writer, text.data + i, run - i);
        room -= run - i;
        i = run;
        if (i == text.length)
            return;
        if (writer->is_json)
            taken = access_escape_json(text.data + i, text.length - i, escaped, &length);
        else
            length = access_escape_field(text.data[i], writer->is_quoted, escaped);
        if (length > room) {
            access_put(writer, "...", 3);
            return;
        }
        access_put(writer, escaped, length);
        room -= length;
        i += taken;
    }
}

/*
 * Fields
 */

/* What stands in front of the value. */
static void access_begin(struct access_writer *writer, const char *name)
{
    if (writer->is_json) {
        access_put_string(writer, writer->count == 0 ? "{\"" : ",\"");
        access_put_string(writer, name);
        access_put(writer, "\":", 2);
    } else if (writer->count > 0) {
        access_put(writer, " ", 1);
    }
    writer->count++;
}

static void access_open_text(struct access_writer *writer, bool is_quoted)
{
    writer->is_quoted = is_quoted;
    if (is_quoted || writer->is_json)
        access_put(writer, "\"", 1);
}

static void access_close_text(struct access_writer *writer)
{
    if (writer->is_quoted || writer->is_json)
        access_put(writer, "\"", 1);
}

static void access_put_empty(struct access_writer *writer, bool is_quoted)
{
    access_put_string(writer, writer->is_json ? "null" : is_quoted ? "\"-\"" : "-");
}

static void access_text_field(struct access_writer *writer, const char *name,
                              struct access_text text, bool is_quoted, size_t max)
{
    access_begin(writer, name);
    if (text.length == 0) {
        access_put_empty(writer, is_quoted);
        return;
    }
    access_open_text(writer, is_quoted);
    access_put_escaped(writer, text, max);
    access_close_text(writer);
}

static void access_number_field(struct access_writer *writer, const char *name, uint64_t number)
{
    access_begin(writer, name);
    access_put_number(writer, number, 1);
}

static void access_status_field(struct access_writer *writer, const char *name, unsigned int status)
{
    access_begin(writer, name);
    if (status == 0)
        access_put_empty(writer, false);
    else
        access_put_number(writer, status, 3);
}

static void access_duration_field(struct access_writer *writer, const char *name,
                                  uint64_t duration_ns)
{
    access_begin(writer, name);
    if (duration_ns == ACCESS_TIME_NONE) {
        access_put_string(writer, "-1");
        return;
    }
    access_put_number(writer, duration_ns / TIME_SECOND, 1);
    access_put(writer, ".", 1);
    access_put_number(writer, duration_ns % TIME_SECOND / TIME_MICROSECOND, 6);
}

static void access_put_date(struct access_writer *writer, uint64_t unix_s)
{
    struct access_clock *clock = writer->clock;
    time_t seconds = (time_t)unix_s;
    struct tm date;
    char text[32];

    if (clock->unix_s != unix_s || clock->text[0] == '\0') {
        if (gmtime_r(&seconds, &date) == NULL ||
            strftime(text, sizeof(text), "%Y-%m-%dT%H:%M:%S.", &date) != sizeof(clock->text))
            memcpy(text, "1970-01-01T00:00:00.", sizeof(clock->text));
        memcpy(clock->text, text, sizeof(clock->text));
        clock->unix_s = unix_s;
    }
    access_put(writer, clock->text, sizeof(clock->text));
}

static void access_time_field(struct access_writer *writer, const char *name, uint64_t unix_ns)
{
    access_begin(writer, name);
    access_open_text(writer, false);
    access_put_date(writer, unix_ns / TIME_SECOND);
    access_put_number(writer, unix_ns % TIME_SECOND / TIME_MICROSECOND, 6);
    access_put(writer, "Z", 1);
    access_close_text(writer);
}

static void access_client_field(struct access_writer *writer, const struct access_record *record)
{
    struct access_text address = record->client_address;
    bool has_brackets = record->client_port != 0 && address.length > 0 &&
                        memchr(address.data, ':', address.length) != NULL;

    access_begin(writer, "client");
    if (address.length == 0) {
        access_put_empty(writer, false);
        return;
    }
    access_open_text(writer, false);
    if (has_brackets)
        access_put(writer, "[", 1);
    access_put_escaped(writer, address, ACCESS_SHORT_MAX);
    if (has_brackets)
        access_put(writer, "]", 1);
    if (record->client_port != 0) {
        access_put(writer, ":", 1);
        access_put_number(writer, record->client_port, 1);
    }
    access_close_text(writer);
}

static void access_request_field(struct access_writer *writer, const struct access_record *record)
{
    access_begin(writer, "request");
    if (record->method.length == 0) {
        access_put_empty(writer, true);
        return;
    }
    access_open_text(writer, true);
    access_put_escaped(writer, record->method, ACCESS_SHORT_MAX);
    access_put(writer, " ", 1);
    if (record->host.length > 0 && record->path.length > 0 && record->path.data[0] == '/') {
        access_put_string(writer, record->is_https ? "https://" : "http://");
        access_put_escaped(writer, record->host, ACCESS_SHORT_MAX + ACCESS_SHORT_MAX);
    }
    access_put_escaped(writer, record->path, ACCESS_URL_MAX);
    access_put(writer, " ", 1);
    access_put_escaped(writer, record->version, ACCESS_SHORT_MAX);
    access_close_text(writer);
}

static void access_rule_field(struct access_writer *writer, int32_t rule)
{
    access_begin(writer, "rule");
    if (rule < 0)
        access_put_string(writer, "-1");
    else
        access_put_number(writer, (uint64_t)rule, 1);
}

static void access_lists(struct access_writer *writer, const struct access_record *record)
{
    access_text_field(writer, "targets",
                      record->targets.length > 0 ? record->targets : record->target, true,
                      ACCESS_LONG_MAX);
    if (record->target_statuses.length > 0 || record->target_status == 0) {
        access_text_field(writer, "target_statuses", record->target_statuses, true,
                          ACCESS_SHORT_MAX);
        return;
    }
    access_begin(writer, "target_statuses");
    access_open_text(writer, true);
    access_put_number(writer, record->target_status, 3);
    access_close_text(writer);
}

static void access_first_half(struct access_writer *writer, const struct access_record *record)
{
    static const char *const types[] = {
#define X(name, text) text,
        ACCESS_TYPES(X)
#undef X
    };
    const char *type = record->type < ACCESS_TYPE_COUNT ? types[record->type] : "";

    access_text_field(writer, "type", access_text_of(type, strlen(type)), false, ACCESS_SHORT_MAX);
    access_time_field(writer, "time", record->ended_unix_ns);
    access_text_field(writer, "listener", record->listener, false, ACCESS_SHORT_MAX);
    access_client_field(writer, record);
    access_text_field(writer, "target", record->target, false, ACCESS_SHORT_MAX);
    access_duration_field(writer, "request_time", record->request_time_ns);
    access_duration_field(writer, "target_time", record->target_time_ns);
    access_duration_field(writer, "response_time", record->response_time_ns);
    access_status_field(writer, "status", record->status);
    access_status_field(writer, "target_status", record->target_status);
    access_number_field(writer, "received_bytes", record->received_bytes);
    access_number_field(writer, "sent_bytes", record->sent_bytes);
    access_request_field(writer, record);
    access_text_field(writer, "user_agent", record->user_agent, true, ACCESS_LONG_MAX);
}

static void access_second_half(struct access_writer *writer, const struct access_record *record)
{
    const struct access_text nothing = {0};

    access_text_field(writer, "tls_cipher", record->tls_cipher, false, ACCESS_SHORT_MAX);
    access_text_field(writer, "tls_protocol", record->tls_protocol, false, ACCESS_SHORT_MAX);
    access_text_field(writer, "group", record->group, false, ACCESS_SHORT_MAX);
    access_text_field(writer, "trace_id", record->trace_id, true, ACCESS_SHORT_MAX);
    access_text_field(writer, "server_name", record->server_name, true, ACCESS_SHORT_MAX);
    access_text_field(writer, "certificate", record->certificate, true, ACCESS_SHORT_MAX);
    access_rule_field(writer, record->rule);
    access_time_field(writer, "created", record->started_unix_ns);
    access_text_field(writer, "actions", record->actions, true, ACCESS_SHORT_MAX);
    access_text_field(writer, "redirect", record->redirect, true, ACCESS_LONG_MAX);
    access_text_field(writer, "error", record->error, true, ACCESS_SHORT_MAX);
    access_lists(writer, record);
    access_text_field(writer, "classification", nothing, true, ACCESS_SHORT_MAX);
    access_text_field(writer, "classification_reason", nothing, true, ACCESS_SHORT_MAX);
    access_text_field(writer, "connection_id", record->connection_id, false, ACCESS_SHORT_MAX);
}

size_t access_format(struct access_clock *clock, enum route_log_format format,
                     const struct access_record *record, char *data, size_t size)
{
    struct access_writer writer = {
        .data = data, .size = size, .is_json = format == ROUTE_LOG_JSON, .clock = clock};

    access_first_half(&writer, record);
    access_second_half(&writer, record);
    access_put_string(&writer, writer.is_json ? "}\n" : "\n");
    return writer.overflow ? 0 : writer.used;
}
