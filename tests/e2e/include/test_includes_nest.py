# SPDX-License-Identifier: Apache-2.0

def test_included_file_may_include(project):
    project.compose("include: [one/a.yaml]\nservices: {}\n")
    project.write("one/a.yaml", "include: [two/b.yaml]\nservices: {a: {image: a}}")
    project.write("one/two/b.yaml", "services: {b: {image: b, build: ./c}}")
    assert project.service("b")["build"]["context"] == project.path("one/two/c")


def test_service_may_extend_within_the_included_file(project):
    project.compose("include: [sub/a.yaml]\nservices: {}\n")
    project.write(
        "sub/a.yaml", "services: {base: {image: b, build: ./x}, a: {extends: base, user: u}}"
    )
    service = project.service("a")
    assert (service["image"], service["build"]["context"]) == ("b", project.path("sub/x"))


def test_profiles_of_included_services_count(project):
    project.compose("include: [a.yaml]\nservices: {}\n")
    project.write("a.yaml", "services: {a: {image: a, profiles: [p]}}")
    assert not project.config().get("services")
    assert sorted(project.config(before=["--profile", "p"])["services"]) == ["a"]


def test_remote_files_are_refused(project):
    project.compose("include: ['https://example.com/compose.yaml']\nservices: {}\n")
    project.mistake()
