# SPDX-License-Identifier: Apache-2.0

from support.accounting import unaccounted
from support.samples import files_of


def test_every_key_is_found_in_its_canonical_place(loaded):
    lost, seen = unaccounted(files_of(loaded.folder), loaded.output("json").json)
    assert lost == []
    assert seen >= 3


def test_yaml_has_the_same_keys(loaded):
    lost, _ = unaccounted(files_of(loaded.folder), loaded.output("yaml").yaml)
    assert lost == []
