# SPDX-License-Identifier: Apache-2.0
"""The images of the demo, under names in slipway.demo/. No registry is asked: PostgreSQL and Redis
come out of Debian's packages, the example services out of what was built and the libraries it needs.
An image that is there already, of the same content, is kept."""

import hashlib
import io
import os
import re
import shutil
import subprocess
import tarfile

from engine import Refused
from work import Failure, Step

PREFIX = 'slipway.demo/'
LABEL = 'slipway.demo.content'
NOBODY = 65532

# Of what the packages bring: their programs do without it.
LEFT_OUT = re.compile(
    r'(usr/share/(doc|man|locale|perl\d?|lintian|bash-completion|info|i18n|postgresql-common|'
    r'postgresql/[^/]+/man|zoneinfo/(right|posix))|'
    r'usr/lib/postgresql/[^/]+/lib/bitcode|(usr/)?lib/(systemd|[^/]+/(gconv|perl|perl-base))|'
    r'var/lib/dpkg|etc/(init\.d|logrotate\.d|cron\.\w+|systemd))(/|$)')
MERGED = re.compile(r'^(bin|sbin|lib|lib64|lib32|libx32)(/|$)')

START_POSTGRES = '''#!/bin/sh
# Makes the cluster where there is none; one that was broken off half-way is made anew.
set -eu
cluster=$PGDATA/cluster
if [ ! -d "$cluster" ]; then
    rm -rf "$cluster.new"
    printf '%s' "$POSTGRES_PASSWORD" >/tmp/password
    initdb -D "$cluster.new" -U "$POSTGRES_USER" --pwfile=/tmp/password -A scram-sha-256 \\
        -E UTF8 --locale=C.UTF-8 >/dev/null
    rm /tmp/password
    echo 'host all all all scram-sha-256' >>"$cluster.new/pg_hba.conf"
    echo "CREATE DATABASE \\"$POSTGRES_DB\\";" |
        postgres --single -D "$cluster.new" postgres >/dev/null
    mv "$cluster.new" "$cluster"
fi
exec postgres -D "$cluster" -c listen_addresses='*' -c unix_socket_directories=/tmp -c jit=off
'''

DEBIAN = {
    'postgres:15': {
        'user': 70,
        'files': {'usr/local/bin/start-postgres': (START_POSTGRES.encode(), 0o755, 0)},
        'folders': {'var/lib/postgresql/data': 0o700},
        'config': ['ENTRYPOINT ["start-postgres"]', 'EXPOSE 5432',
                   'ENV PGDATA=/var/lib/postgresql/data',
                   'ENV PATH=/usr/local/bin:/usr/lib/postgresql/15/bin:/usr/bin:/bin'],
    },
    'redis:7': {
        'user': 71,
        'files': {},
        'folders': {},
        'config': ['ENTRYPOINT ["redis-server", "--bind", "0.0.0.0", "--protected-mode", "no", '
                   '"--save", "", "--dir", "/tmp"]', 'EXPOSE 6379', 'ENV PATH=/usr/bin:/bin'],
    },
}


def make_all(api, folder, apps, archives, services, log):
    for name, image in DEBIAN.items():
        with Step(f'image {PREFIX}{name}', log):
            make_debian(api, folder, name, image, archives[name])
    for name, (program, files) in services.items():
        with Step(f'image {PREFIX}{name}', log) as step:
            make_service(api, folder, name, apps / program, files, step)


# Out of packages

def make_debian(api, folder, name, image, archives):
    content = digest([*(path.name for path in archives), repr(sorted(image.items(), key=str))])
    if is_there(api, name, content):
        return
    path = folder / 'image.tar'
    with tarfile.open(path, 'w') as tar:
        for link in ('bin', 'sbin', 'lib', 'lib64'):
            add(tar, link, link=f'usr/{link}')
        seen = set()
        for archive in archives:
            copy_package(tar, archive, seen)
        user = image['user']
        passwd = f'root:x:0:0::/:/bin/sh\nservice:x:{user}:{user}::/tmp:/bin/sh\n'
        add(tar, 'etc/passwd', passwd.encode())
        add(tar, 'etc/group', f'root:x:0:\nservice:x:{user}:\n'.encode())
        add(tar, 'tmp', mode=0o1777)
        for target, (data, mode, owner) in image['files'].items():
            add(tar, target, data, mode, owner)
        for target, mode in image['folders'].items():
            add(tar, target, mode=mode, owner=user)
    send(api, path, name, content, [*image['config'], f'USER {user}'])


