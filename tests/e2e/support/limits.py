# SPDX-License-Identifier: Apache-2.0
"""What a child may do, set before it becomes slipway."""

import ctypes
import os
import resource

PR_CAPBSET_DROP = 24
CAP_DAC_OVERRIDE = 1
CAP_DAC_READ_SEARCH = 2


def obey_permissions():
    """In the child, before exec: root too reads only what the modes of files allow."""
    if os.geteuid() != 0:
        return
    library = ctypes.CDLL(None, use_errno=True)
    for capability in (CAP_DAC_OVERRIDE, CAP_DAC_READ_SEARCH):
        if library.prctl(PR_CAPBSET_DROP, capability, 0, 0, 0) != 0:
            raise OSError(ctypes.get_errno(), "cannot drop a capability")


def can_obey_permissions():
    """Whether that works here; containers may not let it."""
    process = os.fork()
    if process == 0:
        try:
            obey_permissions()
            os._exit(0)
        except OSError:
            os._exit(1)
    return os.waitpid(process, 0)[1] == 0


def limit_file_size(size_bytes):
    def limit():
        resource.setrlimit(resource.RLIMIT_FSIZE, (size_bytes, size_bytes))

    return limit
