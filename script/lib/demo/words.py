# SPDX-License-Identifier: Apache-2.0
"""What the demo prints once it runs: lines that work as pasted."""

import os
import shlex

PUT = ("curl -i -X PUT -H 'Content-Type: application/json' -d '{\"dateOfBirth\": \"1990-05-17\"}' "
       'http://127.0.0.1:%d/hello/Anna')


def what_to_try(facts, url, command):
    port = facts['port']
    # Whole paths: another terminal is in another folder.
    slipway = shlex.quote(str(command))
    file = shlex.quote(str(facts['file']))
    is_native = not facts['docker']
    yield ''
    yield 'Three replicas of birthday, with %s:' % ('SQLite' if is_native else 'PostgreSQL and Redis')
    yield f'    {PUT % port}'
    yield f'    curl http://127.0.0.1:{port}/hello/Anna'
    yield 'The generator, four services behind one page:'
    yield f'    http://127.0.0.1:{port}/'
    yield 'The dashboard, with a token for twelve hours:'
    yield f'    {url}'
    if os.environ.get('SSH_CONNECTION'):
        ports = [port, url.split('/')[2].rpartition(':')[2]]
        forwards = ' '.join(f'-L {each}:127.0.0.1:{each}' for each in ports)
        yield f'For a browser on your own machine, run there first: ssh {forwards} HOST'
    yield 'Look at it from another terminal:'
    yield from columns(slipway, [
        ('ps', 'what runs, and whether it gets traffic'),
        ('top', 'rates and latencies, live; q ends it'),
        ('logs -f birthday', 'what the three write'),
    ])
    yield 'Change it, without losing a request:'
    yield from columns(slipway, [
        ('scale birthday=5', 'two more'),
        ('revisions', 'each change is one'),
        ('rollback', 'three again'),
        ('up', f'after an edit of {file}: only what changed'),
    ])
    yield 'Break it:'
    yield from columns(slipway, [
        (f'kill {"demo" if is_native else "slipway-demo"}-birthday-2',
         'it comes back, and no request fails'),
        ('events --no-follow', 'what happened'),
        ('up', f'after misspelling "rules.txt" in {file}: all of it is undone'),
    ])
    yield ''


def columns(slipway, lines):
    width = max(len(words) for words, _ in lines)
    for words, what in lines:
        yield f'    {slipway} {words.ljust(width)}   # {what}'


def last_line(is_docker):
    return f'Ctrl-C stops {"all of it, containers too" if is_docker else "all of it"}.'


def shorter(path, came_from):
    """As it is written from where the user is, if that is no longer."""
    relative = os.path.relpath(path, came_from)
    return relative if len(relative) < len(str(path)) else str(path)


def place(demo):
    if demo.options.docker:
        return 'the volume slipway-demo_data, and images in slipway.demo/'
    return shorter(demo.data, demo.options.came_from)
