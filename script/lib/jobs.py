# SPDX-License-Identifier: Apache-2.0
"""Runs steps that need one another, a few at a time, and adds up what they count."""

import concurrent.futures
import dataclasses
import os
import pathlib
import signal
import subprocess
import threading
import time

CORES = len(os.sched_getaffinity(0))
GRACE_SECONDS = 5


@dataclasses.dataclass
class Counts:
    passed: int = 0
    failed: int = 0
    skipped: int = 0
    notes: list = dataclasses.field(default_factory=list)  # why something was skipped, and the like
    output: str = ''  # to be shown when something failed

    def add(self, other):
        self.passed += other.passed
        self.failed += other.failed
        self.skipped += other.skipped
        self.notes += other.notes

    def __str__(self):
        return f'{self.passed} passed, {self.failed} failed, {self.skipped} skipped'


@dataclasses.dataclass
class Step:
    name: str
    run: object  # a function that takes a Log and gives Counts
    needs: tuple = ()  # names of steps without which this one makes no sense
    cores: float = 1  # how much it keeps busy: what waits for others most of its time has less


class Log:
    """Where the output of a step goes, and how it runs programs."""

    running = set()
    lock = threading.Lock()
    stopping = False

    def __init__(self, path):
        self.path = path
        path.write_text('')

    def text(self):
        return self.path.read_text(errors='replace')

    def command(self, words, timeout_seconds=900, **variables):
        """Gives the exit status; a program that takes too long is ended with all that it started."""
        words = [str(word) for word in words]
        with self.path.open('a') as log:
            print('$', *words, file=log, flush=True)
            with Log.lock:
                if Log.stopping:
                    return 1
                process = subprocess.Popen(
                    words, stdin=subprocess.DEVNULL, stdout=log, stderr=subprocess.STDOUT,
                    env={**os.environ, **variables}, start_new_session=True)
                Log.running.add(process)
            try:
                return process.wait(timeout_seconds)
            except subprocess.TimeoutExpired:
                print(f'not done after {timeout_seconds} seconds', file=log)
                return 1
            finally:
                end_group(process)
                with Log.lock:
                    Log.running.discard(process)


def signal_group(process, number):
    """The program has a process group of its own, which may outlive it."""
    try:
        os.killpg(process.pid, number)
    except ProcessLookupError:
        pass


def end_group(process):
    """Asks first: ninja and meson put what they start into groups that only they know."""
    if process.poll() is None:
        signal_group(process, signal.SIGTERM)
        try:
            process.wait(GRACE_SECONDS)
        except subprocess.TimeoutExpired:
            pass
    signal_group(process, signal.SIGKILL)
    process.wait()


def end_all():
    with Log.lock:
        Log.stopping = True
        for process in Log.running:
            signal_group(process, signal.SIGTERM)


def run_step(step, folder):
    start = time.monotonic()
    log = Log(folder / f'{step.name.replace(" ", "-")}.log')
    try:
        counts = step.run(log)
    except Exception as problem:  # a mistake in the step itself is a failure, not the end
        counts = Counts(failed=1, notes=[f'{type(problem).__name__}: {problem}'])
    if counts.failed and not counts.output:
        counts.output = log.text()
    return counts, time.monotonic() - start


def report(step, counts, seconds):
    if counts.failed and counts.output:
        print(f'---- {step.name}\n{counts.output.rstrip()}\n----')
    for note in counts.notes:
        print(f'     {step.name}: {note}')
    outcome = 'FAILED' if counts.failed else 'ok' if counts.passed else 'none'
    print(f'{outcome:6} {step.name}: {counts} ({seconds:.1f} s)', flush=True)


def run_all(steps, folder):
    """In the order given, as far as what they need is done, as many as keep the cores busy."""
    folder = pathlib.Path(folder)
    folder.mkdir(parents=True, exist_ok=True)
    total = Counts()
    waiting, running, succeeded, done = list(steps), {}, set(), set()
    with concurrent.futures.ThreadPoolExecutor(4 * max(2, CORES)) as pool:
        try:
            while waiting or running:
                for step in [step for step in waiting if set(step.needs) <= done]:
                    busy = sum(other.cores for other in running.values())
                    if busy + step.cores > max(2, CORES):
                        continue
                    waiting.remove(step)
                    if set(step.needs) <= succeeded:
                        print(f'       {step.name} ...', flush=True)
                        running[pool.submit(run_step, step, folder)] = step
                        continue
                    missing = ', '.join(name for name in step.needs if name not in succeeded)
                    counts = Counts(skipped=1, notes=[f'skipped, as this failed: {missing}'])
                    report(step, counts, 0)
                    total.add(counts)
                    done.add(step.name)
                finished, _ = concurrent.futures.wait(
                    running, return_when=concurrent.futures.FIRST_COMPLETED)
                for future in finished:
                    step = running.pop(future)
                    counts, seconds = future.result()
                    report(step, counts, seconds)
                    total.add(counts)
                    done.add(step.name)
                    if not counts.failed:
                        succeeded.add(step.name)
        finally:
            end_all()
    return total
