# SPDX-License-Identifier: Apache-2.0

import re

from support.origin import answer

DATE = re.compile(r"(Mon|Tue|Wed|Thu|Fri|Sat|Sun), \d\d [A-Z][a-z]{2} \d{4} \d\d:\d\d:\d\d GMT")


def test_date_is_added_where_missing(edge):
    edge.forward(edge.origin())
    assert DATE.fullmatch(edge.get().header("date"))


def test_date_of_the_target_stays(edge):
    edge.forward(edge.origin(lambda request: answer(headers={"Date": "Tue, 15 Nov 1994 08:12:31 GMT"})))
    assert edge.get().header("date") == "Tue, 15 Nov 1994 08:12:31 GMT"
