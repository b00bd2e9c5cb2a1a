/* SPDX-License-Identifier: Apache-2.0 */
#include "common/tests/check.h"

#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "birthday/date.h"

#define DAY_S 86400L

/* The C library's calendar: independent of ours. */
static struct date date_of_day(long day)
{
    time_t seconds = day * DAY_S;
    struct tm parts;

    assert_non_null(gmtime_r(&seconds, &parts));
    return (struct date){parts.tm_year + 1900, parts.tm_mon + 1, parts.tm_mday};
}

static long day_of_date(int year, int month, int day)
{
    struct tm parts = {.tm_year = year - 1900, .tm_mon = month - 1, .tm_mday = day};

    return timegm(&parts) / DAY_S;
}

static bool is_celebrated(struct date birth, long day)
{
    struct date date = date_of_day(day);

    if (date.month == birth.month && date.day == birth.day)
        return true;
    return birth.month == 2 && birth.day == 29 && date.month == 2 && date.day == 28 &&
           date_of_day(day + 1).day == 1;
}

/* From the last day backwards: the next birthday is today, or one day further than for tomorrow. */
static void check_birth_over(struct date birth, int first_year, int last_year)
{
    long first = day_of_date(first_year, 1, 1);
    long last = day_of_date(last_year, 12, 31);
    int days = -1;

    for (long day = last; day >= first; day--) {
        if (is_celebrated(birth, day))
            days = 0;
        else if (days >= 0)
            days++;
        if (days >= 0)
            assert_int_equal(date_days_until_birthday(birth, date_of_day(day)), days);
    }
}

static void days_are_counted_over_all_years(void **state)
{
    (void)state;
    /* Every day of a leap year as a birthday; years around leap years, and 2100, which is none. */
    for (long day = day_of_date(1996, 1, 1); day <= day_of_date(1996, 12, 31); day++) {
        check_birth_over(date_of_day(day), 2023, 2029);
        check_birth_over(date_of_day(day), 2099, 2101);
    }
    check_birth_over((struct date){1996, 2, 29}, 1890, 2110);
    check_birth_over((struct date){1997, 2, 28}, 1890, 2110);
    check_birth_over((struct date){1997, 3, 1}, 1890, 2110);
    check_birth_over((struct date){1997, 12, 31}, 1890, 2110);
}

static void the_29th_of_february(void **state)
{
    const struct date birth = {2000, 2, 29};

    (void)state;
    assert_int_equal(date_days_until_birthday(birth, (struct date){2023, 2, 28}), 0);
    assert_int_equal(date_days_until_birthday(birth, (struct date){2023, 3, 1}), 365);
    assert_int_equal(date_days_until_birthday(birth, (struct date){2024, 2, 28}), 1);
    assert_int_equal(date_days_until_birthday(birth, (struct date){2024, 2, 29}), 0);
    assert_int_equal(date_days_until_birthday(birth, (struct date){2024, 3, 1}), 364);
    assert_int_equal(date_days_until_birthday(birth, (struct date){2100, 2, 28}), 0);
}

static void each_day_of_the_calendar_parses_and_no_other(void **state)
{
    (void)state;
    for (int year = 1580; year <= 2110; year += year == 1600 || year == 1720 ? 90 : 1) {
        for (int month = 0; month <= 13; month++) {
            for (int day = 0; day <= 32; day++) {
                long at = day_of_date(year, month, day);
                struct date expected = date_of_day(at);
                struct date date = {0};
                bool is_real = expected.month == month && expected.day == day &&
                               at >= day_of_date(1582, 10, 15);
                char text[32];

                (void)snprintf(text, sizeof(text), "%04d-%02d-%02d", year, month, day);
                assert_int_equal(date_parse(text, &date), is_real);
                if (is_real)
                    assert_int_equal(date_compare(date, expected), 0);
            }
        }
    }
}

static void other_forms_are_refused(void **state)
{
    static const char *const bad[] = {
        "",           "2000-1-1",    "2000-01-1",  "20000-01-01", "2000-01-01 ",    " 2000-01-01",
        "2000/01/01", "2000-01-01T", "01-01-2000", "+200-01-01",  "2000-01-0x",     "2000-0a-01",
        "-200-01-01", "2000-00-01",  "0000-01-01", "20000101",    "２０００-01-01", "2000-01-01\n",
        "2000- 1- 1", "1900-02-29"};
    struct date date = {0};

    (void)state;
    for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
        assert_false(date_parse(bad[i], &date));
    assert_true(date_parse("2000-02-29", &date));
}

static void today_is_by_tz_or_utc(void **state)
{
    struct date west;
    struct date east;
    struct date before;
    struct date utc;

    (void)state;
    (void)setenv("TZ", "WWW+23:59", 1);
    tzset();
    west = date_today();
    (void)setenv("TZ", "EEE-23:59", 1);
    tzset();
    east = date_today();
    assert_true(date_compare(west, east) < 0);
    (void)unsetenv("TZ");
    tzset();
    do {
        before = date_of_day(time(NULL) / DAY_S);
        utc = date_today();
    } while (date_compare(before, date_of_day(time(NULL) / DAY_S)) != 0);
    assert_int_equal(date_compare(before, utc), 0);
}

static void unknown_zones_are_noticed(void **state)
{
    static const char *const known[] = {"UTC", ":UTC", "UTC0", "CET-1CEST,M3.5.0,M10.5.0/3",
                                        "<+0330>-3:30"};
    static const char *const unknown[] = {
        "Mars/Phobos", "CET-", "X1", "../../../etc/passwd", "<x", "/nowhere/zone", ":", "1"};

    (void)state;
    for (size_t i = 0; i < sizeof(known) / sizeof(known[0]); i++)
        assert_true(date_is_zone_known(known[i]));
    for (size_t i = 0; i < sizeof(unknown) / sizeof(unknown[0]); i++)
        assert_false(date_is_zone_known(unknown[i]));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(days_are_counted_over_all_years),
        cmocka_unit_test(the_29th_of_february),
        cmocka_unit_test(each_day_of_the_calendar_parses_and_no_other),
        cmocka_unit_test(other_forms_are_refused),
        cmocka_unit_test(today_is_by_tz_or_utc),
        cmocka_unit_test(unknown_zones_are_noticed),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
