# SPDX-License-Identifier: Apache-2.0
"""Includes are taken in before services extend one another."""


def test_service_of_an_include_is_a_base(project):
    project.compose(
        """
        include: [parts/base.yaml]
        services: {web: {extends: base, user: me}}
        """
    )
    project.write("parts/base.yaml", "services: {base: {image: x, volumes: ['./data:/data']}}")
    web = project.service()
    assert (web["image"], web["user"]) == ("x", "me")
    assert web["volumes"][0]["source"] == project.path("parts/data")


def test_base_is_what_both_files_make_of_it(project):
    project.compose(
        """
        include: [parts/base.yaml]
        services:
          base: {working_dir: /srv}
          web: {extends: base}
        """
    )
    project.write("parts/base.yaml", "services: {base: {image: x}}")
    web = project.service()
    assert (web["image"], web["working_dir"]) == ("x", "/srv")
