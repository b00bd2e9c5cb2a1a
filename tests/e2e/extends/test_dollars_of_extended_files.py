# SPDX-License-Identifier: Apache-2.0

def test_doubled_dollar_survives(project):
    project.compose("services: {web: {extends: {file: a.yaml, service: a}}}")
    project.write("a.yaml", "services: {a: {image: x, command: [$$A, '${X}']}}\n")
    assert project.service(env={"A": "no", "X": "$Y"})["command"] == ["$$A", "$$Y"]
