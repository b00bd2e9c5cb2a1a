# SPDX-License-Identifier: Apache-2.0


def test_dollar_in_a_key_is_no_variable(project):
    project.compose("services: {web: {image: x, labels: {'$X': a, '${X}': b}}}")
    assert project.service(env={"X": "v"})["labels"] == {"$X": "a", "${X}": "b"}


def test_names_in_list_items_are_filled_in(project):
    project.compose("services: {web: {image: x, labels: ['$X=a']}}")
    assert project.service(env={"X": "v"})["labels"] == {"v": "a"}
