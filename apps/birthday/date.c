/* SPDX-License-Identifier: Apache-2.0 */
#include "birthday/date.h"

#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

static const struct date calendar_begin = {1582, 10, 15};

static bool is_leap_year(int year)
{
    return year % 4 == 0 && (year % 100 != 0 || year % 400 == 0);
}

static int days_of_month(int year, int month)
{
    static const int days[] = {31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};

    return month == 2 && is_leap_year(year) ? 29 : days[month - 1];
}

static int day_of_year(struct date date)
{
    int day = date.day;

    for (int month = 1; month < date.month; month++)
        day += days_of_month(date.year, month);
    return day;
}

static bool parse_digits(const char *text, int count, int *ret)
{
    int number = 0;

    for (int i = 0; i < count; i++) {
        if (text[i] < '0' || text[i] > '9')
            return false;
        number = number * 10 + (text[i] - '0');
    }
    *ret = number;
    return true;
}

bool date_parse(const char *text, struct date *ret)
{
    struct date date = {0};

    if (strlen(text) != DATE_TEXT_SIZE - 1 || text[4] != '-' || text[7] != '-')
        return false;
    if (!parse_digits(text, 4, &date.year) || !parse_digits(text + 5, 2, &date.month) ||
        !parse_digits(text + 8, 2, &date.day))
        return false;
    if (date.month < 1 || date.month > 12 || date.day < 1 ||
        date.day > days_of_month(date.year, date.month) || date_compare(date, calendar_begin) < 0)
        return false;
    *ret = date;
    return true;
}

int date_compare(struct date left, struct date right)
{
    if (left.year != right.year)
        return left.year - right.year;
    if (left.month != right.month)
        return left.month - right.month;
    return left.day - right.day;
}

/* The day on which it is celebrated in a year. */
static struct date birthday_in(struct date birth, int year)
{
    struct date birthday = {year, birth.month, birth.day};

    if (birthday.day > days_of_month(year, birth.month))
        birthday.day = days_of_month(year, birth.month);
    return birthday;
}

int date_days_until_birthday(struct date birth, struct date today)
{
    struct date next = birthday_in(birth, today.year);
    int days = day_of_year(next) - day_of_year(today);

    if (days >= 0)
        return days;
    next = birthday_in(birth, today.year + 1);
    return day_of_year(next) - day_of_year(today) + (is_leap_year(today.year) ? 366 : 365);
}

struct date date_today(void)
{
    const char *zone = getenv("TZ");
    time_t now = time(NULL);
    struct tm parts = {0};

    if (zone != NULL && *zone != '\0')
        (void)localtime_r(&now, &parts);
    else
        (void)gmtime_r(&now, &parts);
    return (struct date){parts.tm_year + 1900, parts.tm_mon + 1, parts.tm_mday};
}

/* "UTC0", "CET-1CEST,M3.5.0,M10.5.0/3", "<+0330>-3:30": a name, then an offset. */
static bool is_spelled_out(const char *zone)
{
    size_t name_length = 0;

    if (*zone == '<') {
        name_length = strcspn(zone, ">");
        if (zone[name_length] == '\0')
            return false;
        zone += name_length + 1;
    } else {
        while (isalpha((unsigned char)zone[name_length]))
            name_length++;
        if (name_length < 3)
            return false;
        zone += name_length;
    }
    return isdigit((unsigned char)zone[0]) ||
           (strchr("+-", zone[0]) != NULL && isdigit((unsigned char)zone[1]));
}

bool date_is_zone_known(const char *zone)
{
    const char *folder = getenv("TZDIR");
    char path[256];
    int length = 0;

    if (*zone == ':')
        zone++;
    if (strcmp(zone, "UTC") == 0 || is_spelled_out(zone))
        return true;
    if (*zone == '\0' || strstr(zone, "..") != NULL)
        return false;
    length = snprintf(path, sizeof(path), "%s/%s", folder != NULL ? folder : "/usr/share/zoneinfo",
                      zone);
    if (*zone == '/')
        length = snprintf(path, sizeof(path), "%s", zone);
    return length > 0 && (size_t)length < sizeof(path) && access(path, R_OK) == 0;
}
