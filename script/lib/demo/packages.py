# SPDX-License-Identifier: Apache-2.0
"""Debian's packages for the images of the demo, as files. Nothing of them is installed or run here.

    python3 packages.py FOLDER      gets them beforehand, for where there is no network later
"""

import pathlib
import re
import subprocess
import sys

from work import Failure, Step

IMAGES = {
    'postgres:15': ['postgresql-15', 'dash', 'coreutils'],
    'redis:7': ['redis-server'],
}

# What only the installing of packages needs; and what compiles queries at run time, which is larger
# than all the rest.
PACKAGES_LEFT_OUT = re.compile(
    r'libllvm\d+|libz3-4|apt|apt-utils|adduser|ca-certificates|debconf|debconf-i18n|'
    r'debian-archive-keyring|dpkg|gpgv|init-system-helpers|(lib)?perl[-\d.a-z]*|lib[-a-z]+-perl|locales|'
    r'libc-l10n|libgpg-error-l10n|lsb-base|netbase|openssl|passwd|postgresql-common|'
    r'postgresql-client-common|sensible-utils|ssl-cert|sysvinit-utils|tar|ucf|usrmerge')


def get_packages(folder, log):
    """{image: its packages as files}"""
    with Step('getting PostgreSQL and Redis out of Debian', log) as step:
        return {name: fetch(resolve(wanted, folder, step), folder, step)
                for name, wanted in IMAGES.items()}


def resolve(packages, folder, step):
    """[(package, version)]: these and what they need, as on a machine that has nothing yet. Kept for
    as long as apt's lists are the same, as it takes some seconds."""
    kept = folder / f'{packages[0]}.resolved'
    lists = pathlib.Path('/var/lib/apt/lists')
    if kept.exists() and lists.exists() and kept.stat().st_mtime > lists.stat().st_mtime:
        return [tuple(line.split()) for line in kept.read_text().splitlines()]
    words = ['apt-get', '-s', '--no-install-recommends', '-o', 'Dir::State::status=/dev/null',
             '-o', 'Debug::NoLocking=1']
    for own in ([], own_lists(folder)):
        if own and not (folder / 'lists').exists():
            (folder / 'lists' / 'partial').mkdir(parents=True)
            step.run(['apt-get', '-q', *own, 'update'])
        done = subprocess.run([*words, *own, 'install', *packages], stdin=subprocess.DEVNULL,
                              capture_output=True, text=True, check=False)
        found = sorted((name, version)
                       for name, version in re.findall(r'^Inst (\S+) \((\S+)', done.stdout, re.M)
                       if not PACKAGES_LEFT_OUT.fullmatch(name))
        if done.returncode == 0 and found:
            kept.write_text(''.join(f'{name} {version}\n' for name, version in found))
            return found
    raise Failure(f'apt-get does not know {" ".join(packages)}; it says:\n{done.stderr.strip()}')


def own_lists(folder):
    """Of somebody who may not run apt-get update, on a machine where nobody has."""
    return ['-o', f'Dir::State::lists={folder}/lists']


def fetch(packages, folder, step):
    """Their files; those that are there are not downloaded again."""
    store = folder / 'packages'
    store.mkdir(exist_ok=True)

    def find(package, version):
        return next(iter(sorted(store.glob(f'{package}_{version.replace(":", "%3a")}_*.deb'))), None)

    missing = [f'{package}={version}' for package, version in packages
               if find(package, version) is None]
    if missing:
        lists = own_lists(folder) if (folder / 'lists').exists() else []
        # Its own check of a package's hash comes before the file has its name.
        step.run(['apt-get', '-q', '-o', 'Acquire::Retries=3', '-o', 'APT::Sandbox::User=root', *lists,
                  'download', *missing], advice=' ("sudo apt-get update" may help)', cwd=store)
    found = [find(*package) for package in packages]
    if None in found:
        raise Failure(f'not all packages were downloaded; see {step.log}')
    return found


if __name__ == '__main__':
    place = pathlib.Path(sys.argv[1]).absolute()
    place.mkdir(parents=True, exist_ok=True)
    try:
        get_packages(place, place / 'log')
    except Failure as failure:
        sys.exit(f'{failure}')
