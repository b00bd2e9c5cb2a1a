# SPDX-License-Identifier: Apache-2.0
"""The steps of script/demo, which explains them. Runs in the root of the tree.

    lock -> build -> end what a killed run left -> ports -> (engine, images) -> serve -> up -> dashboard
         -> say what to try -> wait -> down, shutdown, and look whether anything is left
"""

import argparse
import fcntl
import json
import os
import pathlib
import signal
import sys
import time

import engine
import images
import packages
import ports
import words
from building import build, check_ours
from node import Node
from work import Failure, Stopped, is_alive, say, wait_until, warn

LISTENER_PORT = 8080
DASHBOARD_PORT = 7070
LOOK_S = 1.0
GONE_LOOKS = 10  # another supervisor comes when one was killed
OTHER_START_S = 900
PROJECT = 'slipway-demo'  # of apps/compose.docker.yaml
IMAGES = {  # of programs of build/apps, with files that go to the root of the image
    'birthday': ('birthday/birthday', {}),
    'integer': ('generator/integer', {}),
    'number': ('generator/number', {}),
    'combine': ('generator/combine', {'rules.txt': pathlib.Path('apps/generator/rules.txt')}),
    'front': ('generator/front', {}),
}
NAMES = {signal.SIGINT: 'Ctrl-C', signal.SIGTERM: 'SIGTERM', signal.SIGHUP: 'the terminal is gone'}


