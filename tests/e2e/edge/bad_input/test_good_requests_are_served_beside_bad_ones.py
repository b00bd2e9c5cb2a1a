# SPDX-License-Identifier: Apache-2.0
"""Garbage from some clients does nothing to others, on any thread."""

import random
import threading

from support.origin import answer

SEED = 11


def test_good_requests_are_served_beside_bad_ones(edge):
    origin = edge.origin(lambda request: answer(request.target.encode()))
    edge.forward(origin)
    stop = threading.Event()

    def disturb(seed):
        choice = random.Random(seed)
        good = b"POST /bad HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n0\r\n\r\n"
        while not stop.is_set():
            client = edge.connect()
            data = bytearray(good)
            for _ in range(choice.randrange(1, 4)):
                data[choice.randrange(len(data))] = choice.randrange(256)
            client.send(bytes(data))
            if choice.random() < 0.5:
                client.reset()
            else:
                client.shut()
                client.rest()
                client.close()
            edge.closed_at_end.remove(client)

    threads = [threading.Thread(target=disturb, args=(SEED + number,)) for number in range(3)]
    for thread in threads:
        thread.start()
    client = edge.connect()
    try:
        for number in range(150):
            assert client.get(f"/{number}").body == b"/%d" % number
    finally:
        stop.set()
        for thread in threads:
            thread.join()
    # Some of the garbage is a request after all; what arrives is one in any case.
    assert not origin.faults