def copy_package(tar, archive, seen):
    """With /bin, /lib and so on below /usr, as Debian lays them; folders that several have come once."""
    process = subprocess.Popen(['dpkg-deb', '--fsys-tarfile', str(archive)],
                               stdin=subprocess.DEVNULL, stdout=subprocess.PIPE)
    with process, tarfile.open(fileobj=process.stdout, mode='r|') as package:
        for entry in package:
            name = entry.name.removeprefix('./').rstrip('/')
            if name in ('', '.') or LEFT_OUT.match(name) or MERGED.fullmatch(name):
                continue
            entry.name = MERGED.sub(r'usr/\1\2', name)
            if entry.name in seen:
                continue
            seen.add(entry.name)
            if entry.islnk():
                entry.linkname = MERGED.sub(r'usr/\1\2', entry.linkname.removeprefix('./'))
            tar.addfile(entry, package.extractfile(entry) if entry.isreg() else None)
    if process.returncode != 0:
        archive.unlink()
        raise Failure(f'{archive} is damaged, and was removed; try again')


# Out of programs

def make_service(api, folder, name, program, files, step):
    """FROM nothing: the program and the libraries that it loads, as the services' own Dockerfiles
    have them, and files of its own."""
    root = folder / 'image'
    shutil.rmtree(root, ignore_errors=True)
    step.run(['sh', 'apps/common/collect', program, root / name])
    for target, path in files.items():
        shutil.copy(path, root / target)
    found = sorted(path for path in root.rglob('*') if path.is_file())
    content = digest([(path, path.read_bytes()) for path in found])
    if not is_there(api, name, content):
        archive = folder / 'image.tar'
        with tarfile.open(archive, 'w') as tar:
            for path in found:
                mode = 0o755 if path.stat().st_mode & 0o100 else 0o644
                add(tar, str(path.relative_to(root)), path.read_bytes(), mode)
        send(api, archive, name, content, [f'ENTRYPOINT ["/{name}"]', f'USER {NOBODY}', 'EXPOSE 8000'])
    shutil.rmtree(root)


# Both

def add(tar, name, data=None, mode=0o755, owner=0, link=None):
    """A file, a folder where there are no data, or a link."""
    entry = tarfile.TarInfo(name)
    entry.mode, entry.uid, entry.gid = mode, owner, owner
    if link is not None:
        entry.type, entry.linkname = tarfile.SYMTYPE, link
    elif data is None:
        entry.type = tarfile.DIRTYPE
    else:
        entry.size = len(data)
    tar.addfile(entry, io.BytesIO(data) if data is not None else None)


def digest(parts):
    return hashlib.sha256(repr(parts).encode()).hexdigest()[:32]


def is_there(api, name, content):
    try:
        image = api.json('GET', f'/images/{PREFIX}{name}/json')
    except Refused:
        return False
    return (image['Config'].get('Labels') or {}).get(LABEL) == content


def send(api, path, name, content, config):
    repository, _, tag = name.partition(':')
    query = {'fromSrc': '-', 'repo': PREFIX + repository, 'tag': tag or 'latest',
             'changes': [*config, f'LABEL {LABEL}={content}']}
    try:
        with open(path, 'rb') as file:
            said = api.call('POST', '/images/create', body=file, query=query,
                            length=os.path.getsize(path))
        if '"error"' in said:
            raise Refused(said.strip().splitlines()[-1])
    except Refused as refusal:
        raise Failure(f'the engine does not take the image {PREFIX}{name}: {refusal}') from None
    finally:
        path.unlink()
