# SPDX-License-Identifier: Apache-2.0

def test_doubled_dollar_survives_every_level(project):
    project.compose("include: [a.yaml]\nservices: {}\n")
    project.write("a.yaml", "include: [b.yaml]\nservices: {a: {image: x, command: [$$A]}}\n")
    project.write("b.yaml", "services: {b: {image: x, command: [$$B, '${X:-}']}}\n")
    services = project.config(env={"B": "no", "X": "$Y"})["services"]
    assert services["a"]["command"] == ["$$A"]
    assert services["b"]["command"] == ["$$B", "$$Y"]
