# SPDX-License-Identifier: Apache-2.0
"""Holds every #include in src/ to the table in script/layers."""

import pathlib
import re

INCLUDE = re.compile(r'\s*(?:#|%:)\s*(include|include_next|import)\b\s*(.*)')
TARGET = re.compile(r'("([^"]+)"|<([^>]+)>)')


class Table:
    def __init__(self, path):
        self.rows = {}  # part -> (folders, outside headers)
        self.groups = {}
        for number, line in enumerate(path.read_text().splitlines(), 1):
            line = line.split('#')[0].strip()
            if '|' in line:
                part, folders, outside = (column.strip() for column in line.split('|'))
                if part in self.rows:
                    raise SystemExit(f'{path}:{number}: a second row for {part}')
                self.rows[part] = (folders.split(), outside.split())
            elif '=' in line:
                name, headers = (side.strip() for side in line.split('='))
                self.groups.setdefault(name, []).extend(headers.split())
            elif line:
                raise SystemExit(f'{path}:{number}: neither a row nor a group')
        self.folders = {part for part in self.rows if '/' not in part}

    def rows_of(self, file):
        """The rows that hold for a file, named from within src/: its folder's and its module's."""
        for part, row in self.rows.items():
            if file.startswith(part) and file[len(part)] in '/._':
                yield part, row

    def folders_for(self, file):
        allowed = [folder for _, (folders, _) in self.rows_of(file) for folder in folders]
        return self.folders - {'cmd'} if 'all' in allowed else set(allowed)

    def outside_for(self, file):
        names = ['c'] + [name for _, (_, outside) in self.rows_of(file) for name in outside]
        return [header for name in names for header in self.groups.get(name, [name])]


def check_outside(table, file, header):
    for allowed in table.outside_for(file):
        if header == allowed or (allowed.endswith('/') and header.startswith(allowed)):
            return None
    holders = [part for part, (_, outside) in table.rows.items()
               for allowed in sum((table.groups.get(name, [name]) for name in outside), [])
               if header == allowed or (allowed.endswith('/') and header.startswith(allowed))]
    whose = f'only {", ".join(holders)} may' if holders else 'it is in no row'
    return f'{file.split("/")[0]} may not include <{header}>: {whose}'


def check_own(table, source, file, header):
    parts = header.split('/')
    own = file.split('/')[0]
    if '..' in parts or '.' in parts:
        return f'"{header}" must be named from src/, without dots'
    if not (source / header).is_file():
        return f'"{header}" is not in src/; headers of libraries go in <>'
    if header.endswith('.c'):
        return f'"{header}" is no header'
    if header.endswith('_priv.h') and pathlib.PurePath(header).parent != pathlib.PurePath(file).parent:
        return f'"{header}" is private to {pathlib.PurePath(header).parent}'
    if parts[0] in {own, 'base'} or parts[0] in table.folders_for(file):
        return None
    may = ' '.join(sorted(table.folders_for(file))) or 'nothing'
    return f'{own} may not include {parts[0]} ("{header}"): besides itself and base, it may include {may}'


def check_file(table, source, path):
    file = str(path.relative_to(source))
    if file.split('/')[0] not in table.folders:
        yield 1, f'there is no row for the folder {file.split("/")[0]}'
        return
    for number, line in enumerate(path.read_text(errors='replace').splitlines(), 1):
        directive = INCLUDE.match(line)
        if directive is None:
            continue
        target = TARGET.match(directive[2])
        if directive[1] != 'include' or target is None:
            problem = 'only #include "..." and #include <...>'
        elif target[2]:
            problem = check_own(table, source, file, target[2])
        else:
            problem = check_outside(table, file, target[3])
        if problem:
            yield number, problem


def check(root):
    """Gives the number of files and a list of problems."""
    source = root / 'src'
    table = Table(root / 'script/layers')
    files = sorted(path for path in source.rglob('*') if path.suffix in {'.c', '.h', '.def'})
    problems = [f'{path.relative_to(root)}:{number}: {problem} (script/layers)'
                for path in files for number, problem in check_file(table, source, path)]
    return len(files), problems
