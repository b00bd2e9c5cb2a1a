# SPDX-License-Identifier: Apache-2.0

FILE = """
    x-last: 1
    secrets: {s: {file: a}}
    configs: {c: {content: a}}
    volumes: {v2: , v1: }
    networks: {n2: , n1: }
    models: {m: {model: a}}
    services:
      web: {volumes: ['v1:/v'], image: x, networks: [n2, n1], environment: {B: 1, A: 2}, labels: [z=1, a=2], command: [c]}
      api: {image: y}
    name: shop
    version: "3"
    """


def test_sections(project):
    project.compose(FILE)
    config = project.config()
    assert list(config) == [
        "name",
        "services",
        "networks",
        "volumes",
        "secrets",
        "configs",
        "models",
        "x-last",
    ]


def test_names_are_sorted(project):
    project.compose(FILE)
    config = project.config()
    assert list(config["services"]) == ["api", "web"]
    assert list(config["networks"]) == ["default", "n1", "n2"]
    assert list(config["volumes"]) == ["v1", "v2"]
    web = config["services"]["web"]
    assert list(web["environment"]) == ["A", "B"]
    assert list(web["labels"]) == ["a", "z"]
    assert list(web["networks"]) == ["n1", "n2"]


def test_keys_of_a_service_follow_one_order(project):
    project.compose(FILE)
    keys = list(project.passes("config").yaml["services"]["web"])
    assert keys == ["command", "environment", "image", "labels", "networks", "volumes"]


def test_order_of_lists_stays(project):
    project.compose("services: {web: {image: x, dns: [9.9.9.9, 1.1.1.1], command: [z, a]}}")
    assert project.service()["dns"] == ["9.9.9.9", "1.1.1.1"]
    assert project.service()["command"] == ["z", "a"]


def test_order_of_the_file_does_not_matter(project):
    project.compose("services: {b: {image: x, user: u, labels: {b: 1, a: 1}}, a: {image: y}}\nname: n\n")
    first = project.passes("config").output
    project.compose("name: n\nservices: {a: {image: y}, b: {labels: {a: 1, b: 1}, user: u, image: x}}\n")
    assert project.passes("config").output == first
