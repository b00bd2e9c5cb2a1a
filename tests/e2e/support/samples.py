# SPDX-License-Identifier: Apache-2.0
"""Whole projects to try: our own, and public files where they lie beside the repository."""

import shutil
from dataclasses import dataclass
from pathlib import Path

from support.binary import REPOSITORY

PROJECTS = REPOSITORY / "tests" / "e2e" / "fixtures" / "projects"
CORPUS = REPOSITORY.parent / "shared" / "corpus" / "compose"
SCHEMA = REPOSITORY.parent / "shared" / "reference" / "compose-spec.schema.json"

NAMES = ["compose.yaml", "compose.yml", "docker-compose.yml", "docker-compose.yaml"]


@dataclass
class Sample:
    """One project to copy: a folder of ours, or a file of the corpus with its .env."""

    name: str
    source: Path

    def copy_to(self, folder):
        if self.source.is_dir():
            shutil.copytree(self.source, folder)
            return
        folder.mkdir()
        shutil.copy(self.source, folder / "compose.yaml")
        variables = self.source.with_suffix(".env")
        if variables.exists():
            shutil.copy(variables, folder / ".env")


def own_samples():
    return [Sample(path.name, path) for path in sorted(PROJECTS.iterdir())]


def corpus_samples():
    if not CORPUS.is_dir():
        return []
    return [Sample(f"corpus-{path.stem}", path) for path in sorted(CORPUS.glob("*.yaml"))]


def files_of(folder):
    """The files that make the project up, earlier ones first."""
    main = next(folder / name for name in NAMES if (folder / name).exists())
    override = main.with_name(f"{main.stem}.override{main.suffix}")
    return [main] + ([override] if override.exists() else [])
