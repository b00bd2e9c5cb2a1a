# SPDX-License-Identifier: Apache-2.0

from support.accounting import Override, Reset, read
from support.samples import files_of

# What the canonical form adds to a service, by itself or for a key that it resolves.
ADDED = {
    "command": "null where it is not given",
    "entrypoint": "null where it is not given",
    "networks": "the default network",
    "depends_on": "what links, volumes_from and shared namespaces imply",
    "environment": "of env_file",
    "labels": "of label_file",
}


def test_services_have_the_keys_that_were_written(loaded):
    written = {}
    for path in [path for path in loaded.folder.rglob("*.y*ml")]:
        for service in (read(path).get("services") or {}).values():
            for key in service if isinstance(service, dict) else ():
                written[key] = True
    for name, service in loaded.output("json").json["services"].items():
        assert [key for key in service if key not in written and key not in ADDED] == [], name


def test_services_are_those_of_the_files(loaded):
    names = set()
    for path in files_of(loaded.folder):
        document = read(path)
        names |= {name for name, value in (document.get("services") or {}).items()}
        assert not isinstance(document, (Reset, Override))
    shown = set(loaded.output("json").json["services"])
    assert names <= shown
    assert shown - names == set() or "include" in read(files_of(loaded.folder)[0])
