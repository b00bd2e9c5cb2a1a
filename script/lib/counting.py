# SPDX-License-Identifier: Apache-2.0
"""Counts tests from what the programs that run them leave behind."""

import json
import re
import xml.etree.ElementTree

from jobs import Counts

TAP_LINE = re.compile(r'(not )?ok (\d+)\s*(?:- )?(.*)')
TAP_PLAN = re.compile(r'1\.\.(\d+)$')
LAST_LINE = re.compile(r'(\d+) passed, (\d+) failed, (\d+) skipped$')


def count_tap(name, output):
    """What a program of cmocka printed. A skipped test is one that is "not ok", with a directive;
    its reason is what it printed itself before. Gives None where there is nothing of the kind."""
    counts = Counts()
    planned = 0
    reason = None
    for line in output.splitlines():
        plan, test = TAP_PLAN.match(line), TAP_LINE.match(line)
        if plan:
            planned += int(plan[1])
        elif test is None:
            reason = line.strip() or reason
            continue
        elif '# SKIP' in test[3]:
            test_name = test[3].replace('# SKIP', '').strip()
            counts.skipped += 1
            counts.notes.append(f'skipped {name}: {test_name}: {reason or "no reason given"}')
        elif test[1]:
            counts.failed += 1
            counts.notes.append(f'FAILED {name}: {test[3]}')
        else:
            counts.passed += 1
        reason = None
    total = counts.passed + counts.failed + counts.skipped
    if total < planned:
        counts.failed += planned - total
        counts.notes.append(f'FAILED {name}: ended before {planned - total} of its {planned} tests')
    return counts if planned else None


def count_meson(path):
    """The tests in a log of "meson test": those inside a program where it tells, otherwise one."""
    total = Counts()
    for line in path.read_text().splitlines():
        record = json.loads(line)
        name = record['name'].split(' / ')[-1]
        good = record['result'] in {'OK', 'SKIP'}
        counts = count_tap(name, record.get('stdout', ''))
        if counts is None:
            counts = Counts(passed=int(good))
        if not good and not counts.failed:
            counts.failed += 1
            counts.notes.append(f'FAILED {name}: {record["result"]}')
        if not good:
            output = re.sub(r'(?m)^ok .*\n', '', record.get('stdout', ''))
            total.output += f'{name}:\n{output}{record.get("stderr", "")}\n'
        total.add(counts)
    return total


def count_junit(path):
    """The tests in a report of pytest."""
    counts = Counts()
    for case in xml.etree.ElementTree.parse(path).iter('testcase'):
        name = f'{case.get("classname")}.{case.get("name")}'
        skipped = case.find('skipped')
        if case.find('failure') is not None or case.find('error') is not None:
            counts.failed += 1
            counts.notes.append(f'FAILED {name}')
        elif skipped is not None:
            counts.skipped += 1
            how = 'expected to fail' if skipped.get('type') == 'pytest.xfail' else 'skipped'
            counts.notes.append(f'{how} {name}: {skipped.get("message") or "no reason given"}')
        else:
            counts.passed += 1
    return counts


def count_last_line(output):
    """What one of the scripts says itself."""
    lines = output.rstrip().splitlines()
    match = LAST_LINE.match(lines[-1]) if lines else None
    return Counts(*map(int, match.groups())) if match else Counts(failed=1)
