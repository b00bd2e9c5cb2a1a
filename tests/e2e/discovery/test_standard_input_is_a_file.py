# SPDX-License-Identifier: Apache-2.0

FILE = "services: {web: {image: piped, build: ./app}}"


def test_dash_reads_standard_input(project):
    config = project.config(before=["-f", "-"], stdin=FILE)
    assert config["services"]["web"]["image"] == "piped"
    assert config["name"] == "shop"


def test_paths_are_relative_to_the_current_folder(project):
    config = project.config(before=["-f", "-"], stdin=FILE)
    assert config["services"]["web"]["build"]["context"] == project.path("app")


def test_standard_input_is_merged_like_a_file(project):
    project.compose("services: {web: {image: base, hostname: kept}}")
    web = project.service(before=["-f", "compose.yaml", "-f", "-"], stdin=FILE)
    assert (web["image"], web["hostname"]) == ("piped", "kept")


def test_errors_say_that_it_is_standard_input(project):
    errors = project.refuses(before=["-f", "-"], stdin="services: {web: {imagee: x}}\n")
    assert "standard input:1:" in errors


def test_empty_standard_input_is_an_error(project):
    assert "empty" in project.refuses(before=["-f", "-"], stdin="")
