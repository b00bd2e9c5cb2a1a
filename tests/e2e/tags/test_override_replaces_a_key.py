# SPDX-License-Identifier: Apache-2.0

def test_list_is_replaced_instead_of_appended(merged):
    web = merged(
        "services: {web: {image: x, ports: ['80:80', '81:81']}}",
        "services: {web: {ports: !override ['90:90']}}",
    )
    assert [port["target"] for port in web["ports"]] == [90]


def test_map_is_replaced_instead_of_merged(merged):
    web = merged(
        "services: {web: {image: x, environment: {A: 1}, labels: [a=1]}}",
        "services: {web: {environment: !override {B: 2}, labels: !override [b=2]}}",
    )
    assert web["environment"] == {"B": "2"}
    assert web["labels"] == {"b": "2"}


def test_whole_service(merged):
    web = merged(
        "services: {web: {image: x, user: u}}",
        "services: {web: !override {image: y}}",
    )
    assert web["image"] == "y" and "user" not in web


def test_inner_map_of_deploy(merged):
    web = merged(
        "services: {web: {image: x, deploy: {replicas: 2, resources: {limits: {cpus: 1, pids: 5}}}}}",
        "services: {web: {deploy: {resources: {limits: !override {pids: 9}}}}}",
    )
    assert web["deploy"] == {"replicas": 2, "resources": {"limits": {"pids": 9}}}


def test_third_file_merges_into_what_replaced(project):
    project.compose("services: {web: {image: x, dns: [1.1.1.1]}}", "a.yaml")
    project.compose("services: {web: {dns: !override [2.2.2.2]}}", "b.yaml")
    project.compose("services: {web: {dns: [3.3.3.3]}}", "c.yaml")
    web = project.service(before=["-f", "a.yaml", "-f", "b.yaml", "-f", "c.yaml"])
    assert web["dns"] == ["2.2.2.2", "3.3.3.3"]


def test_unknown_keys_below_it_are_still_reported(project):
    project.compose("services: {web: {image: x}}")
    project.compose("services: {web: !override {imagee: y}}", "compose.override.yaml")
    assert any("imagee" in mistake["message"] for mistake in project.mistakes())
