# SPDX-License-Identifier: Apache-2.0

def test_numbers_booleans_ports_and_sizes(project):
    project.compose(
        """
        services:
          web:
            image: x
            ports: ['${PORT}:80', {target: '${PORT}'}]
            read_only: ${FLAG}
            mem_limit: ${SIZE}
            stop_grace_period: ${TIME}
            deploy: {replicas: '${N}', resources: {limits: {cpus: '${CPUS}'}}}
            healthcheck: {test: [CMD, ok], retries: '${N}', disable: '${OFF}'}
            ulimits: {nofile: '${N}'}
            init: ${FLAG}
        """
    )
    env = dict(PORT="8080", FLAG="true", OFF="false", SIZE="1g", TIME="5s", N="3", CPUS="0.5")
    web = project.service(env=env)
    assert web["ports"][0]["published"] == "8080"
    assert web["ports"][1]["target"] == 8080
    assert (web["read_only"], web["init"]) == (True, True)
    assert web["mem_limit"] == "1073741824"
    assert web["stop_grace_period"] == "5s"
    assert web["deploy"] == {"replicas": 3, "resources": {"limits": {"cpus": 0.5}}}
    assert web["healthcheck"] == {"test": ["CMD", "ok"], "retries": 3, "disable": False}
    assert web["ulimits"] == {"nofile": 3}


def test_value_of_the_wrong_type_is_refused(project):
    project.compose("services: {web: {image: x, deploy: {replicas: '${N}'}}}")
    mistake = project.mistake(env={"N": "many"})
    assert mistake["path"] == "services.web.deploy.replicas"
    assert "many" in mistake["message"]
