# SPDX-License-Identifier: Apache-2.0

import pytest


@pytest.mark.parametrize("key", ["labels", "annotations", "sysctls"])
@pytest.mark.parametrize("base", ["[a=1, b=1]", "{a: 1, b: 1}"])
@pytest.mark.parametrize("override", ["[b=2, c=2]", "{b: 2, c: 2}"])
def test_every_pair_of_forms(merged, key, base, override):
    assert merged(f"{key}: {base}", f"{key}: {override}")[key] == {"a": "1", "b": "2", "c": "2"}


def test_storage_options_and_driver_options(merged):
    web = merged("storage_opt: {a: 1, b: 1}", "storage_opt: {b: 2}")
    assert web["storage_opt"] == {"a": "1", "b": "2"}
