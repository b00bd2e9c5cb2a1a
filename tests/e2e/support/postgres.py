# SPDX-License-Identifier: Apache-2.0
"""An image of this machine's PostgreSQL, without its package manager and all."""

import subprocess
from pathlib import Path

FOLDER = next(iter(sorted(Path("/usr/lib/postgresql").glob("*"))), None)
OWNER = 70
ENTRY = b"""#!/bin/sh
set -e
if [ -n "$BROKEN" ]; then
    echo "database: the files are of a version that is not known here" >&2
    exit 1
fi
if [ ! -s /data/PG_VERSION ]; then
    initdb -D /data -A trust -U postgres -N --locale=C -E UTF8 >/dev/null
    echo "host all all all trust" >>/data/pg_hba.conf
fi
exec postgres -D /data -h 0.0.0.0 -k /tmp -c fsync=off -c cluster_name="$EDITION"
"""


def is_there():
    return FOLDER is not None and (FOLDER / "bin" / "postgres").exists()


def libraries(programs):
    """What the programs need, by the names under which they are looked for."""
    found = {}
    for program in programs:
        for line in subprocess.run(
            ["ldd", program], capture_output=True, text=True, check=True
        ).stdout.splitlines():
            path = next((word for word in line.split() if word.startswith("/")), None)
            if path:
                found[path.lstrip("/")] = str(Path(path).resolve())
    return found


def make_image(engine, name, edition, **environment):
    programs = [FOLDER / "bin" / "postgres", FOLDER / "bin" / "initdb"]
    modules = [FOLDER / "lib" / f"{each}.so" for each in ("plpgsql", "dict_snowball")]
    share = Path("/usr/share/postgresql") / FOLDER.name
    files = {
        "bin/busybox": "/bin/busybox",
        "bin/sh": ("link", "busybox"),
        "bin/entry": (ENTRY, 0o755, 0),
        "data": (None, 0o700, OWNER),
        "tmp": (None, 0o1777, 0),
        "run/postgresql": (None, 0o1777, 0),
        "var/run": ("link", "/run"),
        "etc/passwd": (f"postgres:x:{OWNER}:{OWNER}::/:/bin/sh\n".encode(), 0o644, 0),
        "etc/group": (f"postgres:x:{OWNER}:\n".encode(), 0o644, 0),
        **libraries([*programs, *modules]),
    }
    for path in (*programs, *modules):
        files[str(path).lstrip("/")] = str(path)
    for path in share.rglob("*"):
        if path.is_file() and path.suffix not in {".gz"} and "man" not in path.parts:
            files[str(path).lstrip("/")] = (str(path.resolve()), 0o644, 0)
    for path in Path("/usr/share/zoneinfo").glob("UTC"):
        files[str(path).lstrip("/")] = (str(path.resolve()), 0o644, 0)
    changes = [
        'ENTRYPOINT ["/bin/entry"]',
        f"USER {OWNER}",
        f"ENV PATH={FOLDER}/bin:/bin",
        f"ENV EDITION={edition}",
        "VOLUME /data",
        *(f"ENV {key}={value}" for key, value in environment.items()),
    ]
    return engine.make_image(name, files, changes)


def ask(space, port, text, timeout_s=10):
    """What a client of its own gets for one statement. Raises an error where it fails."""
    done = subprocess.run(
        [*space.prefix, str(FOLDER / "bin" / "psql"), "-X", "-A", "-t", "-q"]
        + ["-h", "127.0.0.1", "-p", str(port), "-U", "postgres", "-d", "postgres", "-c", text],
        env={"PATH": "/usr/bin:/bin", "PGCONNECT_TIMEOUT": str(timeout_s), "HOME": "/nonexistent"},
        capture_output=True,
        text=True,
        timeout=timeout_s + 20,
        check=False,
    )
    if done.returncode != 0:
        raise OSError(done.stderr.strip())
    return done.stdout.strip()
