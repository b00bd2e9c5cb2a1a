# SPDX-License-Identifier: Apache-2.0
"""For what cannot be waited for but by asking again."""

import time

SHORTEST_SECONDS = 0.002
LONGEST_SECONDS = 0.03


def until(condition, seconds, explain):
    """Asks until the answer is true, and returns it: often at first, and less so where it takes
    long, as asking takes its time from what is asked."""
    end = time.monotonic() + seconds
    pause = SHORTEST_SECONDS
    while True:
        answer = condition()
        if answer:
            return answer
        assert time.monotonic() < end, explain()
        time.sleep(pause)
        pause = min(1.2 * pause, LONGEST_SECONDS)
