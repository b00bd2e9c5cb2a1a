# SPDX-License-Identifier: Apache-2.0

def test_chain_of_1000_services_from_its_end(project):
    services = "".join(f"  s{i}: {{extends: s{i - 1}}}\n" for i in range(1, 1000))
    project.compose(f"services:\n  s0: {{image: x, user: u}}\n{services}")
    assert project.service("s999")["user"] == "u"


def test_chain_of_1000_services_from_its_start(project):
    services = "".join(f"  s{i}: {{extends: s{i + 1}}}\n" for i in range(1000))
    project.compose(f"services:\n{services}  s1000: {{image: x, user: u}}\n")
    assert project.service("s0")["user"] == "u"


def test_chain_over_1000_files(project):
    for i in range(1000):
        project.write(f"f{i}.yaml", f"services: {{a: {{extends: {{file: f{i + 1}.yaml, service: a}}}}}}\n")
    project.write("f1000.yaml", "services: {a: {image: x}}\n")
    assert project.service("a", before=["-f", "f0.yaml"])["image"] == "x"


def test_includes_over_1000_files(project):
    for i in range(1000):
        project.write(f"f{i}.yaml", f"include: [f{i + 1}.yaml]\nservices: {{s{i}: {{image: x}}}}\n")
    project.write("f1000.yaml", "services: {last: {image: x}}\n")
    assert "include" in project.mistake(before=["-f", "f0.yaml"])["message"]
    assert len(project.config(before=["-f", "f960.yaml"])["services"]) == 41


def test_many_services_of_one_base(project):
    services = "".join(f"  s{i}: {{extends: base}}\n" for i in range(5000))
    project.compose(f"services:\n  base: {{image: x, environment: {{A: 1}}}}\n{services}")
    assert len(project.config()["services"]) == 5001
