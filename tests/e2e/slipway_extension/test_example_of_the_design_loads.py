# SPDX-License-Identifier: Apache-2.0

EXAMPLE = """
    services:
      api:
        image: registry.example.com/api:1.4
        ports: [{target: 8000, published: "80", app_protocol: http}]
        deploy: {replicas: 3}

    x-slipway:
      listeners:
        web:
          address: ":443"
          protocol: https
          certificates: [{cert: cert.pem, key: key.pem}]
          trusted: [10.0.0.0/8]
          rules:
            - name: api
              when: {host: [api.example.com], path: ["/hello/*"], method: [GET]}
              forward: api
            - name: old
              when: {path: ["/old/*"]}
              redirect: {location: "https://#{host}/new", status: 301}
          default: {respond: {status: 404, body: "nothing here"}}
      target_groups:
        api:
          service: api
          port: 8000
          algorithm: least_outstanding
          health: {protocol: http, path: /healthz, interval: 5s, timeout: 2s, healthy: 2, unhealthy: 2, status: 200-299}
          slow_start: 30s
          drain: 30s
        legacy:
          targets: ["10.0.0.7:9001", {address: "unix:/run/x.sock", weight: 50}]
          health: {protocol: tcp}
    """


def test_it_is_typed(project):
    project.compose(EXAMPLE)
    extension = project.config()["x-slipway"]
    web = extension["listeners"]["web"]
    assert web["certificates"] == [{"cert": project.path("cert.pem"), "key": project.path("key.pem")}]
    assert web["trusted"] == ["10.0.0.0/8"]
    assert [rule["name"] for rule in web["rules"]] == ["api", "old"]
    assert web["rules"][0]["when"] == {
        "host": ["api.example.com"],
        "path": ["/hello/*"],
        "method": ["GET"],
    }
    assert web["rules"][1]["redirect"] == {"location": "https://#{host}/new", "status": 301}
    assert web["default"] == {"respond": {"status": 404, "body": "nothing here"}}
    assert extension["target_groups"]["api"]["health"]["status"] == "200-299"
    assert extension["target_groups"]["legacy"]["targets"] == [
        {"address": "10.0.0.7:9001"},
        {"address": "unix:/run/x.sock", "weight": 50},
    ]


def test_there_is_no_warning(project):
    project.compose(EXAMPLE)
    assert project.warnings() == []
