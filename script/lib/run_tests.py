# SPDX-License-Identifier: Apache-2.0
"""The steps of script/test, which explains them. Runs in the root of the tree."""

import argparse
import os
import pathlib
import re
import shutil
import signal
import subprocess
import sys
import time

import counting
from jobs import CORES, Counts, Step, run_all

PYTHON = '/usr/bin/python3'
RESULTS = pathlib.Path('build/test')
DOCKER_TESTS = ['tests/e2e/docker_runtime', 'tests/e2e/engine', 'tests/e2e/deploy/docker',
                'tests/e2e/demo/docker', 'tests/e2e/live/docker']
# A request that is refused is one thread's own affair.
THREAD_TESTS = ['tests/e2e/edge', '--ignore=tests/e2e/edge/bad_input', 'tests/e2e/process_tree',
                'tests/e2e/api', 'tests/e2e/live']
# Each under the sanitizer that finds most in it, and once more without by --long only: what reads
# files has unit tests, which do so at each run.
READING = ['accounting', 'discovery', 'env_file', 'environment', 'extends', 'forms', 'hostile',
           'include', 'interpolation', 'lists', 'masking', 'merge', 'output', 'profiles',
           'reference', 'report', 'scalars', 'slipway_extension', 'tags', 'validation', 'yaml']
MEMORY_ONLY = ['tests/e2e/access', 'tests/e2e/openapi', *(f'tests/e2e/{name}' for name in READING)]
THREAD_ONLY = ['tests/e2e/live']
FUZZ_TARGETS = sorted(path.parent.name for path in pathlib.Path('tests/fuzz').glob('*/corpus'))

SMOKE_SECONDS = 3
LONG_FUZZ_SECONDS = 3600

# An exit status of their own, as 1 is what the program itself gives for an error.
SANITIZERS = {
    'ASAN_OPTIONS': 'exitcode=99:detect_leaks=1:detect_stack_use_after_return=1',
    'UBSAN_OPTIONS': 'exitcode=99:halt_on_error=1:print_stacktrace=1',
    'ASAN_SYMBOLIZER_PATH': '/usr/lib/llvm-14/bin/llvm-symbolizer',
}

# Folder of the build, compiler, options; in the order in which they are wanted. The apps are a
# project of their own, in their own folder. What the sanitizers add is not worth optimizing: that
# takes longer than the tests gain. GNU's linker takes twice as long with them as LLVM's, and one of
# 300,000 relocations a quarter longer to start.
APPS_BUILDS = {
    'apps-gcc': ('gcc', []),
    'apps-sanitize': ('clang-14', ['-Db_sanitize=address,undefined', '-Db_lundef=false',
                                   '-Dc_args=-fno-sanitize-recover=all -fno-omit-frame-pointer']),
}
BUILDS = {
    'gcc': ('gcc', ['-Ddebug=false', '-Dc_args=-g1']),
    'sanitize': ('clang-14', ['-Dfuzzers=true', '-Db_sanitize=address,undefined',
                              '-Db_lundef=false', '-Doptimization=0', '-Ddebug=false',
                              '-Dc_args=-gline-tables-only -fno-sanitize-recover=all '
                              '-fno-omit-frame-pointer',
                              '-Dc_link_args=-fuse-ld=lld -no-pie']),
    'thread': ('clang-14', ['-Db_sanitize=thread', '-Db_lundef=false', '-Doptimization=0',
                            '-Ddebug=false', '-Dtests=disabled',
                            '-Dc_args=-gline-tables-only -fno-omit-frame-pointer']),
    'clang': ('clang-14', ['-Doptimization=0', '-Ddebug=false']),
}
# Unit tests as built by clang run with sanitizers, which these tests cannot.
TARGETS = {'clang': ['slipway', 'torture-tests']}

# A session of its own may have a share of its own, in which nice alone changes nothing.
IN_THE_BACKGROUND = ['sh', '-c', 'echo 19 2>/dev/null >/proc/self/autogroup; exec nice -n 19 "$@"',
                     'sh']

# The locale that a test wants which the machine need not have.
LOCALES = RESULTS.absolute() / 'locales'


def outcome(status):
    return Counts(passed=int(status == 0), failed=int(status != 0))


def build(name):
    compiler, options = {**BUILDS, **APPS_BUILDS}[name]
    folder = pathlib.Path('build') / name
    options = ['--werror', *options]
    source = ['apps'] if name in APPS_BUILDS else []

    def run(log):
        """Sets the build up anew when it is asked for in another way than the last time."""
        made_by = folder / 'made-by'
        wanted = ' '.join([compiler, *options])
        if not made_by.exists() or made_by.read_text() != wanted:
            shutil.rmtree(folder, ignore_errors=True)
            status = log.command(['meson', 'setup', folder, *source, *options], CC=compiler)
            if status != 0:
                return outcome(status)
            made_by.write_text(wanted)
        counts = outcome(log.command(
            ['ninja', '-C', folder, '-j', CORES, *TARGETS.get(name, [])], **SANITIZERS))
        if counts.failed:
            counts.output = re.sub(r'(?ms)^\[\d+/\d+\] .*?$\n|.*^\$ ninja', '', log.text())
        return counts

    return Step(f'build {name}', run)


