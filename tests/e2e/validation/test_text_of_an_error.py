# SPDX-License-Identifier: Apache-2.0

def test_place_line_caret_and_hint(project):
    project.compose("services:\n  web:\n    imagee: nginx\n")
    assert project.refuses() == (
        'compose.yaml:3:5: error: services.web: unknown key "imagee"\n'
        "    3 |     imagee: nginx\n"
        "      |     ^~~~~~\n"
        '      = help: did you mean "image"?\n'
    )


def test_caret_stands_below_the_value(project):
    project.compose("services: {web: {image: x, networks: [gone]}}\n")
    lines = project.refuses().splitlines()
    assert lines[1].index("gone") == lines[2].index("^")


def test_caret_counts_characters_not_bytes(project):
    project.compose('services: {web: {image: x, labels: {ü: "☃☃☃"}, bad: 1}}\n')
    lines = project.refuses().splitlines()
    assert lines[1].index("bad") == lines[2].index("^")
    assert project.mistake()["column"] == project.read("compose.yaml").index("bad") + 1


def test_long_line_is_shown_around_the_caret(project):
    project.compose("services: {web: {image: x, labels: {a: '" + "y" * 5000 + "'}, bad: 1}}\n")
    lines = project.refuses().splitlines()
    assert len(lines[1]) < 300
    assert lines[1].index("bad") == lines[2].index("^")


def test_file_of_another_folder_is_named_in_full(project):
    project.write("sub/compose.yaml", "services: {web: {imagee: x}}\n")
    inner = project.folder / "elsewhere"
    inner.mkdir()
    errors = project.refuses(before=["-f", "../sub/compose.yaml"], cwd=inner)
    assert errors.startswith(project.path("sub/compose.yaml") + ":1:18: error:")
