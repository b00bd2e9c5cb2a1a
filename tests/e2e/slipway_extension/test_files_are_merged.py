# SPDX-License-Identifier: Apache-2.0

def test_rules_are_merged_by_name(project):
    project.compose(
        """
        services: {api: {image: a, expose: [80]}}
        x-slipway:
          listeners:
            l: {address: ":80", rules: [{name: one, forward: api}, {name: two, respond: {status: 200}}]}
        """
    )
    project.compose(
        """
        x-slipway:
          listeners:
            l: {address: ":81", rules: [{name: two, respond: {status: 201}}, {name: three, forward: api}]}
          target_groups: {g: {targets: ["h:1"]}}
        """,
        "compose.override.yaml",
    )
    extension = project.config()["x-slipway"]
    listener = extension["listeners"]["l"]
    assert listener["address"] == ":81"
    assert [rule["name"] for rule in listener["rules"]] == ["one", "two", "three"]
    assert listener["rules"][1]["respond"]["status"] == 201
    assert list(extension["target_groups"]) == ["g"]


def test_included_file_adds_its_listeners(project):
    project.compose("include: [a.yaml]\nx-slipway: {target_groups: {g: {targets: ['h:1']}}}\n")
    project.write("a.yaml", "x-slipway: {listeners: {l: {address: ':80', default: {forward: g}}}}\n")
    extension = project.config()["x-slipway"]
    assert sorted(extension) == ["listeners", "target_groups"]


def test_variables_are_filled_in(project):
    project.compose(
        "x-slipway: {listeners: {l: {address: ':${P}', default: {respond: {status: '${S}'}}}}}\n"
    )
    listener = project.config(env={"P": "80", "S": "204"})["x-slipway"]["listeners"]["l"]
    assert listener == {"address": ":80", "default": {"respond": {"status": 204}}}