def meson_suite(suite, build_name, name=None, options=(), timeout_seconds=900, **variables):
    name = name or f'{suite} {build_name}'
    folder = pathlib.Path('build') / build_name
    base = name.replace(' ', '-')

    def results():  # to the name of which meson adds that of a wrapper
        return list(folder.glob(f'meson-logs/{base}*.json'))

    def run(log):
        for result in results():
            result.unlink()
        status = log.command(
            ['meson', 'test', '-C', folder, '--no-rebuild', '--quiet',
             *(['--suite', suite] if suite else []), '--num-processes', CORES,
             '--timeout-multiplier', 4, '--logbase', base, *options], timeout_seconds,
            **({'LOCPATH': str(LOCALES)} if suite else {}), **variables)
        if not results():
            return outcome(status)
        counts = counting.count_meson(results()[0])
        if status != 0 and not counts.failed:
            counts.failed = 1
        return counts

    return Step(name, run, (f'build {build_name}',))


def pytest(name, folders, needs=(), cores=0.33, **variables):
    def run(log):
        result = log.path.with_suffix('.xml')
        result.unlink(missing_ok=True)
        status = log.command([PYTHON, '-m', 'pytest', '-q', '-p', 'no:cacheprovider',
                              f'--junitxml={result}', *folders],
                             PYTEST_DISABLE_PLUGIN_AUTOLOAD='1',
                             PYTHONPYCACHEPREFIX=str(RESULTS.absolute() / 'python'), **variables)
        if not result.exists():
            return outcome(status)
        counts = counting.count_junit(result)
        if status != 0 and not counts.failed:
            counts.failed = 1
        return counts

    return Step(name, run, needs, cores)


def script(name, command, needs=(), cores=1, timeout_seconds=900):
    """One test, unless the script's last line counts more. 77 says that it could not run, as does
    its last line why."""
    def run(log):
        status = log.command(command, timeout_seconds)
        lines = log.text().rstrip().splitlines()
        if status == 77:
            return Counts(skipped=1, notes=[f'skipped: {lines[-1]}'])
        if counting.LAST_LINE.match(lines[-1]):
            counts = counting.count_last_line(log.text())
            if status != 0 and not counts.failed:
                counts.failed = 1
            return counts
        return outcome(status)

    return Step(name, run, needs, cores)


def end_to_end(build_name, slipway, others=(), **variables):
    """All of tests/e2e but what has a step of its own, and others."""
    ignored = ['tests/e2e/edge', 'tests/e2e/demo', *DOCKER_TESTS, *others]
    return pytest(f'end-to-end {build_name}',
                  ['tests/e2e', *(f'--ignore={folder}' for folder in ignored)],
                  (f'build {build_name}',), SLIPWAY=slipway[build_name], **variables)


def apps_coverage():
    """All tests of the apps, as gcc builds them; what they reached is told."""
    def run(log):
        status = log.command(['apps/coverage', '--build', 'build/apps-coverage'])
        counts = outcome(status)
        counts.notes += re.findall(r'(?m)^\w+: [\d.]+ % of \d+ lines$', log.text())
        return counts

    return Step('apps coverage', run, cores=0.5)


def smoke(target):
    """A few seconds of fuzzing, the same ones each time as far as time allows."""
    def run(log):
        folder = RESULTS / f'smoke-{target}'
        shutil.rmtree(folder, ignore_errors=True)
        (folder / 'found').mkdir(parents=True)
        status = log.command(
            [f'build/sanitize/tests/fuzz/fuzz-{target}', '-seed=1', '-timeout=10',
             f'-max_total_time={SMOKE_SECONDS}', f'-artifact_prefix={folder}/',
             '-print_final_stats=1', folder / 'found', f'tests/fuzz/{target}/corpus'], **SANITIZERS)
        counts = outcome(status)
        executions = re.search(r'number_of_executed_units: (\d+)', log.text())
        if executions:
            counts.notes.append(f'{int(executions[1]):,} executions')
        return counts

    return Step(f'fuzz {target}', run, ('build sanitize',))


def make_locale(name):
    if not (LOCALES / name).exists():
        language, encoding = name.split('.')
        half = RESULTS.absolute() / 'locale'
        shutil.rmtree(half, ignore_errors=True)
        half.parent.mkdir(parents=True, exist_ok=True)
        subprocess.run(['localedef', '-i', language, '-f', encoding, half], check=True)
        LOCALES.mkdir(exist_ok=True)
        half.rename(LOCALES / name)


