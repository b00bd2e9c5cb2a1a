# SPDX-License-Identifier: Apache-2.0

import pytest


@pytest.mark.parametrize(
    "written, canonical",
    [
        ("1024", "1024"),
        ("10b", "10"),
        ("1k", "1024"),
        ("1K", "1024"),
        ("1kb", "1024"),
        ("1KiB", "1024"),
        ("64m", "67108864"),
        ("64M", "67108864"),
        ("1.5gb", "1610612736"),
        ("1 GB", "1073741824"),
        ("2g", "2147483648"),
        ("1t", "1099511627776"),
        ("'300000000'", "300000000"),
    ],
)
def test_size_is_bytes_in_text(project, written, canonical):
    project.compose(f"services: {{web: {{image: x, mem_limit: {written}}}}}")
    assert project.service()["mem_limit"] == canonical


@pytest.mark.parametrize("written", ["x", "1x", "1kbb", "-5m", "m", "''", "'1,5g'", "99999999p"])
def test_nonsense_is_refused(project, written):
    project.compose(f"services: {{web: {{image: x, mem_limit: {written}}}}}")
    assert project.mistake()["path"] == "services.web.mem_limit"
