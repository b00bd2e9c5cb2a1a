# SPDX-License-Identifier: Apache-2.0


def project(edge, name, host, origin, **listener):
    rules = [{"name": name, "when": {"host": host}, "forward": "app"}]
    return edge.try_up({"web": {"rules": rules, **listener}}, {"app": {"targets": [origin]}}, name=edge.name + name)


def test_rules_are_merged_by_host(edge):
    one, two = edge.named_origins("one", "two")
    assert project(edge, "one", "one.example", one).returncode == 0
    assert edge.get(host="two.example").status == 404
    assert project(edge, "two", "two.example", two).returncode == 0
    with edge.connect() as client:
        assert client.get(host="one.example").body == b"one"
        assert client.get(host="two.example").body == b"two"
        assert client.get(host="three.example").status == 404


def test_groups_of_the_same_name_are_apart(edge):
    one, two = edge.named_origins("one", "two")
    project(edge, "one", "one.example", one)
    project(edge, "two", "two.example", two)
    status, answer = edge.daemon.api("GET", f"/v1/targets?group={edge.name}one%2Fapp")
    assert status == 200
    assert [target["address"] for target in answer["targets"]] == [one.address]


def test_overlap_is_refused_with_both_names(edge):
    one, two = edge.named_origins("one", "two")
    assert project(edge, "one", "same.example", one).returncode == 0
    result = project(edge, "two", "same.example", two)
    assert result.returncode == 1
    assert edge.name + "one" in result.stderr and edge.name + "two" in result.stderr
    assert edge.get(host="same.example").body == b"one"


def test_one_that_goes_leaves_the_other(edge):
    one, two = edge.named_origins("one", "two")
    project(edge, "one", "one.example", one)
    project(edge, "two", "two.example", two)
    client = edge.connect()
    assert client.get(host="two.example").body == b"two"
    assert edge.daemon.api("DELETE", f"/v1/projects/{edge.name}one")[0] == 200
    assert client.get(host="two.example").body == b"two"
    assert client.get(host="one.example").status == 404


def test_settings_must_agree(edge):
    one, two = edge.named_origins("one", "two")
    assert project(edge, "one", "one.example", one, timeouts={"idle": "20s"}).returncode == 0
    result = project(edge, "two", "two.example", two, timeouts={"idle": "30s"})
    assert result.returncode == 1 and edge.name + "one" in result.stderr, result.stderr
    assert edge.get(host="one.example").body == b"one"
    assert edge.get(host="two.example").status == 404
