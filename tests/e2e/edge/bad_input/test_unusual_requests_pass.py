# SPDX-License-Identifier: Apache-2.0
"""What is unusual but in no doubt goes on, framed anew."""

import pytest

from support.bad_input import check_passing, own_rows

ROWS = [row for row in own_rows() if row.sees is not None]


@pytest.mark.parametrize("row", ROWS, ids=[row.id for row in ROWS])
def test_unusual_request_passes(forwarding_edge, origin, row):
    check_passing(forwarding_edge, origin, row)
