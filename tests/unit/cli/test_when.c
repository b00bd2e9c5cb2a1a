/* SPDX-License-Identifier: Apache-2.0 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "base/time.h"
#include "cli/deploy/when.h"

static void points_in_time_are_read(void **state)
{
    const uint64_t second = UINT64_C(1795268651) * TIME_SECOND;

    (void)state;
    assert_int_equal(when_parse("2026-11-21T13:44:11Z"), second);
    assert_int_equal(when_parse("2026-11-21T13:44:11"), second);
    assert_int_equal(when_parse("2026-11-21T13:44:11.5Z"), second + TIME_SECOND / 2);
    assert_int_equal(when_parse("2026-11-21T13:44:11.000000001Z"), second + 1);
    assert_int_equal(when_parse("2026-11-21T13:44:11.0000000019Z"), second + 1);
    assert_int_equal(when_parse("2026-11-21T15:44:11+02:00"), second);
    assert_int_equal(when_parse("2026-11-21T12:14:11-01:30"), second);
    assert_int_equal(when_parse("1970-01-02"), TIME_DAY);
}

static void others_are_none(void **state)
{
    static const char *const texts[] = {"",
                                        "now",
                                        "2026",
                                        "2026-11-21T13:44:11X",
                                        "2026-11-21T13:44:11+2:00",
                                        "2026-11-21T13:44:11+02:0x",
                                        "1960-01-01"};

    (void)state;
    for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++)
        assert_int_equal(when_parse(texts[i]), 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(points_in_time_are_read),
        cmocka_unit_test(others_are_none),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
