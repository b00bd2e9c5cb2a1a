# SPDX-License-Identifier: Apache-2.0
"""Which binary is tested, and whether it was built with sanitizers."""

import os
from functools import lru_cache
from pathlib import Path

REPOSITORY = Path(__file__).resolve().parents[3]


@lru_cache(maxsize=None)
def find_binary():
    """SLIPWAY names it; otherwise build/slipway, otherwise the newest build of the repository."""
    named = os.environ.get("SLIPWAY")
    if named:
        candidates = [Path(named).resolve()]
    else:
        candidates = [REPOSITORY / "build" / "slipway"]
        others = [*REPOSITORY.glob("build*/slipway"), *REPOSITORY.glob("build*/*/slipway")]
        others = [path for path in others if path.is_file()]
        candidates += sorted(others, key=lambda path: path.stat().st_mtime, reverse=True)
    for path in candidates:
        if path.is_file() and os.access(path, os.X_OK):
            return path
    raise SystemExit(f"no binary to test: tried {', '.join(map(str, candidates))}; set SLIPWAY")


@lru_cache(maxsize=None)
def has_address_sanitizer():
    """Its shadow takes terabytes of addresses, so address space cannot be limited under it."""
    return b"__asan_init" in find_binary().read_bytes()
