# SPDX-License-Identifier: Apache-2.0

def test_all_profiles_are_listed_once(project):
    project.compose(
        "services: {a: {image: x, profiles: [two, one]}, b: {image: x, profiles: [one]}, c: {image: x}}"
    )
    assert project.passes("config", "--profiles").lines == ["one", "two"]
