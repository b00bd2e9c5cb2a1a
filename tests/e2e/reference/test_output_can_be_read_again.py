# SPDX-License-Identifier: Apache-2.0
"""The canonical form is a project of its own, with the same canonical form."""

from pathlib import Path

import pytest
import yaml

FIXTURES = sorted((Path(__file__).parent / "fixtures").glob("*.yaml"))


@pytest.fixture(params=FIXTURES, ids=lambda path: path.stem)
def written(request, project):
    """The files stand in a folder without any of the files that they name."""
    project.write("compose.yaml", request.param.read_text(encoding="utf-8"))
    return project


def printed(project, form, name):
    return project.passes(
        "-f", name, "--profile", "*", "config", "--format", form, "--no-env-resolution"
    ).output


@pytest.mark.parametrize("form", ["yaml", "json"])
def test_same_bytes(written, form):
    first = printed(written, form, "compose.yaml")
    written.write(f"again.{form}", first.encode())
    assert printed(written, form, f"again.{form}") == first


def test_both_forms_say_the_same(written):
    options = ("-f", "compose.yaml", "--profile", "*", "config", "--no-env-resolution")
    as_yaml = written.passes(*options).yaml
    as_json = written.passes(*options, "--format", "json").json
    for config in (as_yaml, as_json):
        for service in config["services"].values():
            for key in ("command", "entrypoint"):
                if service.get(key, 0) is None:
                    del service[key]
    assert as_yaml == as_json


def test_no_service_key_is_lost(written):
    read = yaml.safe_load(written.read("compose.yaml"))
    config = written.passes(
        "-f", "compose.yaml", "--profile", "*", "config", "--format", "json", "--no-env-resolution"
    ).json
    for name, service in read["services"].items():
        kept = config["services"][name]
        assert [key for key, value in service.items() if value and key not in kept] == []
