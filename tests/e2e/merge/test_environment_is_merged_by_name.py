# SPDX-License-Identifier: Apache-2.0

import pytest


@pytest.mark.parametrize("base", ["[A=1, B=1]", "{A: 1, B: 1}"])
@pytest.mark.parametrize("override", ["[B=2, C=2]", "{B: 2, C: 2}"])
def test_every_pair_of_forms(merged, base, override):
    environment = merged(f"environment: {base}", f"environment: {override}")["environment"]
    assert environment == {"A": "1", "B": "2", "C": "2"}


@pytest.mark.parametrize("override", ["[A]", "{A: }"])
def test_name_without_value_is_passed_through_again(merged, override):
    assert merged("environment: {A: 1}", f"environment: {override}")["environment"] == {"A": None}


def test_build_argument_without_value_too(merged):
    build = merged("build: {context: /a, args: {A: 1}}", "build: {args: [A]}")["build"]
    assert build["args"] == {"A": None}
