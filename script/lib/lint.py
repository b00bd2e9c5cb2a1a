# SPDX-License-Identifier: Apache-2.0
"""The checks of script/lint, which explains them. Runs in the root of the tree."""

import concurrent.futures
import hashlib
import json
import os
import pathlib
import re
import subprocess
import sys
import time

import layers

ROOT = pathlib.Path.cwd()
FOLDERS = ['src', 'tests', 'apps', 'web', 'bench', 'script', '.ci', 'packaging', 'docs']
CORES = len(os.sched_getaffinity(0))

FILE_LINES_MAX = 800
FUNCTION_LINES_MAX = 80
NODES_MAX = 225000  # the analyzer's own limit


def tree_files():
    """Every file of ours; not what fuzzers made or what was built inside the tree."""
    for folder in FOLDERS:
        for parent, folders, names in os.walk(folder):
            folders[:] = [name for name in folders
                          if name not in {'corpus', 'node_modules', '__pycache__', 'build', 'dist'}]
            for name in names:
                yield pathlib.Path(parent, name)


def c_files():
    return sorted(path for path in tree_files() if path.suffix in {'.c', '.h'})


def first_line(path):
    with path.open('rb') as file:
        return file.readline(200).decode(errors='replace')


def run(command, **options):
    return subprocess.run([str(part) for part in command], stdin=subprocess.DEVNULL,
                          stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True,
                          errors='replace', check=False, **options)


def chunks(items, count):
    return [chunk for chunk in (items[start::count] for start in range(count)) if chunk]


def check_layers():
    count, problems = layers.check(ROOT)
    return f'{count} files', problems


def check_format():
    files = c_files()
    with concurrent.futures.ThreadPoolExecutor(CORES) as pool:
        commands = [['clang-format-14', '--dry-run', '-Werror', '--ferror-limit=1', *chunk]
                    for chunk in chunks(files, CORES)]
        results = list(pool.map(run, commands))
    problems = [line for result in results for line in result.stdout.splitlines()
                if 'error:' in line]
    for result in results:
        if result.returncode != 0 and not problems:
            problems.append(result.stdout)
    return f'{len(files)} files', problems


class Tidy:
    """Runs clang-tidy where the file, what it includes of ours, or the settings have changed."""

    def __init__(self, is_deep):
        self.build = ROOT / 'build/lint'
        self.is_deep = is_deep
        self.settings = self.build / 'deep.clang-tidy' if is_deep else ROOT / '.clang-tidy'
        self.passed = self.build / 'passed'
        self.closures = {}

    def configure(self):
        """Brings compile_commands.json up to date; nothing is compiled."""
        environment = {**os.environ, 'CC': 'clang-14'}
        if (self.build / 'build.ninja').exists():
            command = ['ninja', '-C', self.build, 'build.ninja']
        else:
            command = ['meson', 'setup', self.build, '-Dtests=disabled']
        result = run(command, env=environment)
        self.passed.mkdir(parents=True, exist_ok=True)
        if self.is_deep:
            text = (ROOT / '.clang-tidy').read_text()
            self.settings.write_text(re.sub(r'max-nodes=\d+', f'max-nodes={NODES_MAX}', text))
        return result.stdout if result.returncode != 0 else None

    def closure(self, path):
        """The file and all of ours that it includes, at any remove."""
        seen, left = set(), [path]
        while left:
            file = left.pop()
            if file in seen or not file.is_file():
                continue
            seen.add(file)
            if file not in self.closures:
                names = re.findall(r'^\s*#\s*include\s*"([^"]+)"',
                                   file.read_text(errors='replace'), re.M)
                self.closures[file] = [ROOT / 'src' / name for name in names]
            left.extend(self.closures[file])
        return seen | {ROOT / 'src/base/banned.h'}

    def key(self, entry):
        digest = hashlib.sha256(entry['command'].encode())
        for file in [self.settings, *sorted(self.closure(ROOT / entry['path']))]:
            digest.update(b'\0' + str(file).encode() + b'\0' + file.read_bytes())
        return digest.hexdigest()

    def entries(self):
        """What is compiled of src/, the largest first so that no core is left with it at the end."""
        for entry in json.loads((self.build / 'compile_commands.json').read_text()):
            path = os.path.relpath(os.path.join(entry['directory'], entry['file']), ROOT)
            if path.startswith('src/'):
                yield {'path': path, 'command': entry['command']}

    def check_one(self, entry):
        mark = self.passed / self.key(entry)
        if mark.exists():
            mark.touch()
            return None
        result = run(['clang-tidy-14', '--quiet', '-p', self.build,
                      f'--config-file={self.settings}', entry['path']])
        if result.returncode == 0:
            mark.touch()
            return None
        lines = [line for line in result.stdout.splitlines()
                 if not re.match(r'\d+ warnings? (generated|treated)', line)]
        return re.sub(rf'({self.build}/)?(\.\./\.\./)|{ROOT}/', '', '\n'.join(lines))

    def forget_old(self):
        for mark in self.passed.iterdir():
            if time.time() - mark.stat().st_mtime > 30 * 24 * 3600:
                mark.unlink()


