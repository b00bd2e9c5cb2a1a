# SPDX-License-Identifier: Apache-2.0

FILE = """
    services:
      web: {image: w}
      debug: {image: d, profiles: [debug]}
      tools: {image: t, profiles: [tools, debug]}
      all: {image: a, profiles: []}
    """


def names(project, *before, **options):
    return sorted(project.config(before=before, **options)["services"])


def test_without_profiles_only_those_without_one(project):
    project.compose(FILE)
    assert names(project) == ["all", "web"]


def test_option_enables_a_profile(project):
    project.compose(FILE)
    assert names(project, "--profile", "tools") == ["all", "tools", "web"]
    assert names(project, "--profile", "debug") == ["all", "debug", "tools", "web"]


def test_option_is_repeatable(project):
    project.compose(FILE)
    names_of_both = names(project, "--profile", "tools", "--profile=debug")
    assert names_of_both == ["all", "debug", "tools", "web"]


def test_star_enables_all(project):
    project.compose(FILE)
    assert names(project, "--profile", "*") == ["all", "debug", "tools", "web"]


def test_variable_enables_profiles(project):
    project.compose(FILE)
    assert "tools" in names(project, env={"COMPOSE_PROFILES": "tools"})
    assert "debug" in names(project, env={"COMPOSE_PROFILES": "other,debug"})
    assert "debug" in names(project, env={"COMPOSE_PROFILES": "*"})


def test_dotenv_may_set_the_variable(project):
    project.compose(FILE)
    project.write(".env", "COMPOSE_PROFILES=tools\n")
    assert names(project) == ["all", "tools", "web"]


def test_unknown_profile_enables_nothing(project):
    project.compose(FILE)
    assert names(project, "--profile", "nope") == ["all", "web"]


def test_profiles_stay_in_the_output(project):
    project.compose(FILE)
    assert project.service("tools", before=["--profile", "tools"])["profiles"] == ["tools", "debug"]
