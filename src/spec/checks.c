/* SPDX-License-Identifier: Apache-2.0 */
#include "spec/checks.h"

#include <arpa/inet.h>
#include <ctype.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include "base/text.h"

enum {
    UNIX_PATH_LENGTH_MAX = 107 /* of the system */
};

static bool is_letter_or_digit(char character)
{
    return (character >= 'a' && character <= 'z') || (character >= 'A' && character <= 'Z') ||
           (character >= '0' && character <= '9');
}

static bool is_digit(char character)
{
    return character >= '0' && character <= '9';
}

static bool all_in(const char *text, size_t length, const char *also)
{
    for (size_t i = 0; i < length; i++)
        if (!is_letter_or_digit(text[i]) && strchr(also, text[i]) == NULL)
            return false;
    return true;
}

/* A whole decimal number up to maximum; -1 for anything else. */
static long to_number(const char *text, size_t length, long maximum)
{
    long number = 0;

    if (length == 0 || length > 9)
        return -1;
    for (size_t i = 0; i < length; i++) {
        if (!is_digit(text[i]))
            return -1;
        number = number * 10 + (text[i] - '0');
    }
    return number <= maximum ? number : -1;
}

bool check_container_name(const char *text)
{
    /* As the specification's pattern has it, which is not anchored: two good characters in a row.
     */
    for (; *text != '\0'; text++)
        if (is_letter_or_digit(text[0]) && text[1] != '\0' && all_in(text + 1, 1, "_.-"))
            return true;
    return false;
}

bool check_ip_address(const char *text)
{
    unsigned char address[sizeof(struct in6_addr)];

    return inet_pton(AF_INET, text, address) == 1 || inet_pton(AF_INET6, text, address) == 1;
}

bool check_cidr(const char *text)
{
    const char *slash = strchr(text, '/');
    char address[INET6_ADDRSTRLEN];
    size_t length = slash != NULL ? (size_t)(slash - text) : strlen(text);
    bool ipv6;

    if (length >= sizeof(address))
        return false;
    memcpy(address, text, length);
    address[length] = '\0';
    if (!check_ip_address(address))
        return false;
    ipv6 = strchr(address, ':') != NULL;
    return slash == NULL || to_number(slash + 1, strlen(slash + 1), ipv6 ? 128 : 32) >= 0;
}

/* ([0-9]+[wdhms])+ */
static bool is_refresh_interval(const char *text)
{
    if (*text == '\0')
        return false;
    while (*text != '\0') {
        size_t digits = strspn(text, "0123456789");

        if (digits == 0 || text[digits] == '\0' || strchr("wdhms", text[digits]) == NULL)
            return false;
        text += digits + 1;
    }
    return true;
}

bool check_pull_policy(const char *text)
{
    static const char *const known[] = {"always",  "never",   "build", "if_not_present",
                                        "missing", "refresh", "daily", "weekly"};

    for (size_t i = 0; i < sizeof(known) / sizeof(known[0]); i++)
        if (strcmp(text, known[i]) == 0)
            return true;
    return text_starts_with(text, "every_") && is_refresh_interval(text + strlen("every_"));
}

/* HOST of "HOST:PORT", without the brackets of an IPv6 address; NULL where the text is no such
 * thing. The port is checked. */
static const char *split_port(const char *text, size_t *ret_length)
{
    const char *colon = strrchr(text, ':');
    size_t length;

    if (colon == NULL || colon[1] == '0' || to_number(colon + 1, strlen(colon + 1), 65535) < 1)
        return NULL;
    length = (size_t)(colon - text);
    if (length > 2 && text[0] == '[' && text[length - 1] == ']' &&
        memchr(text, ':', length) != NULL) {
        *ret_length = length - 2;
        return text + 1;
    }
    if (memchr(text, ':', length) != NULL || memchr(text, '[', length) != NULL)
        return NULL;
    *ret_length = length;
    return text;
}

static bool is_address(const char *text, size_t length)
{
    char address[INET6_ADDRSTRLEN];

    if (length >= sizeof(address))
        return false;
    memcpy(address, text, length);
    address[length] = '\0';
    return check_ip_address(address);
}

bool check_listen_address(const char *text)
{
    size_t length;
    const char *host = split_port(text, &length);

    return host != NULL && (length == 0 || is_address(host, length));
}

bool check_target_address(const char *text)
{
    size_t length;
    const char *host;

    if (text_starts_with(text, "unix:"))
        return text[strlen("unix:")] == '/' &&
               strlen(text) - strlen("unix:") <= UNIX_PATH_LENGTH_MAX;
    host = split_port(text, &length);
    if (host == NULL || length == 0)
        return false;
    return host[-(host != text)] == '[' ? is_address(host, length) : all_in(host, length, ".-_");
}

bool check_url_path(const char *text)
{
    return text[0] == '/' && check_url_path_pattern(text);
}

bool check_url_path_pattern(const char *text)
{
    if (text[0] != '/' && text[0] != '*' && text[0] != '?')
        return false;
    for (; *text != '\0'; text++)
        if ((unsigned char)*text <= ' ' || *text == '#' || *text == 0x7f)
            return false;
    return true;
}

bool check_host_pattern(const char *text)
{
    size_t length = strlen(text);

    /* An IPv6 address, as it stands in a Host. */
    if (text[0] == '[')
        return length > 2 && text[length - 1] == ']' && memchr(text, ':', length) != NULL &&
               is_address(text + 1, length - 2);
    return length > 0 && all_in(text, length, ".-_*?");
}

bool check_http_method(const char *text)
{
    for (const char *at = text; *at != '\0'; at++)
        if (!((*at >= 'A' && *at <= 'Z') || *at == '-' || *at == '_'))
            return false;
    return *text != '\0';
}

bool check_header_name(const char *text)
{
    return *text != '\0' && all_in(text, strlen(text), "!#$%&'*+-.^_`|~");
}

bool check_status_list(const char *text)
{
    for (;;) {
        size_t part = strcspn(text, ",");
        const char *dash = memchr(text, '-', part);
        size_t first = dash != NULL ? (size_t)(dash - text) : part;
        long from = to_number(text, first, 499);
        long to = dash != NULL ? to_number(dash + 1, part - first - 1, 499) : from;

        if (from < 200 || to < from)
            return false;
        if (text[part] == '\0')
            return true;
        text += part + 1;
    }
}

bool check_header_value(const char *text)
{
    for (; *text != '\0'; text++)
        if (((unsigned char)*text < ' ' && *text != '\t') || *text == 0x7f)
            return false;
    return true;
}

bool check_path_template(const char *text)
{
    if (text[0] != '/')
        return false;
    for (; *text != '\0'; text++)
        if ((unsigned char)*text <= ' ' || (unsigned char)*text >= 0x7f || *text == '?' ||
            (*text == '#' && text[1] != '{'))
            return false;
    return true;
}

bool check_rewrite_path(const char *text)
{
    return check_path_template(text) && strchr(text, '#') == NULL;
}

bool check_rate(const char *text)
{
    size_t digits = strspn(text, "0123456789");

    return to_number(text, digits, 1000000) > 0 && text[digits] == '/' &&
           text[digits + 1] != '\0' && strchr("smhd", text[digits + 1]) != NULL &&
           text[digits + 2] == '\0';
}

bool check_loopback_address(const char *text)
{
    return check_listen_address(text) &&
           (text_starts_with(text, "127.") || text_starts_with(text, "[::1]:"));
}
