# SPDX-License-Identifier: Apache-2.0

def test_images_are_listed_once(project):
    project.compose("services: {a: {image: nginx}, b: {image: alpine}, c: {image: nginx}}")
    assert project.passes("config", "--images").lines == ["alpine", "nginx"]


def test_built_image_has_the_name_that_it_will_get(project):
    project.compose("services: {web: {build: .}, api: {build: ., image: mine}}")
    assert project.passes("config", "--images").lines == ["mine", "shop-web"]


def test_json(project):
    project.compose("services: {a: {image: nginx}}")
    assert project.passes("--json", "config", "--images").json == ["nginx"]
