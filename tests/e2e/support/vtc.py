# SPDX-License-Identifier: Apache-2.0
"""Runs .vtc scenarios: varnishtest has the clients and the servers, and the daemon lies between.

A scenario puts its project with

    shell { ${up} <<END ... END }

as what stands below x-slipway, where the macros of its servers may stand. ${edge_addr} and
${edge_port} are where its listener is to be; ${edge2_port} is for a second one. ${slipway} runs the
program."""

import os
import shutil
import subprocess
import tempfile

UP = """#!/bin/sh
# usage: up <x-slipway
set -eu
cd "$PROJECT_FOLDER"
{ printf 'name: %s\\nx-slipway:\\n' "$PROJECT" && sed 's/^/  /'; } >"$PROJECT.yaml"
exec "$SLIPWAY" up -f "$PROJECT.yaml"
"""


def run_scenario(path, edge):
    """What varnishtest printed, where it failed."""
    folder = tempfile.mkdtemp(prefix="vtc-")
    script = os.path.join(folder, "up")
    with open(script, "w", encoding="ascii") as file:
        file.write(UP)
    os.chmod(script, 0o755)
    macros = {
        "up": script,
        "slipway": edge.daemon.slipway,
        "edge_addr": "127.0.0.1",
        "edge_port": edge.port("web"),
        "edge2_port": edge.port("other"),
        "project": edge.name,
    }
    environment = {
        **edge.daemon.environment,
        "SLIPWAY": str(edge.daemon.slipway),
        "PROJECT": edge.name,
        "PROJECT_FOLDER": str(edge.folder),
        "TMPDIR": folder,
    }
    try:
        result = subprocess.run(
            ["varnishtest", "-t", "30", *(f"-D{name}={value}" for name, value in macros.items()), str(path)],
            cwd=folder,
            env=environment,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            errors="replace",
            check=False,
        )
    finally:
        shutil.rmtree(folder, ignore_errors=True)
    return None if result.returncode == 0 else result.stdout[-12000:]
