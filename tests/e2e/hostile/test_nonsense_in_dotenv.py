# SPDX-License-Identifier: Apache-2.0

def test_all_lines_are_reported(project):
    project.compose("services: {web: {image: x}}")
    lines = ["no sign", "=", "A B=1", "!=1", "'A'=1", "A=${", "A='open", "{", "a;b", "\u2603=1"]
    project.write(".env", "".join(f"{line}\nFINE{i}=1\n" for i, line in enumerate(lines)))
    reported = {mistake["line"] for mistake in project.mistakes()}
    # An empty name is what the reference implementation takes too.
    assert reported >= {1, 5, 7, 9, 11, 13, 15, 17, 19}


def test_very_many_of_them(project):
    project.compose("services: {web: {image: x}}")
    project.write(".env", "no sign here\n" * 200_000)
    errors = project.refuses()
    assert ".env:1:" in errors and len(errors) < 500_000


def test_binary_file(project):
    project.compose("services: {web: {image: x}}")
    project.write(".env", bytes(range(256)) * 4000)
    project.refuses()


def test_quote_that_never_ends(project):
    project.compose("services: {web: {image: x}}")
    project.write(".env", "A='\n" + "x\n" * 100_000)
    assert ".env:1:" in project.refuses()


def test_many_open_quotes(project):
    project.compose("services: {web: {image: x}}")
    project.write(".env", "A=\"\\\"\n" * 50_000)
    project.run("config")
