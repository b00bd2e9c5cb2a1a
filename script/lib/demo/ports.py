# SPDX-License-Identifier: Apache-2.0
"""Which port is free, and who has one that is not."""

import errno
import os
import pathlib
import socket

ADDRESS = '127.0.0.1'
TRIES = 100
LISTENS = '0A'

# As /proc/net/tcp and tcp6 write the addresses that stand in the way of 127.0.0.1.
IN_THE_WAY = {'0100007F', '00000000', '0' * 32, '0000000000000000FFFF00000100007F'}


def problem(port):
    """Why nobody can listen there now; None when one can."""
    with socket.socket() as probe:
        # As the edge does: connections that have just ended are in nobody's way.
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((ADDRESS, port))
            probe.listen(1)
        except OSError as error:
            if error.errno == errno.EADDRINUSE:
                return f'is taken{owner(port)}'
            if error.errno in (errno.EACCES, errno.EPERM):
                return 'is for root alone'
            return f'cannot be used: {error.strerror}'
    return None


def next_free(port, but=()):
    """The first one after it that is free, or None."""
    for other in range(port + 1, min(port + TRIES, 65536)):
        if other not in but and problem(other) is None:
            return other
    return None


def owner(port):
    """" by nginx (process 7)", or "" where that cannot be told, as for processes of others."""
    wanted = {f'socket:[{inode}]' for inode in _listening(port)}
    for process in pathlib.Path('/proc').glob('[0-9]*') if wanted else ():
        try:
            for descriptor in os.scandir(process / 'fd'):
                if os.readlink(descriptor) in wanted:
                    name = (process / 'comm').read_text().strip()
                    return f' by {name} (process {process.name})'
        except OSError:
            continue
    return ''


def _listening(port):
    for table in ('tcp', 'tcp6'):
        try:
            lines = pathlib.Path('/proc/net', table).read_text().splitlines()[1:]
        except OSError:
            continue
        for line in lines:
            fields = line.split()
            address, _, number = fields[1].partition(':')
            if fields[3] == LISTENS and int(number, 16) == port and address in IN_THE_WAY:
                yield fields[9]
