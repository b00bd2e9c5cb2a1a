# SPDX-License-Identifier: Apache-2.0

TOP = "models: {llm: {model: ai/smol, context_size: 1024, runtime_flags: [--x]}}\n"


def test_list_becomes_a_map(web):
    assert web("models: [llm]", TOP)["models"] == {"llm": {}}


def test_map_keeps_variables(web):
    models = web("models: {llm: {endpoint_var: URL, model_var: NAME}}", TOP)["models"]
    assert models == {"llm": {"endpoint_var": "URL", "model_var": "NAME"}}


def test_section_is_kept(project, web):
    web("models: [llm]", TOP)
    assert project.config()["models"]["llm"] == {
        "model": "ai/smol",
        "context_size": 1024,
        "runtime_flags": ["--x"],
    }
