# SPDX-License-Identifier: Apache-2.0

import pytest


def port(target, published=None, protocol="tcp", host_ip=None):
    form = {"mode": "ingress", "target": target, "protocol": protocol}
    if published is not None:
        form["published"] = published
    if host_ip is not None:
        form["host_ip"] = host_ip
    return form


@pytest.mark.parametrize(
    "short, ports",
    [
        ("80", [port(80)]),
        ("'80'", [port(80)]),
        ("'8080:80'", [port(80, "8080")]),
        ("8080:80", [port(80, "8080")]),
        ("22:22", [port(22, "22")]),
        ("'53:53/udp'", [port(53, "53", "udp")]),
        ("'9:9/sctp'", [port(9, "9", "sctp")]),
        ("'127.0.0.1:8080:80'", [port(80, "8080", host_ip="127.0.0.1")]),
        ("'127.0.0.1::80'", [port(80, host_ip="127.0.0.1")]),
        ("'[::1]:8080:80'", [port(80, "8080", host_ip="::1")]),
        ("'3000-3002'", [port(3000), port(3001), port(3002)]),
        ("'8000-8001:9000-9001'", [port(9000, "8000"), port(9001, "8001")]),
        ("'8000-8005:80'", [port(80, "8000-8005")]),
        (
            "'127.0.0.1:5000-5001:5000-5001/udp'",
            [
                port(5000, "5000", "udp", "127.0.0.1"),
                port(5001, "5001", "udp", "127.0.0.1"),
            ],
        ),
    ],
)
def test_short_form_is_written_out(web, short, ports):
    assert web(f"ports: [{short}]")["ports"] == ports


@pytest.mark.parametrize(
    "short",
    ["'x'", "'80:'", "'70000'", "'80:70000'", "'80/icmp'", "'1-3:1-2'", "'5-3'", "'999.0.0.1:1:1'", "''"],
)
def test_nonsense_is_refused(project, short):
    project.compose(f"services: {{web: {{image: x, ports: [{short}]}}}}")
    assert project.mistake()["path"].startswith("services.web.ports")


def test_whole_range_is_written_out(web):
    ports = web("ports: ['1000-1999:1000-1999']")["ports"]
    assert sorted(int(port["published"]) for port in ports) == list(range(1000, 2000))
