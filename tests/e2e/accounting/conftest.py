# SPDX-License-Identifier: Apache-2.0

import pytest

from support.project import Project
from support.samples import corpus_samples, own_samples

SAMPLES = own_samples() + corpus_samples()


class Loaded:
    """A sample in a folder of its own, and what slipway makes of it, asked once."""

    def __init__(self, slipway, sample, parent):
        sample.copy_to(parent / sample.name)
        self.project = Project(slipway, parent / sample.name)
        self.folder = self.project.folder
        self.outputs = {}

    def output(self, form):
        if form not in self.outputs:
            before = ["--profile", "*"]
            self.outputs[form] = self.project.passes(*before, "config", "--format", form)
        return self.outputs[form]


@pytest.fixture(scope="session")
def all_loaded(slipway, tmp_path_factory):
    parent = tmp_path_factory.mktemp("samples")
    return {sample.name: Loaded(slipway, sample, parent) for sample in SAMPLES}


@pytest.fixture(params=[sample.name for sample in SAMPLES])
def loaded(request, all_loaded):
    return all_loaded[request.param]


@pytest.fixture(scope="session")
def corpus():
    if not corpus_samples():
        pytest.skip("the corpus of public files is not beside this repository")
