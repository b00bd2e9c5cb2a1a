# SPDX-License-Identifier: Apache-2.0

import json

import jsonschema
import pytest

from support.samples import SCHEMA


@pytest.fixture(scope="session")
def validator():
    if not SCHEMA.exists():
        pytest.skip("the published schema is not beside this repository")
    schema = json.loads(SCHEMA.read_text(encoding="utf-8"))
    return jsonschema.validators.validator_for(schema, jsonschema.Draft7Validator)(schema)


@pytest.mark.parametrize("form", ["json", "yaml"])
def test_no_error(loaded, validator, form):
    output = loaded.output(form)
    document = output.json if form == "json" else output.yaml
    errors = [f"{'.'.join(map(str, e.path))}: {e.message[:200]}" for e in validator.iter_errors(document)]
    assert errors == []
