# SPDX-License-Identifier: Apache-2.0

import pytest

from support.terminal import run_on_terminal

ESCAPE = "\x1b["


def colours(project, env=None, arguments=(), on_terminal=True):
    project.compose("services: {web: {imagee: x}}")
    result = run_on_terminal(
        project, *arguments, "config", output=False, errors=on_terminal, env=env
    )
    assert result.status == 1 and "imagee" in result.errors
    return ESCAPE in result.errors


def test_errors_on_a_terminal_are_coloured(project):
    assert colours(project)


def test_errors_in_a_pipe_are_not(project):
    assert not colours(project, on_terminal=False)


@pytest.mark.parametrize("env", [{"NO_COLOR": "1"}, {"TERM": "dumb"}, {"SLIPWAY_COLOR": "never"}])
def test_environment_turns_them_off(project, env):
    assert not colours(project, env)


def test_empty_no_color_counts_as_unset(project):
    assert colours(project, {"NO_COLOR": ""})


@pytest.mark.parametrize("option", ["--color=never", "--ansi=never"])
def test_option_turns_them_off(project, option):
    assert not colours(project, arguments=[option])


@pytest.mark.parametrize("option", ["--color=always", "--ansi=always"])
def test_option_turns_them_on_in_a_pipe(project, option):
    assert colours(project, arguments=[option], on_terminal=False)


def test_option_wins_over_no_color(project):
    assert colours(project, {"NO_COLOR": "1"}, ["--color=always"], on_terminal=False)


def test_unknown_value_is_wrong_usage(project):
    assert project.run("--color=sometimes", "config").status == 2


def test_report_is_coloured_on_a_terminal(project):
    project.compose("services: {web: {image: x, privileged: true}}")
    assert ESCAPE in run_on_terminal(project, "config", "--report", "swarm").output
    assert ESCAPE not in project.passes("config", "--report", "swarm").output


def test_canonical_form_is_never_coloured(project):
    project.compose("services: {web: {image: x}}")
    assert ESCAPE not in run_on_terminal(project, "config").output


def test_json_errors_are_never_coloured(project):
    project.compose("services: {web: {imagee: x}}")
    result = run_on_terminal(project, "--json", "config", output=False, errors=True)
    assert ESCAPE not in result.errors
