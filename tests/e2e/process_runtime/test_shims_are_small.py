# SPDX-License-Identifier: Apache-2.0
"""What watches over an instance costs little: it is there once for each of them."""

import re
from pathlib import Path

OWN_KIB_MAX = 200
COUNT = 10


def memory(pid):
    text = Path(f"/proc/{pid}/smaps_rollup").read_text()
    return {name: int(size) for name, size in re.findall(r"(\w+): +(\d+) kB", text)}


def shims(stack):
    folders = (stack.state_folder / "instances" / stack.name).iterdir()
    return [int(re.search(r"^shim (\d+)$", (each / "status").read_text(), re.M)[1]) for each in folders]


def test_memory_of_many(stack):
    script = "seq 2000; while :; do sleep 1; done"
    service = stack.native("/bin/sh", "-c", script, deploy={"replicas": COUNT}, restart="always")
    service["healthcheck"] = {"test": ["CMD", "true"], "interval": "100ms"}
    stack.write({"name": stack.name, "services": {"many": service}})
    stack.up()
    pids = shims(stack)
    assert len(pids) == COUNT
    found = [memory(pid) for pid in pids]
    own = [each["Anonymous"] for each in found]
    assert max(own) < OWN_KIB_MAX, own
    # The program itself is one piece of memory for all of them.
    assert sum(each["Pss"] for each in found) < COUNT * OWN_KIB_MAX + 1000, found
