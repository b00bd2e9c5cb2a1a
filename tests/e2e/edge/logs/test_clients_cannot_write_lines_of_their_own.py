# SPDX-License-Identifier: Apache-2.0

import pytest

from support.access_log import AccessLog

HOSTILE = (
    'a" 200 - "GET http://b/ HTTP/1.1',
    "a\\",
    'a\\" b',
    '{"status": 200}',
    "\t tab",
    "\x80\xff\xc3\x28 not UTF-8",
    "\xe2\x80\xa8 a line end of Unicode",
    "\xc2\x9b31m a control of Unicode",
    "%0d%0a200",
    "x" * 8000,
)


@pytest.mark.parametrize("format", ["json", "fields"])
def test_by_what_they_send(edge, format):
    log = AccessLog(edge, format)
    edge.forward(edge.origin(name="a"), access_log=log.settings)
    with edge.connect() as client:
        for text in HOSTILE:
            assert client.get(headers={"User-Agent": text, "X-Request-Id": text[:100]}).status == 200
        for target in ('/"', "/\\", "/'x", '/?{"a":"b"}', "/" + "y" * 8000):
            assert client.get(target).status == 200
    records = log.records(len(HOSTILE) + 5)
    assert all(str(record["status"]) == "200" for record in records)
    assert all(record["listener"] == "web" and record["group"] == "app" for record in records)
    if format == "json":
        assert records[0]["user_agent"] == HOSTILE[0]
