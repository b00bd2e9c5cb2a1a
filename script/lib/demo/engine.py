# SPDX-License-Identifier: Apache-2.0
"""The Docker Engine for the demo: the one that is there, or one of its own, which leaves nothing.

One of its own has a short folder in /run for sockets, since their paths must be short, and its data
in the demo's folder. It changes no firewall rules and makes no bridge but those of the project's
networks."""

import glob
import http.client
import json
import os
import pathlib
import shutil
import signal
import socket
import subprocess
import urllib.parse

from node import hash_of
from work import Failure, Step, end_group, is_alive, wait_until, warn

USUAL_SOCKET = '/var/run/docker.sock'
API_VERSION = 'v1.41'
PING_S = 5
CALL_S = 300
START_S = 60
STOP_S = 40
PATH = '/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin'
OPTIONS = ['--bridge=none', '--iptables=false', '--ip6tables=false', '--ip-masq=false',
           '--log-level=warn', '--shutdown-timeout=5']


class Refused(Exception):
    """What the engine said."""


class Connection(http.client.HTTPConnection):
    def __init__(self, path, timeout):
        super().__init__('docker', timeout=timeout)
        self.path = path

    def connect(self):
        self.sock = socket.socket(socket.AF_UNIX)
        self.sock.settimeout(self.timeout)
        self.sock.connect(str(self.path))


class Api:
    def __init__(self, path):
        self.path = path

    def call(self, method, target, body=None, query=None, timeout=CALL_S, length=None):
        """The answer's body; body may be a file of that length."""
        if query:
            target += '?' + urllib.parse.urlencode(query, doseq=True)
        headers = {} if body is None else {'Content-Type': 'application/x-tar',
                                           'Content-Length': str(length)}
        connection = Connection(self.path, timeout)
        try:
            try:
                connection.request(method, f'/{API_VERSION}{target}', body, headers)
            except BrokenPipeError:
                pass  # it has heard enough, and says why
            answer = connection.getresponse()
            text = answer.read().decode(errors='replace')
        except (OSError, http.client.HTTPException) as error:
            raise Refused(str(error)) from None
        finally:
            connection.close()
        if answer.status >= 400:
            raise Refused(text.strip())
        return text

    def json(self, method, target, **options):
        return json.loads(self.call(method, target, **options))

    def answers(self):
        try:
            self.call('GET', '/_ping', timeout=PING_S)
            return True
        except Refused:
            return False


class Engine:
    def __init__(self, folder):
        self.folder = folder
        self.log = folder / 'dockerd.log'
        self.runtime = pathlib.Path(f'/run/slipway-demo-{hash_of(folder):x}')
        self.is_own = False
        self.has_begun = False
        self.host = os.environ.get('DOCKER_HOST') or f'unix://{USUAL_SOCKET}'
        self.process = None
        self.api = Api(self.host.removeprefix('unix://'))

    def begin(self):
        self.find_or_start()
        self.has_begun = True

    def find_or_start(self):
        is_named = 'DOCKER_HOST' in os.environ
        if not self.host.startswith('unix://'):
            raise Failure(f'DOCKER_HOST is "{self.host}": only a local socket will do, such as '
                          f'unix://{USUAL_SOCKET}')
        if self.api.answers():
            return
        if os.path.exists(self.api.path) and not os.access(self.api.path, os.W_OK):
            raise Failure(f'you may not use the Docker Engine at {self.host}: run this as root, or as '
                          'a user of the group docker')
        if is_named or os.geteuid() != 0:
            raise Failure(f'no Docker Engine answers at {self.host}: start it, or run this as root '
                          'without DOCKER_HOST, which starts one for the demo')
        self.host = f'unix://{self.runtime}/docker.sock'
        self.api = Api(self.runtime / 'docker.sock')
        self.is_own = True
        if not self.api.answers():
            self.start()

    # One of its own

    def start(self):
        if shutil.which('dockerd', path=PATH) is None:
            raise Failure('there is no dockerd, although script/setup demo-docker has been run')
        self.clear()
        self.runtime.mkdir(mode=0o700, exist_ok=True)
        (self.runtime / 'daemon.json').write_text('{}')
        said = []
        with Step('no Docker Engine answers; starting one for the demo', self.log):
            for driver in ('overlay2', 'vfs'):  # the first not on top of another overlay
                self.launch(driver)
                if wait_until(lambda: self.api.answers() or self.process.poll() is not None,
                              START_S) and self.process.poll() is None:
                    return
                end_group(self.process)
                said.append(self.log.read_text(errors='replace')[-1500:])
        raise Failure(f'dockerd does not start here; it says in {self.log}:\n' + said[-1])

    def launch(self, driver):
        words = ['dockerd', '--data-root', self.folder / f'engine-{driver}',
                 '--exec-root', self.runtime / 'exec', '--host', self.host,
                 '--pidfile', self.runtime / 'docker.pid',
                 '--config-file', self.runtime / 'daemon.json',
                 '--storage-driver', driver, *OPTIONS]
        environment = {**os.environ, 'PATH': PATH}
        environment.pop('DOCKER_HOST', None)
        with open(self.log, 'wb') as log:
            self.process = subprocess.Popen(
                list(map(str, words)), stdin=subprocess.DEVNULL, stdout=log, stderr=log,
                env=environment, start_new_session=True)

    def pid(self):
        try:
            return int((self.runtime / 'docker.pid').read_text())
        except (OSError, ValueError):
            return None

    def remove_containers(self, project):
        """What "down" could not, such as after Slipway was killed."""
        if not self.has_begun:
            return
        label = json.dumps({'label': [f'com.docker.compose.project={project}']})
        try:
            for container in self.api.json('GET', '/containers/json',
                                           query={'all': 1, 'filters': label}):
                self.api.call('DELETE', f'/containers/{container["Id"]}', query={'force': 1})
            self.api.call('POST', '/networks/prune', query={'filters': label})
        except Refused as refusal:
            warn(f'containers may be left: {refusal}')

    def end(self):
        """One of its own; another goes on."""
        if not self.is_own:
            return
        pid = self.pid()
        if pid is not None and is_alive(pid):
            os.kill(pid, signal.SIGTERM)
            if not wait_until(lambda: not self._runs(pid), STOP_S):
                self.kill()
        self.clear()

    def kill(self):
        if self.is_own and self.pid() is not None:
            try:
                os.killpg(self.pid(), signal.SIGKILL)
            except ProcessLookupError:
                pass

    def _runs(self, pid):
        # Of a child, so that it is also reaped.
        return self.process.poll() is None if self.process is not None else is_alive(pid)

    def clear(self):
        """What is left of one that has ended: its containerd after a kill, mounts, sockets."""
        for file in glob.glob(f'{self.runtime}/exec/**/*.pid', recursive=True):
            try:
                os.kill(int(pathlib.Path(file).read_text()), signal.SIGKILL)
            except (OSError, ValueError):
                pass
        below = (f'{self.runtime}/', f'{self.folder}/')
        mounts = [line.split()[1] for line in pathlib.Path('/proc/mounts').read_text().splitlines()]
        for mount in sorted(mounts, key=len, reverse=True):
            if mount.startswith(below):
                subprocess.run(['umount', '-l', mount], stderr=subprocess.DEVNULL, check=False)
        shutil.rmtree(self.runtime, ignore_errors=True)
