# SPDX-License-Identifier: Apache-2.0

EXTENSION = {"deep": [1, {"two": None}], "text": "yes"}


def count(value):
    if isinstance(value, dict):
        return (value.get("x-note") == EXTENSION) + sum(map(count, value.values()))
    return sum(map(count, value)) if isinstance(value, list) else 0


def test_x_keys_stay_at_every_level(project):
    x = "x-note: {deep: [1, {two: }], text: 'yes'}"
    project.compose(
        f"""
        {x}
        services:
          web:
            {x}
            image: x
            build: {{context: ., {x}}}
            healthcheck: {{disable: true, {x}}}
            logging: {{driver: none, {x}}}
            credential_spec: {{file: a, {x}}}
            deploy:
              {x}
              resources: {{{x}, limits: {{cpus: 1, {x}}}}}
              placement: {{{x}}}
              update_config: {{{x}}}
              restart_policy: {{{x}}}
            develop: {{{x}, watch: [{{action: rebuild, path: ., {x}}}]}}
            depends_on: {{db: {{condition: service_started, {x}}}}}
            ports: [{{target: 80, {x}}}]
            volumes: [{{type: bind, source: /a, target: /a, {x}, bind: {{{x}}}}}]
            networks: {{n: {{{x}}}}}
            configs: [{{source: c, {x}}}]
            secrets: [{{source: s, {x}}}]
            post_start: [{{command: [a], {x}}}]
          db: {{image: d}}
        networks: {{n: {{{x}, ipam: {{{x}, config: [{{subnet: 10.0.0.0/8, {x}}}]}}}}}}
        volumes: {{v: {{{x}}}}}
        configs: {{c: {{content: a, {x}}}}}
        secrets: {{s: {{environment: A, {x}}}}}
        models: {{m: {{model: a, {x}}}}}
        """
    )
    assert count(project.config()) == project.read("compose.yaml").count("x-note")
