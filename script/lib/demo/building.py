# SPDX-License-Identifier: Apache-2.0
"""Building Slipway and the example services; what is built already takes a moment."""

import fcntl
import os
import pathlib
import shutil

from work import Failure, Step, say

SLIPWAY_OPTIONS = ['--buildtype=release']
APPS_OPTIONS = ['--buildtype=release']


def build(log):
    """Gives the program, and the folder of the services' programs."""
    for folder in ('build/release', 'build/apps'):
        check_ours(pathlib.Path(folder))
    # Programs that it starts inherit it: those of a run that was killed are waited for.
    with open('build/demo-build.lock', 'w', encoding='utf-8') as lock:
        os.set_inheritable(lock.fileno(), True)
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            say('something is being built here already; waiting for its end')
            fcntl.flock(lock, fcntl.LOCK_EX)
        keep = {'pass_fds': (lock.fileno(),)}
        with Step('building Slipway', log) as step:
            _build(step, '.', 'build/release', SLIPWAY_OPTIONS, keep, 'slipway')
        with Step('building the example services', log) as step:
            _build(step, 'apps', 'build/apps', APPS_OPTIONS, keep)
    return pathlib.Path('build/release/slipway').absolute(), pathlib.Path('build/apps').absolute()


def check_ours(folder):
    """Root may have run it before."""
    for path in (pathlib.Path('build'), folder, *(folder.iterdir() if folder.is_dir() else ())):
        if path.exists() and not path.is_symlink() and not os.access(path, os.W_OK):
            raise Failure(f'{path} cannot be written: somebody else, such as root, ran this here '
                          f'before; do it as that user again, or remove {folder} and what else is '
                          'theirs in build')


def _build(step, source, folder, options, keep, *targets):
    # What a setup that was broken off leaves behind cannot be used.
    if not os.path.exists(f'{folder}/build.ninja'):
        shutil.rmtree(folder, ignore_errors=True)
        step.run(['meson', 'setup', folder, source, *options], **keep)
    step.run(['ninja', '-C', folder, *targets], **keep)
