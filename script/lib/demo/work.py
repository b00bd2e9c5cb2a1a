# SPDX-License-Identifier: Apache-2.0
"""How the demo talks, runs programs, and fails."""

import os
import signal
import subprocess
import sys
import time

LOG_LINES_SHOWN = 20
GRACE_S = 5


class Failure(Exception):
    """One message for the user: what failed, and what helps."""


class Stopped(BaseException):
    """Somebody wants the demo to end."""


def say(text=''):
    """The terminal may have gone; what is being done goes on."""
    try:
        print(text, flush=True)
    except OSError:
        # Also what is left in the buffer must not fail at the end.
        sys.stdout = open(os.devnull, 'w')


def warn(text):
    say(f'script/demo: {text}')


class Step:
    """One line for something that takes a while: what it is, and then how long it took.

        with Step('building Slipway', log) as step:
            step.run(['ninja', ...])
    """

    def __init__(self, what, log):
        self.what = what
        self.log = log

    def __enter__(self):
        self.start = time.monotonic()
        self.begin = self.log.stat().st_size if self.log.exists() else 0
        # On a terminal the line is there while it works, elsewhere when it is done.
        if sys.stdout.isatty():
            try:
                print(f'{self.what} ...', end='', flush=True)
            except OSError:
                pass
        return self

    def __exit__(self, kind, *_):
        lead = '\r\x1b[K' if sys.stdout.isatty() else ''
        seconds = time.monotonic() - self.start
        outcome = f'{seconds:.0f} s' if kind is None else 'stopped' if kind is Stopped else 'failed'
        say(f'{lead}{self.what}: {outcome}')

    def run(self, words, advice='', **options):
        """A program whose output goes to the log, of which the end is shown when it fails."""
        with open(self.log, 'ab') as log:
            log.write(f'$ {" ".join(map(str, words))}\n'.encode())
            log.flush()
            status = run(words, stdout=log, stderr=log, **options)
        if status != 0:
            raise Failure(f'{words[0]} failed{advice}; the end of {self.log}:\n{self.tail()}')

    def tail(self):
        with open(self.log, 'rb') as log:
            log.seek(self.begin)
            lines = log.read().decode(errors='replace').splitlines()
        return '\n'.join('    ' + line for line in lines[-LOG_LINES_SHOWN:])


def run(words, **options):
    """Gives the exit status. The program is in a session of its own: Ctrl-C comes to the demo alone,
    which ends it with all that it started."""
    options.setdefault('stdin', subprocess.DEVNULL)
    try:
        process = subprocess.Popen([str(word) for word in words], start_new_session=True, **options)
    except OSError as error:
        raise Failure(f'cannot run {words[0]}: {error.strerror}') from None
    try:
        return process.wait()
    except BaseException:
        end_group(process)
        raise


def end_group(process):
    for number in (signal.SIGTERM, signal.SIGKILL):
        try:
            os.killpg(process.pid, number)
        except ProcessLookupError:
            break
        try:
            process.wait(GRACE_S)
            break
        except subprocess.TimeoutExpired:
            continue
    process.wait()


def is_alive(pid):
    try:
        with open(f'/proc/{pid}/stat', encoding='utf-8', errors='replace') as file:
            return file.read().rpartition(')')[2].split()[0] not in ('Z', 'X')
    except OSError:
        return False


def wait_until(condition, seconds, interval=0.05):
    """Whether it came true in time."""
    deadline = time.monotonic() + seconds
    while not condition():
        if time.monotonic() > deadline:
            return False
        time.sleep(interval)
    return True
