# SPDX-License-Identifier: Apache-2.0
"""What the report calls honoured, the engine's own inspect shows."""

import json
import re

import pytest
from support.docker_keys import ELSEWHERE, KEYS
from support.docker_stack import Failed, Stack


def fill(value, names):
    """Puts names into braces, also in keys."""
    if isinstance(value, str):
        for name, text in names.items():
            value = value.replace("{" + name + "}", text)
        return value
    if isinstance(value, dict):
        return {fill(key, names): fill(item, names) for key, item in value.items()}
    if isinstance(value, list):
        return [fill(item, names) for item in value]
    return value


def find(tree, place):
    for part in re.split(r"(?<!\\)\.", place):
        part = part.replace("\\.", ".")
        tree = tree[int(part)] if isinstance(tree, list) else tree[part]
    return tree


def order(value):
    return json.dumps(value, sort_keys=True)


def is_same(found, wanted):
    if isinstance(wanted, re.Pattern):
        return isinstance(found, str) and wanted.search(found) is not None
    if isinstance(wanted, dict):
        # The engine adds what it finds by itself, empty.
        return (isinstance(found, dict)
                and all(key in found and is_same(found[key], wanted[key]) for key in wanted)
                and not any(value for key, value in found.items() if key not in wanted))
    if isinstance(wanted, list):
        if not isinstance(found, list) or len(found) != len(wanted):
            return False
        left = list(found)
        for one in wanted:
            match = next((each for each in left if is_same(each, one)), None)
            if match is None and not (one is None and None in left):
                return False
            left.remove(match)
        return True
    return type(found) is type(wanted) and found == wanted


def indent(text, by):
    return "".join(" " * by + line + "\n" for line in text.splitlines())


@pytest.fixture(scope="module")
def keeper(engine):
    """A container of somebody else's."""
    made = engine.api.json("POST", "/containers/create", {"Image": "slipway.test/base"})
    yield made["Id"]
    engine.api.call("DELETE", f"/containers/{made['Id']}", query={"force": 1})


PROBES = {
    "BlkioWeight": {"BlkioWeight": 300},
    "BlkioWeightDevice": {"BlkioWeightDevice": [{"Path": "/dev/null", "Weight": 400}]},
    "CpuRealtimePeriod": {"CpuRealtimePeriod": 950000, "CpuRealtimeRuntime": 10000},
    "MemorySwap": {"Memory": 64 << 20, "MemorySwap": 128 << 20},
    "MemorySwappiness": {"MemorySwappiness": 0},
    "OomKillDisable": {"OomKillDisable": True, "Memory": 64 << 20},
}


def knows(engine, key):
    """Whether the machine can do it at all: the engine drops what it cannot."""
    if not key.machine:
        return True
    body = {"Image": key.image, "HostConfig": PROBES[key.machine]}
    made = engine.api.json("POST", "/containers/create", body)
    try:
        found = engine.api.json("GET", f"/containers/{made['Id']}/json")["HostConfig"]
        return found[key.machine] == PROBES[key.machine][key.machine]
    finally:
        engine.api.call("DELETE", f"/containers/{made['Id']}")


def refusal_of(engine, key):
    """What the refusal names where the engine or the machine cannot do it; "" where they can."""
    version = int(engine.api.json("GET", "/version")["ApiVersion"].partition(".")[2])
    if key.since <= version:
        return key.refused
    last = key.paths.split()[-1].rpartition(".")[2]
    return f"version 1.{key.since}|{last}|{last.replace('_', '')}"


def is_of_a_service_alone(key):
    return not (key.top or key.of or key.since or key.refused or key.machine)


def service_of(key, names, name="one"):
    return f"  {name}:\n" + indent(f"image: {key.image}\n{fill(key.service, names)}", 4)


def names_in(stack, keeper):
    return {"project": stack.name, "folder": str(stack.folder), "keeper": keeper}


@pytest.fixture(scope="module")
def together(driver, engine, keeper, tmp_path_factory):
    """One project with a service for each key that needs nothing else."""
    made = Stack(driver, engine, tmp_path_factory.mktemp("together"))
    names = names_in(made, keeper)
    made.compose("services:\n" + "".join(
        service_of(key, names, f"key{number}") for number, key in enumerate(KEYS)
        if is_of_a_service_alone(key)))
    made("prepare")
    yield made
    made.clear()


def assert_shown(inspected, key, names):
    for place, wanted in fill(key.shows, names).items():
        found = find(inspected, fill(place, names))
        assert is_same(found, wanted), f"{place} is {found!r}, and not {wanted!r}"


def of_kind(is_alone):
    numbers = [number for number, key in enumerate(KEYS) if is_of_a_service_alone(key) == is_alone]
    return pytest.mark.parametrize("number", numbers, ids=lambda number: str(KEYS[number]))


@of_kind(True)
def test_the_engine_shows_what_a_service_says(together, keeper, number):
    made = together.create(f"key{number}")
    assert_shown(together.inspect(made["id"]), KEYS[number], names_in(together, keeper))


@of_kind(False)
def test_the_engine_shows_it(stack, engine, keeper, number):
    key = KEYS[number]
    if not knows(engine, key):
        pytest.skip(f"the machine has no {key.machine}; test_docker_container.c shows what is sent")
    names = names_in(stack, keeper)
    stack.compose(f"services:\n{service_of(key, names)}{fill(key.top, names)}\n")
    refusal = refusal_of(engine, key)
    if refusal:
        with pytest.raises(Failed, match=f"(?i){refusal}"):
            stack("prepare")
            stack.create("one")
        assert stack.list("containers") == []
        return
    stack("prepare")
    made = stack.create("one")
    kind, _, name = fill(key.of, names).partition(" ")
    assert_shown(engine.api.json("GET", f"/{kind}s/{name}") if kind else stack.inspect(made["id"]),
                 key, names)


def test_every_honoured_key_is_tried(stack):
    stack.compose("services: {}\n")
    honoured = set(stack("honoured").split())
    tried = {path for key in KEYS for path in key.names()}
    assert honoured - tried - set(ELSEWHERE) == set(), "not tried"
    assert tried - honoured == set(), "tried, but not called honoured"
    assert set(ELSEWHERE) - honoured == set()


def test_an_unknown_place_fails():
    """The comparison itself notices."""
    assert not is_same({"a": 1, "b": 2}, {"a": 1})
    assert is_same({"a": 1, "b": ""}, {"a": 1})
    assert not is_same([1, 2], [1])
    assert not is_same(True, 1)
