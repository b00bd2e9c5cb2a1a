# SPDX-License-Identifier: Apache-2.0

def test_templates_stay_as_written(project):
    project.compose("services: {web: {image: 'x:${TAG:-1}', environment: {A: $B, C: $$D}}}")
    result = project.passes("config", "--no-interpolate", env={"TAG": "9"})
    web = result.yaml["services"]["web"]
    assert web["image"] == "x:${TAG:-1}"
    assert web["environment"] == {"A": "$B", "C": "$$D"}
    assert result.errors == ""


def test_templates_are_no_mistakes_where_numbers_belong(project):
    project.compose(
        """
        services:
          web:
            image: x
            ports: ['${PORT}:80']
            volumes: ['${DATA}:/data']
            deploy: {replicas: '${N}'}
            mem_limit: ${SIZE}
            read_only: ${FLAG}
        """
    )
    web = project.service("web", "--no-interpolate")
    assert web["deploy"]["replicas"] == "${N}"
    assert "${PORT}" in str(web["ports"]) and "${DATA}" in str(web["volumes"])


def test_required_variables_may_be_unset(project):
    project.compose("services: {web: {image: 'x:${TAG:?}'}}")
    project.refuses()
    assert project.service("web", "--no-interpolate")["image"] == "x:${TAG:?}"