def check_tidy(is_deep=False):
    tidy = Tidy(is_deep)
    failure = tidy.configure()
    if failure:
        return 'no build to look at', [failure]
    entries = sorted(tidy.entries(), key=lambda entry: -os.path.getsize(entry['path']))
    with concurrent.futures.ThreadPoolExecutor(CORES) as pool:
        problems = [problem for problem in pool.map(tidy.check_one, entries) if problem]
    tidy.forget_old()
    return f'{len(entries)} files', problems


def check_shell():
    files = [path for path in tree_files()
             if path.suffix == '.sh' or re.match(r'#!\s*/bin/(ba)?sh\b', first_line(path))]
    result = run(['shellcheck', '-x', '-P', 'SCRIPTDIR', *files])
    return f'{len(files)} files', [result.stdout] if result.returncode != 0 else []


def long_functions(lines):
    """Where braces stand as .clang-format has them, one in the first column is a function's."""
    start = None
    for number, line in enumerate(lines, 1):
        if line.startswith('{'):
            start = number
        elif line.startswith('}') and start is not None:
            if number - start - 1 > FUNCTION_LINES_MAX:
                yield start, number - start - 1
            start = None


def check_files():
    problems = []
    count = 0
    for path in sorted(tree_files()):
        is_script = path.suffix in {'.py', '.sh'} or first_line(path).startswith('#!')
        if path.suffix not in {'.c', '.h', '.def', '.ts', '.tsx', '.mjs'} and not is_script:
            continue
        count += 1
        lines = path.read_text(errors='replace').splitlines()
        if not any('SPDX-License-Identifier: Apache-2.0' in line for line in lines[:2]):
            problems.append(f'{path}:1: no line with SPDX-License-Identifier: Apache-2.0')
        if len(lines) > FILE_LINES_MAX:
            problems.append(f'{path}: {len(lines)} lines; {FILE_LINES_MAX} are enough for a file')
        if path.suffix == '.c':
            for start, length in long_functions(lines):
                print(f'warning: {path}:{start}: a function of {length} lines')
    return f'{count} files', problems


CHECKS = {
    'layers': check_layers,
    'files': check_files,
    'shell': check_shell,
    'format': check_format,
    'tidy': check_tidy,
    'deep': lambda: check_tidy(is_deep=True),
}


def main(names):
    failed = 0
    names = names or [name for name in CHECKS if name != 'deep']
    for name in names:
        start = time.monotonic()
        what, problems = CHECKS[name]()
        for problem in problems:
            print(problem)
        failed += bool(problems)
        outcome = 'FAILED' if problems else 'ok'
        print(f'{outcome:6} {name} ({what}, {time.monotonic() - start:.1f} s)', flush=True)
    print(f'{len(names) - failed} passed, {failed} failed, 0 skipped')
    return 1 if failed else 0


sys.exit(main(sys.argv[1:]))
