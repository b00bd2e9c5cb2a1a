# SPDX-License-Identifier: Apache-2.0

def test_inner_keys_of_a_refused_key_are_not_listed(project):
    project.compose("services: {db: {provider: {type: cloud, options: {a: 1}}}}")
    report = project.passes("--json", "config", "--report", "docker").json
    paths = [line["path"] for line in report["keys"]]
    assert "services.db.provider" in paths
    assert not any(path.startswith("services.db.provider.") for path in paths)
