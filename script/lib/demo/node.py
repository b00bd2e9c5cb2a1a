# SPDX-License-Identifier: Apache-2.0
"""The daemon of the demo, in folders of its own, and everything that runs under it."""

import http.client
import json
import os
import pathlib
import shlex
import shutil
import signal
import socket
import subprocess

from work import Failure, end_group, is_alive, run, wait_until

ANSWER_S = 3
CALL_S = 10
DOWN_S = 45
SHUTDOWN_S = 40
START_S = 20
END_S = 5
SHIM = b'slipway-shim'
ROLES = (b'daemon', b'serve', b'@control', b'@edge')  # of processes, behind their program's name
SOCKET_PATH_MAX = 100  # of 107, which leaves some for what lies beside it

COMMAND = '''#!/bin/sh
# Written by script/demo: Slipway, with the folders and the variables of the demo.
unset COMPOSE_PROJECT_NAME COMPOSE_PROFILES COMPOSE_ENV_FILES SLIPWAY_PROJECT_DIRECTORY
{exports}
exec {program} "$@"
'''


class Node:
    def __init__(self, folder, program, file):
        self.folder = folder
        self.program = program
        self.file = file
        self.state = folder / 'state'
        self.runtime = folder / 'run'
        # A path of a socket must be short, wherever the tree lies.
        if len(str(self.runtime / 'control.sock')) > SOCKET_PATH_MAX:
            name = f'slipway-demo-{os.getuid()}-{abs(hash_of(folder)):x}'
            self.runtime = pathlib.Path('/tmp') / name
        self.command = folder / 'bin' / 'slipway'
        self.variables = {}
        self.daemon = None

    def write_command(self, variables):
        """What people use in another terminal."""
        self.variables = {
            'SLIPWAY_RUNTIME_DIR': self.runtime,
            'SLIPWAY_STATE_DIR': self.state,
            'COMPOSE_FILE': self.file,
            **variables,
        }
        exports = '\n'.join(f'export {name}={shlex.quote(str(value))}'
                            for name, value in self.variables.items())
        self.command.parent.mkdir(parents=True, exist_ok=True)
        half = self.command.with_name('.slipway')
        half.write_text(COMMAND.format(exports=exports, program=shlex.quote(str(self.program))))
        half.chmod(0o755)
        half.rename(self.command)

    # The daemon

    def answers(self):
        """Its version, or None."""
        connection = http.client.HTTPConnection('localhost')
        try:
            connection.sock = socket.socket(socket.AF_UNIX)
            connection.sock.settimeout(ANSWER_S)
            connection.sock.connect(str(self.runtime / 'control.sock'))
            connection.request('GET', '/v1/version')
            return json.loads(connection.getresponse().read())['version']
        except (OSError, http.client.HTTPException, ValueError, KeyError):
            return None
        finally:
            connection.close()

    def pid(self):
        """Of the supervisor that is there, or None."""
        if self.daemon is not None and self.daemon.poll() is None:
            return self.daemon.pid
        try:
            pid = int((self.runtime / 'supervisor.pid').read_text())
        except (OSError, ValueError):
            return None
        return pid if pid > 0 and is_alive(pid) else None

    def serve(self):
        """Starts it, as a child: it can be found from its first moment on."""
        self.runtime.mkdir(parents=True, exist_ok=True)
        # What it shall load need not be right; that is up to "up".
        variables = {name: str(value) for name, value in self.variables.items()
                     if name != 'COMPOSE_FILE'}
        log = self.folder / 'daemon.log'
        with open(log, 'wb') as output:
            self.daemon = subprocess.Popen(
                [str(self.program), 'serve'], stdin=subprocess.DEVNULL, stdout=output, stderr=output,
                start_new_session=True, cwd=self.folder, env={**os.environ, **variables})
        if not wait_until(lambda: self.daemon.poll() is not None or self.answers() is not None,
                          START_S) or self.daemon.poll() is not None:
            raise Failure(f'the daemon does not start; it says in {log}:\n'
                          f'{log.read_text(errors="replace")[-2000:]}')

    def up(self):
        """Shows the deploy as it goes."""
        if run([self.command, 'up']) != 0:
            raise Failure('the deploy failed; what it says stands above, and more in '
                          f'{self.folder}/daemon.log')

    def dashboard(self, port=None):
        """Its address, with a new token."""
        words = [self.command, 'dashboard', '--json']
        if port is not None:
            words += ['--address', f'127.0.0.1:{port}']
        done = subprocess.run(words, stdin=subprocess.DEVNULL, capture_output=True, text=True,
                              start_new_session=True, check=False)
        try:
            return json.loads(done.stdout)['url']
        except (ValueError, KeyError, TypeError):
            raise Failure(f'no dashboard: {(done.stderr or done.stdout).strip()}') from None

    # Its end

    def shut_down(self):
        """The daemon alone: instances go on, and the next one finds them."""
        if self.answers() is not None:
            self._quietly('shutdown', seconds=SHUTDOWN_S)
        for number in (signal.SIGTERM, signal.SIGKILL):
            if wait_until(lambda: self.pid() is None, END_S):
                return
            self._signal(self.pid(), number)

    def stop(self):
        """All of it, in order. Returns the names of what had to be killed."""
        if self.answers() is None and self.processes():
            # Instances of a daemon that is gone are ended by another one, which knows them.
            self.shut_down()
            try:
                self.serve()
            except Failure:
                return self.abort()
        if self.answers() is not None:
            if not self._quietly('down', seconds=DOWN_S):
                return self.abort()
            self._quietly('dashboard', '--off', seconds=CALL_S)
        self.shut_down()
        wait_until(lambda: not self.processes(), END_S)
        return self.kill()

    def abort(self):
        """All of it, in the middle of a deploy, which the next daemon would go on with: so what it
        remembers goes, too."""
        self.shut_down()
        killed = self.kill()
        shutil.rmtree(self.state, ignore_errors=True)
        return killed

    def kill(self):
        """All of it, at once."""
        return self._kill(self.processes())

    def _quietly(self, *words, seconds):
        """Whether it was done. What was not is found by looking for what is left."""
        process = subprocess.Popen(
            [str(self.command), *words], stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL, start_new_session=True)
        try:
            return process.wait(seconds) == 0
        except subprocess.TimeoutExpired:
            return False
        finally:
            if process.poll() is None:
                end_group(process)

    def processes(self):
        """What is of this demo: {process: name}. Programs of services end with their shims."""
        found = {}
        for entry in pathlib.Path('/proc').iterdir():
            if entry.name.isdigit():
                name = self._name(entry)
                if name is not None:
                    found[int(entry.name)] = name
        return found

    def _name(self, entry):
        """None where it is another one's. Shims are in the folders of their instances; the daemon has
        the variable, as may a shell, and what people run from it."""
        try:
            words = (entry / 'cmdline').read_bytes().split(b'\0')  # of one that has ended: nothing
            if words[0] == SHIM:
                is_ours = os.readlink(entry / 'cwd').startswith(f'{self.state}/')
            else:
                variable = f'SLIPWAY_STATE_DIR={self.state}'.encode()
                is_ours = (len(words) > 1 and words[1] in ROLES and
                           variable in (entry / 'environ').read_bytes().split(b'\0'))
            return (entry / 'comm').read_text().strip() if is_ours else None
        except OSError:
            return None

    def _signal(self, pid, number):
        if pid is not None:
            try:
                os.kill(pid, number)
            except ProcessLookupError:
                pass

    def _kill(self, processes):
        names = sorted(set(processes.values()))
        for _ in range(3):  # one may be starting another
            for pid in processes:
                self._signal(pid, signal.SIGKILL)
            if wait_until(lambda: not self.processes(), END_S):
                break
            processes = self.processes()
        return names


def hash_of(folder):
    """The same in every run, unlike Python's own."""
    value = 0
    for byte in str(folder).encode():
        value = (value * 31 + byte) % (1 << 48)
    return value
