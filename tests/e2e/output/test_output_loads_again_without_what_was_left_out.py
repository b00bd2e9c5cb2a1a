# SPDX-License-Identifier: Apache-2.0
"""What profiles or SERVICE arguments leave out leaves nothing behind that would not load."""

OPTIONAL = """
services:
  web:
    image: web
    depends_on: {debug: {condition: service_started, required: false}}
  debug: {image: debug, profiles: [debug]}
"""

FORWARDING = """
services:
  web: {image: web, expose: [80]}
  api: {image: api, expose: [80]}
x-slipway:
  listeners:
    http: {address: ":8080", default: {forward: api}}
"""


def test_optional_dependency_goes_with_its_profile(project):
    project.compose(OPTIONAL)
    first = project.run("config")
    assert first.status == 0
    assert "debug" not in first.output
    project.compose(first.output)
    assert project.run("config").output == first.output


def test_named_services_stand_alone(project):
    project.compose(FORWARDING)
    first = project.run("config", "web")
    assert first.status == 0
    project.compose(first.output)
    assert project.run("config").output == first.output


def test_rule_to_a_service_without_its_profile_is_refused(project):
    project.compose(FORWARDING.replace("api: {image", "api: {profiles: [p], image"))
    refused = project.run("config")
    assert refused.status == 1
    assert "profile that is not enabled" in refused.errors
    assert project.run("--profile", "p", "config").status == 0
