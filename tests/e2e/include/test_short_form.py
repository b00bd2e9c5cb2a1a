# SPDX-License-Identifier: Apache-2.0

def test_resources_of_the_file_join(project):
    project.compose("include: [db/compose.yaml]\nservices: {web: {image: w, depends_on: [db]}}\n")
    project.write(
        "db/compose.yaml",
        """
        services: {db: {image: d, networks: [n], volumes: ['v:/v'], secrets: [s], configs: [c]}}
        networks: {n: {}}
        volumes: {v: {}}
        secrets: {s: {file: ./s.txt}}
        configs: {c: {content: x}}
        models: {m: {model: ai}}
        x-db: kept
        """,
    )
    config = project.config()
    assert "include" not in config
    assert sorted(config["services"]) == ["db", "web"]
    assert config["networks"]["n"] == {"name": "shop_n"}
    assert config["volumes"]["v"] == {"name": "shop_v"}
    assert config["secrets"]["s"]["file"] == project.path("db/s.txt")
    assert config["configs"]["c"]["content"] == "x"
    assert config["models"]["m"] == {"model": "ai"}
    assert config["x-db"] == "kept"


def test_several_files(project):
    project.compose("include: [a.yaml, b.yaml]\nservices: {}\n")
    project.write("a.yaml", "services: {a: {image: a}}")
    project.write("b.yaml", "services: {b: {image: b}}")
    assert sorted(project.config()["services"]) == ["a", "b"]


def test_variables_in_the_path(project):
    project.compose("include: ['${WHAT}.yaml']\nservices: {}\n")
    project.write("a.yaml", "services: {a: {image: a}}")
    assert sorted(project.config(env={"WHAT": "a"})["services"]) == ["a"]


def test_missing_file_is_an_error_at_its_place(project):
    project.compose("services: {}\ninclude:\n  - gone.yaml\n")
    mistake = project.mistake()
    assert mistake["line"] == 3 and "gone.yaml" in mistake["message"]


def test_mistakes_in_the_file_are_reported_there(project):
    project.compose("include: [a.yaml]\nservices: {}\n")
    project.write("a.yaml", "services:\n  a: {imagee: a}\n")
    mistake = project.mistake()
    assert (mistake["file"], mistake["line"]) == (project.path("a.yaml"), 2)
