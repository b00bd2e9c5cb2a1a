# SPDX-License-Identifier: Apache-2.0

def test_dollar_in_a_value_stays(project):
    project.compose({"services": {"web": {"image": "x", "environment": {"V": "${X}"}}}})
    assert project.service(env={"X": "${Y} $Z"})["environment"]["V"] == "$${Y} $$Z"


def test_value_is_no_yaml(project):
    project.compose({"services": {"web": {"image": "x", "environment": {"V": "${X}"}}}})
    value = "a: {b: [c]}\n# d"
    assert project.service(env={"X": value})["environment"]["V"] == value


def test_unquoted_variable_is_text_where_text_belongs(project):
    project.compose("services: {web: {image: x, hostname: '${H}', environment: {V: '${N}'}}}")
    web = project.service(env={"H": "5", "N": "0x1F"})
    assert (web["hostname"], web["environment"]["V"]) == ("5", "0x1F")
