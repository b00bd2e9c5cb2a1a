# SPDX-License-Identifier: Apache-2.0

def test_second_file_in_another_folder_shares_the_folder_of_the_first(project):
    project.compose("services: {web: {image: x, build: ./app}}", "one/base.yaml")
    project.compose("services: {web: {volumes: ['./data:/data']}}", "two/over.yaml")
    config = project.config(before=["-f", "one/base.yaml", "-f", "two/over.yaml"])
    web = config["services"]["web"]
    assert config["name"] == "one"
    assert web["build"]["context"] == project.path("one/app")
    assert web["volumes"][0]["source"] == project.path("one/data")
