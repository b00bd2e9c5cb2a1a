# SPDX-License-Identifier: Apache-2.0

import pytest


@pytest.mark.parametrize("key", ["dns", "dns_search", "tmpfs"])
def test_string_becomes_a_list(web, key):
    assert web(f"{key}: /one")[key] == ["/one"]
    assert web(f"{key}: [/one, /two]")[key] == ["/one", "/two"]
