/* SPDX-License-Identifier: Apache-2.0 */
/* Calendar dates, and how far a birthday is. Pure functions, but for date_today(). */
#pragma once

#include <stdbool.h>

struct date {
    int year;
    int month; /* 1 to 12 */
    int day;   /* 1 to 31 */
};

/* Length of "YYYY-MM-DD" with its NUL. */
#define DATE_TEXT_SIZE 11

/*
 * Exactly "YYYY-MM-DD" in ASCII digits, a day that the calendar has. The calendar is the Gregorian
 * one, which begins on 1582-10-15: an earlier date is refused.
 */
bool date_parse(const char *text, struct date *ret);

/* Negative, 0, positive as by memcmp(). */
int date_compare(struct date left, struct date right);

/*
 * Days from today until the birthday comes next; 0 when it is today. Who was born on 29 February
 * celebrates on 28 February in years without that day.
 */
int date_days_until_birthday(struct date birth, struct date today);

/* Today by TZ, if that is set, else in UTC: the machine's own /etc/localtime does not count, so
 * that replicas on several machines agree. */
struct date date_today(void);

/*
 * Whether TZ, as the C library reads it, is known here. The library itself would take an unknown
 * zone for UTC without a word; an image made FROM scratch has no zones but those spelled out as
 * POSIX does ("CET-1CEST,M3.5.0,M10.5.0/3").
 */
bool date_is_zone_known(const char *zone);
