# SPDX-License-Identifier: Apache-2.0
"""Each row whole, in pieces, byte by byte, and behind a good request on the same connection."""

import pytest

from support.bad_input import check_refusal, own_rows

ROWS = [row for row in own_rows() if row.statuses]


@pytest.mark.parametrize("row", ROWS, ids=[row.id for row in ROWS])
def test_request_in_doubt_is_refused(forwarding_edge, origin, row):
    check_refusal(forwarding_edge, origin, row)
