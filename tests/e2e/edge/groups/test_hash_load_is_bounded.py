# SPDX-License-Identifier: Apache-2.0

import threading

from support.edge import wait_until
from support.origin import answer


def test_one_busy_key_overflows_to_others(edge):
    """All in flight are of one key; none may have more than 1.25 of its share."""
    release = threading.Event()

    def wait(request):
        release.wait(20)
        return answer()

    origins = [edge.origin(wait) for _ in range(4)]
    edge.forward(*origins, group={"algorithm": "hash", "hash": {"by": "header", "name": "X-User"}})
    for count in range(1, 41):
        edge.connect().send(b"GET / HTTP/1.1\r\nHost: a\r\nX-User: same\r\n\r\n")
        wait_until(lambda: sum(len(origin.requests) for origin in origins) >= count)
    try:
        assert max(len(origin.requests) for origin in origins) <= 18
    finally:
        release.set()
