# SPDX-License-Identifier: Apache-2.0

import pytest


@pytest.mark.parametrize(
    "text", ["services: {web: {imagee: x}}", "services: [", "", "services: {web: {image: x, networks: [n]}}"]
)
def test_one(project, text):
    project.compose(text)
    project.refuses()


def test_without_a_project(project):
    project.refuses()