class Demo:
    def __init__(self, options):
        self.options = options
        self.folder = pathlib.Path('build/demo-docker' if options.docker else 'build/demo').absolute()
        self.log = self.folder / 'log'
        self.data = self.folder / 'data'
        self.facts = self.folder / 'running.json'
        self.node = None
        self.engine = None
        self.stopping = False
        self.was_up = False
        self.is_up = False
        self.lock = None

    # One at a time

    def is_first(self):
        check_ours(self.folder)
        self.data.mkdir(parents=True, exist_ok=True)
        self.lock = open(self.folder / 'lock', 'a+', encoding='utf-8')
        try:
            fcntl.flock(self.lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            return False
        self.was_up = self.facts.exists()
        self.facts.unlink(missing_ok=True)
        self.lock.truncate(0)
        self.lock.write(f'{os.getpid()}\n')
        self.lock.flush()
        return True

    def show_other(self):
        """What another one that runs would say."""
        self.lock.seek(0)
        pid = int(self.lock.read().strip() or 0)
        if not self.facts.exists():
            say(f'script/demo is being started already (process {pid}); waiting for it')
            wait_until(lambda: self.facts.exists() or not is_alive(pid), OTHER_START_S)
        try:
            facts = json.loads(self.facts.read_text())
        except (OSError, ValueError):
            raise Failure(f'the other one (process {pid}) has ended; start it again') from None
        self.node = Node(self.folder, pathlib.Path(facts['program']), facts['file'])
        self.node.variables = facts['variables']
        say(f'script/demo runs already (process {pid}), in {self.folder}')
        self.show(facts, self.node.dashboard())

    # The start

    def start(self):
        """Gives what there is to tell, and the dashboard's address."""
        is_given = self.options.slipway and self.options.apps
        slipway, apps = (None, None) if is_given else build(self.log)
        slipway = self.options.slipway or slipway
        apps = self.options.apps or apps
        name = 'compose.docker.yaml' if self.options.docker else 'compose.yaml'
        self.node = Node(self.folder, slipway, pathlib.Path('apps', name).absolute())
        self.node.write_command({})
        self.end_leftovers()
        port = self.find_port(self.options.port, LISTENER_PORT, 'the listener', '--port')
        dashboard_port = self.find_port(None, DASHBOARD_PORT, 'the dashboard', None, (port,))
        variables = {'DEMO_PORT': port, 'DEMO_DATA': self.data, 'DEMO_PROGRAMS': apps}
        if self.options.docker:
            variables.update(self.prepare_engine(apps))
        self.node.write_command(variables)
        self.node.serve()
        say('slipway up:')
        self.node.up()
        url = self.node.dashboard(dashboard_port)
        facts = {'port': port, 'docker': self.options.docker, 'program': str(slipway),
                 'file': str(self.node.file),
                 'variables': {key: str(value) for key, value in self.node.variables.items()}}
        half = self.facts.with_suffix('.new')
        half.write_text(json.dumps(facts))
        half.rename(self.facts)
        return facts, url

    def end_leftovers(self):
        """Of a run that was killed: the daemon, and what it had not come to the end of; else instances
        stay, and the next daemon finds them."""
        if not self.node.processes():
            return
        warn('an earlier run was killed; taking over what it left')
        if self.was_up:
            self.node.shut_down()
        else:
            self.node.abort()

    def find_port(self, wanted, usual, what, option, but=()):
        port = wanted or usual
        problem = 'is the listener\'s' if port in but else ports.problem(port)
        if problem is None:
            return port
        other = ports.next_free(port, but)
        if wanted:
            hint = f'; {other} is free: {option} {other}' if other else ''
            raise Failure(f'port {port} {problem}{hint}')
        if other is None:
            raise Failure(f'port {port} {problem}, and none of those after it is free')
        warn(f'port {port} {problem}; {what} takes {other}' +
             (f' ({option} chooses another)' if option else ''))
        return other

    def prepare_engine(self, apps):
        self.engine = engine.Engine(self.folder)
        self.engine.begin()
        archives = packages.get_packages(self.folder, self.log)
        images.make_all(self.engine.api, self.folder, apps, archives, IMAGES, self.log)
        return {'DOCKER_HOST': self.engine.host}

    def show(self, facts, url):
        for line in words.what_to_try(facts, url, self.node.command):
            say(line)

    # Until its end

    def attend(self):
        """While a daemon is there, of which all parts may be killed and come back."""
        looks = 0
        while looks < GONE_LOOKS:
            time.sleep(LOOK_S)
            looks = looks + 1 if self.node.pid() is None else 0
            # One that was told to end removes what others would find it by.
            if looks and not (self.node.runtime / 'control.sock').exists():
                break
        warn('the daemon was ended by somebody else')

    def stop(self):
        """Everything. A second signal ends it at once."""
        self.stopping = True
        killed = []
        if self.node is not None and self.node.command.exists():
            try:
                killed = self.node.stop() if self.is_up else self.node.abort()
            except Stopped:
                self.node.abort()
        if self.engine is not None:
            self.engine.remove_containers(PROJECT)
            self.engine.end()
        self.facts.unlink(missing_ok=True)
        if killed and self.is_up:
            warn(f'had to be killed: {", ".join(killed)}')

    def run(self):
        if not self.is_first():
            self.show_other()
            return 0
        reason = None
        try:
            self.show(*self.start())
            say(words.last_line(self.options.docker))
            self.is_up = True
            self.attend()
        except Stopped as signalled:
            reason = signalled.args[0]
        except Exception:
            self.stop()
            raise
        say()
        if reason is not None:
            say(f'{NAMES[reason]}: stopping')
        self.stop()
        say(f'stopped: nothing of it runs any more; what was stored stays in {words.place(self)}')
        return 0 if self.is_up else 128 + reason


class Options(argparse.ArgumentParser):
    def error(self, message):
        print(f'script/demo: {message} (try --help)', file=sys.stderr)
        sys.exit(2)


def main():
    parser = Options(prog='script/demo', allow_abbrev=False)
    parser.add_argument('--docker', action='store_true')
    parser.add_argument('--port', type=port_number)
    parser.add_argument('--slipway', type=given_path)
    parser.add_argument('--apps', type=given_path)
    parser.add_argument('--came-from')
    options = parser.parse_args()
    demo = Demo(options)
    raised = []

    def interrupt(number, _):
        # One ends the demo, a second one its orderly end; others are passed over.
        if len(raised) < 2 and (not raised or demo.stopping):
            raised.append(number)
            raise Stopped(number)

    for number in NAMES:
        signal.signal(number, interrupt)
    try:
        return demo.run()
    except Failure as failure:
        sys.stdout.flush()
        print(f'script/demo: {failure}', file=sys.stderr)
        return 1
    except Stopped as signalled:
        return 128 + signalled.args[0]


def port_number(text):
    if not text.isdecimal() or not 0 < int(text) < 65536:
        raise argparse.ArgumentTypeError(f'{text} is not a port from 1 to 65535')
    return int(text)


def given_path(text):
    """Relative to where the command was given."""
    index = sys.argv.index('--came-from')
    path = pathlib.Path(sys.argv[index + 1], text)
    if not path.exists():
        raise argparse.ArgumentTypeError(f'there is no {path}')
    return path.resolve()


sys.exit(main())
