# SPDX-License-Identifier: Apache-2.0

"""The walk is worth nothing if it finds everything everywhere."""

import copy

from support.accounting import unaccounted
from support.samples import files_of


def without(value, path):
    """A copy of the tree that lacks one key."""
    value = copy.deepcopy(value)
    inner = value
    for step in path[:-1]:
        inner = inner[step]
    del inner[path[-1]]
    return value


def keys_of(value, path=()):
    if isinstance(value, dict):
        for key, inner in value.items():
            yield (*path, key)
            yield from keys_of(inner, (*path, key))


def test_each_key_that_was_written_is_missed_when_it_is_gone(all_loaded):
    for name in ("shop-with-cache", "swarm-stack", "native-and-balanced", "static-addresses"):
        loaded = all_loaded[name]
        files = files_of(loaded.folder)
        text = files[0].read_text(encoding="utf-8")
        output = loaded.output("json").json
        for path in list(keys_of(output)):
            if text.count(f"{path[-1]}:") == 1 and path[-1] not in ("name", "command"):
                lost, _ = unaccounted(files, without(output, path))
                assert lost, f"{name}: {path} is not missed"


def test_changed_value_is_noticed(all_loaded):
    loaded = all_loaded["swarm-stack"]
    output = loaded.output("json").json
    output["services"]["web"]["deploy"]["replicas"] = 7
    lost, _ = unaccounted(files_of(loaded.folder), output)
    assert lost == ["services.web.deploy.replicas"]
