# SPDX-License-Identifier: Apache-2.0

def test_unknown_key_of_a_disabled_service_is_reported(project):
    project.compose("services: {web: {image: w}, debug: {imagee: d, profiles: [debug]}}")
    assert "imagee" in project.mistake()["message"]


def test_disabled_service_may_be_extended(project):
    project.compose(
        "services: {base: {image: b, profiles: [never]}, web: {extends: base, profiles: !reset []}}"
    )
    assert project.service()["image"] == "b"