def steps(is_long):
    slipway = {name: os.path.abspath(f'build/{name}/slipway') for name in BUILDS}
    apps = {name: os.path.abspath(f'build/{name}') for name in APPS_BUILDS}
    # What takes long begins early. Tests from outside mostly wait for what they started, those of
    # the engine for it; the latter are not repeated with sanitizers, which would add the engine's
    # own time alone.
    for name in [*BUILDS, *APPS_BUILDS]:
        if name != 'clang':
            yield build(name)
    # It waits for nothing, and takes what the others leave.
    yield script('lint', [*IN_THE_BACKGROUND, 'script/lint'], cores=0, timeout_seconds=1800)
    yield pytest('end-to-end docker', DOCKER_TESTS, ('build gcc', 'build apps-gcc'), 0.25,
                 SLIPWAY=slipway['gcc'], APPS=apps['apps-gcc'])
    yield pytest('end-to-end thread', [*THREAD_TESTS, '--ignore=tests/e2e/live/docker'],
                 ('build thread',), SLIPWAY=slipway['thread'])
    yield end_to_end('sanitize', slipway, THREAD_ONLY, **SANITIZERS)
    yield pytest('package', ['tests/package'], cores=0.5)
    yield end_to_end('gcc', slipway, [*MEMORY_ONLY, *THREAD_ONLY])
    for build_name, variables in (('sanitize', SANITIZERS), ('gcc', {})):
        yield pytest(f'end-to-end edge {build_name}', ['tests/e2e/edge'], (f'build {build_name}',),
                     SLIPWAY=slipway[build_name], **variables)
    yield script('browser', ['tests/browser/run', slipway['gcc']], ('build gcc',), cores=0.5)
    yield pytest('demo', ['tests/e2e/demo', '--ignore=tests/e2e/demo/docker'],
                 ('build gcc', 'build apps-gcc'), 0.25, SLIPWAY=slipway['gcc'],
                 APPS=apps['apps-gcc'])
    yield apps_coverage()
    yield meson_suite(None, 'apps-sanitize', 'apps unit', **SANITIZERS)
    yield pytest('apps end-to-end', ['-c', 'apps/tests/e2e/pytest.ini', 'apps/tests/e2e'],
                 ('build apps-sanitize',), APPS_BUILD=apps['apps-sanitize'], **SANITIZERS)
    yield meson_suite('unit', 'gcc')
    yield meson_suite('torture', 'gcc')
    yield meson_suite('corpus', 'gcc')
    yield meson_suite('sim', 'gcc')
    yield script('sim catches', ['tests/sim/catch'], ('build gcc',))
    yield script('documentation', ['script/docs', '--check', slipway['gcc']], ('build gcc',))
    yield meson_suite('unit', 'sanitize', **SANITIZERS)
    yield meson_suite('corpus', 'sanitize', **SANITIZERS)
    yield script('web', ['web/test'])
    yield pytest('lint itself', ['tests/lint'])
    for target in FUZZ_TARGETS:
        yield smoke(target)
    if is_long:
        yield pytest('end-to-end gcc rest',
                     [*MEMORY_ONLY, *THREAD_ONLY, '--ignore=tests/e2e/live/docker'],
                     ('build gcc',), SLIPWAY=slipway['gcc'])
        yield build('clang')
        yield meson_suite('torture', 'clang')
        yield script('lint deep', ['script/lint', 'deep'], ('lint',), timeout_seconds=3600)
        yield script('sim long', ['tests/sim/run', '--long'], ('build gcc',), timeout_seconds=7200)
        yield meson_suite('unit', 'gcc', 'unit valgrind', [
            '--timeout-multiplier', 40,
            '--wrapper', 'valgrind -q --error-exitcode=99 --leak-check=full --trace-children=no'],
            timeout_seconds=3600)
        for name, command in (('test', 'script/test'), ('demo', 'tests/bare/demo')):
            yield script(f'bare Debian {name}', ['tests/bare/run', command], timeout_seconds=3600)
        seconds = LONG_FUZZ_SECONDS * max(2, CORES) // max(1, len(FUZZ_TARGETS))
        for target in FUZZ_TARGETS:
            yield script(f'fuzz long {target}', ['script/fuzz', target, seconds],
                         (f'fuzz {target}',), timeout_seconds=seconds + 900)


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument('--long', action='store_true')
    start = time.monotonic()
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    make_locale('de_DE.UTF-8')
    try:
        total = run_all(steps(parser.parse_args().long), RESULTS)
    except KeyboardInterrupt:
        return 130
    print(f'{time.monotonic() - start:.0f} seconds')
    print(total)
    return 1 if total.failed else 0


sys.exit(main())
