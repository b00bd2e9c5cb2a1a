# SPDX-License-Identifier: Apache-2.0
"""script/lint refuses an #include that the table in script/layers does not allow."""

import pathlib
import shutil
import subprocess

import pytest

ROOT = pathlib.Path(__file__).parents[2]


@pytest.fixture
def tree(tmp_path):
    for folder in ('src', 'script'):
        shutil.copytree(ROOT / folder, tmp_path / folder)
    return tmp_path


def add(tree, path, *lines):
    file = tree / path
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text('/* SPDX-License-Identifier: Apache-2.0 */\n' + '\n'.join(lines) + '\n')


def lint(tree):
    result = subprocess.run([tree / 'script/lint', 'layers'], check=False, text=True,
                            stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                            stderr=subprocess.STDOUT)
    return result.returncode, result.stdout


def assert_refused(tree, message):
    status, output = lint(tree)
    assert status == 1
    assert message in output.splitlines()
    assert output.splitlines()[-1] == '0 passed, 1 failed, 0 skipped'


def assert_allowed(tree):
    status, output = lint(tree)
    assert (status, output.splitlines()[-1]) == (0, '1 passed, 0 failed, 0 skipped'), output


def test_the_tree_itself_keeps_to_the_table(tree):
    assert_allowed(tree)


def test_the_front_end_may_not_include_the_store(tree):
    add(tree, 'src/store/revision.h', '#pragma once')
    add(tree, 'src/spec/bad.c', '#include <string.h>', '', '#include "store/revision.h"')
    assert_refused(tree, 'src/spec/bad.c:4: spec may not include store ("store/revision.h"): '
                         'besides itself and base, it may include model os (script/layers)')


def test_the_edge_may_not_include_a_json_library(tree):
    add(tree, 'src/edge/bad.c', '#include <jansson.h>')
    assert_refused(tree, 'src/edge/bad.c:2: edge may not include <jansson.h>: '
                         'only spec, engine, deploy, pipeline, control, api, cli may (script/layers)')


def test_what_the_table_allows_passes(tree):
    add(tree, 'src/store/revision.h', '#pragma once')
    add(tree, 'src/deploy/good.c', '#include <unistd.h>', '#include "store/revision.h"',
        '#include "base/arena.h"', '#include "model/value.h"')
    add(tree, 'src/wire/jwt_key.c', '#include <openssl/evp.h>')
    add(tree, 'src/cmd/good.c', '#include "store/revision.h"')
    assert_allowed(tree)


@pytest.mark.parametrize('path, line, problem', [
    ('src/spec/scalar/bad.c', '#include "cli/cli.h"',
     'spec may not include cli ("cli/cli.h"): besides itself and base, it may include model os'),
    ('src/base/bad.c', '#include "os/os.h"',
     'base may not include os ("os/os.h"): besides itself and base, it may include nothing'),
    ('src/cli/bad.c', '#include "cmd/wiring.h"',
     'cli may not include cmd ("cmd/wiring.h"): besides itself and base, it may include '
     'archive http loop model os spec'),
    ('src/model/bad.c', '#include <sys/socket.h>',
     'model may not include <sys/socket.h>: '
     'only os, loop, net, http, archive, shim, ipc, store, engine, runtime, deploy, edge, '
     'pipeline, control, api, cli, cmd may'),
    ('src/wire/http1.c', '#include <openssl/evp.h>',
     'wire may not include <openssl/evp.h>: only wire/jwt, net may'),
    ('src/os/bad.c', '#include <unknown.h>',
     'os may not include <unknown.h>: it is in no row'),
    ('src/spec/bad.c', '#include "scalar/port.h"',
     '"scalar/port.h" is not in src/; headers of libraries go in <>'),
    ('src/spec/bad.c', '#include "jansson.h"',
     '"jansson.h" is not in src/; headers of libraries go in <>'),
    ('src/cli/bad.c', '#include "model/value_priv.h"',
     '"model/value_priv.h" is private to model'),
    ('src/spec/bad.c', '#include "spec/../store/revision.h"',
     '"spec/../store/revision.h" must be named from src/, without dots'),
    ('src/spec/bad.c', '  #  include "model/value.c"',
     '"model/value.c" is no header'),
    ('src/spec/bad.c', '#include STORE_HEADER',
     'only #include "..." and #include <...>'),
    ('src/spec/bad.def', '#include <sqlite3.h>',
     'spec may not include <sqlite3.h>: only store may'),
    ('src/novelty/new.c', '#include <stddef.h>',
     'there is no row for the folder novelty'),
])
def test_every_rule_names_file_and_line(tree, path, line, problem):
    add(tree, 'src/cmd/wiring.h', '#pragma once')
    add(tree, path, line)
    number = 1 if 'no row for the folder' in problem else 2
    assert_refused(tree, f'{path}:{number}: {problem} (script/layers)')
