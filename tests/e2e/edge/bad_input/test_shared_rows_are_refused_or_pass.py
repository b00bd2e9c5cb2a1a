# SPDX-License-Identifier: Apache-2.0

import pytest

from support.bad_input import SHARED, check_passing, check_refusal, shared_rows

ROWS = shared_rows()


@pytest.mark.skipif(not ROWS, reason=f"{SHARED} is not there")
@pytest.mark.parametrize("row", ROWS, ids=[row.id for row in ROWS])
def test_row(forwarding_edge, origin, row):
    if row.sees is not None:
        check_passing(forwarding_edge, origin, row)
    else:
        check_refusal(forwarding_edge, origin, row)
