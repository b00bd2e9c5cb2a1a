# SPDX-License-Identifier: Apache-2.0

def test_keys_beside_it_win(project):
    project.compose(
        """
        x-base: &base {image: base, hostname: base}
        services: {web: {<<: *base, image: own}}
        """
    )
    assert project.service()["image"] == "own"
    assert project.service()["hostname"] == "base"


def test_first_map_of_a_list_wins(project):
    project.compose(
        """
        x-1: &one {image: one}
        x-2: &two {image: two, hostname: two}
        services: {web: {<<: [*one, *two]}}
        """
    )
    assert (project.service()["image"], project.service()["hostname"]) == ("one", "two")


def test_merge_is_shallow(project):
    project.compose(
        """
        x-base: &base {image: b, environment: {A: 1, B: 2}}
        services: {web: {<<: *base, environment: {C: 3}}}
        """
    )
    assert project.service()["environment"] == {"C": "3"}


def test_merged_maps_may_merge_themselves(project):
    project.compose(
        """
        x-1: &one {image: one, user: u}
        x-2: &two {<<: *one, hostname: h}
        services: {web: {<<: *two}}
        """
    )
    web = project.service()
    assert (web["image"], web["user"], web["hostname"]) == ("one", "u", "h")


def test_inline_map(project):
    project.compose("services: {web: {<<: {image: in, user: u}, user: own}}")
    assert (project.service()["image"], project.service()["user"]) == ("in", "own")


def test_quoted_key_is_no_merge(project):
    project.compose("services: {web: {image: x, labels: {'<<': text}}}")
    assert project.service()["labels"] == {"<<": "text"}


def test_merging_text_is_refused(project):
    project.compose("services: {web: {image: x, <<: text}}")
    assert '"<<"' in project.mistake()["message"]
