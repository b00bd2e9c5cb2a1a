# SPDX-License-Identifier: Apache-2.0

def test_required_dependency_is_an_error(project):
    project.compose(
        """
        services:
          web: {image: w, depends_on: [db]}
          db: {image: d, profiles: [data]}
        """
    )
    assert "profile" in project.mistake()["message"]
    assert sorted(project.config(before=["--profile", "data"])["services"]) == ["db", "web"]


def test_optional_dependency_is_fine(project):
    project.compose(
        """
        services:
          web: {image: w, depends_on: {db: {condition: service_started, required: false}}}
          db: {image: d, profiles: [data]}
        """
    )
    assert sorted(project.config()["services"]) == ["web"]
