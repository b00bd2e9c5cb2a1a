# SPDX-License-Identifier: Apache-2.0
"""Prints the line coverage of files, from "llvm-cov export": those that match a pattern in the file
named, or, where that is missing, all that were reached in src/."""

import fnmatch
import json
import os
import sys


def read_patterns(path):
    if not os.path.exists(path):
        return None
    with open(path, encoding='utf-8') as file:
        return [line.strip() for line in file if line.strip() and not line.startswith('#')]


patterns = read_patterns(sys.argv[1])
rows = []
for file in json.load(sys.stdin)['data'][0]['files']:
    name = os.path.relpath(file['filename'])
    lines = file['summary']['lines']
    if patterns is None:
        wanted = name.startswith('src/') and name.endswith('.c') and lines['covered'] > 0
    else:
        wanted = any(fnmatch.fnmatch(name, pattern) for pattern in patterns)
    if wanted:
        rows.append((name, lines['covered'], lines['count']))
rows.sort()
if len(rows) > 1:
    rows.append(('together', sum(row[1] for row in rows), sum(row[2] for row in rows)))
for name, covered, count in rows:
    print(f'    {name:40} {covered:6} of {count:6}  {100 * covered / count:5.1f} %')
