# SPDX-License-Identifier: Apache-2.0
"""Whether native instances can have a view of the files of their own here, with their /etc/hosts."""

import os
from pathlib import Path

WHY_NOT = "only root, and not in a chroot, can give an instance its own /etc/hosts"


def can_have_own_view():
    if os.geteuid() != 0:
        return False
    places = (line.split()[4] for line in Path("/proc/self/mountinfo").read_text().splitlines())
    return "/" in places  # a chroot has no mount to detach from the machine's
