# SPDX-License-Identifier: Apache-2.0
"""Accounts for every key of a project: where it stands in the canonical form."""

import os
import re
import shlex
from pathlib import Path

import yaml

from support.project import StrictLoader

# What becomes of keys that do not stand where they stood. Everything else has to be found in its
# place, or in the canonical form of its place.
TRANSFORMATIONS = {
    "version": "dropped",
    "include": "the files are read, their resources join",
    "services.*.extends": "the other service is merged below",
    "services.*.env_file": "the variables stand in environment",
    "services.*.label_file": "the labels stand in labels",
    "*.external.name": "moved to name",
}


class Reset:
    """The value of a key with !reset."""


class Override:
    """The value of a key with !override."""

    def __init__(self, value):
        self.value = value


class Loader(StrictLoader):
    """Keeps what the tags of Compose say; merges "<<"."""


def construct_plain(loader, node):
    if isinstance(node, yaml.MappingNode):
        return loader.construct_mapping(node, deep=True)
    if isinstance(node, yaml.SequenceNode):
        return loader.construct_sequence(node, deep=True)
    return loader.construct_object(yaml.ScalarNode("tag:yaml.org,2002:str", node.value))


Loader.add_implicit_resolver("tag:yaml.org,2002:merge", re.compile(r"^<<$"), ["<"])
Loader.add_constructor("!reset", lambda loader, node: Reset())
Loader.add_constructor("!override", lambda loader, node: Override(construct_plain(loader, node)))


def read(path):
    with open(path, encoding="utf-8") as file:
        return yaml.load(file, Loader=Loader) or {}


# Scalars


def seconds(text):
    units = {"ns": 1e-9, "us": 1e-6, "µs": 1e-6, "ms": 1e-3, "s": 1, "m": 60, "h": 3600, "d": 86400, "w": 604800}
    parts = re.findall(r"([0-9]+(?:\.[0-9]+)?)(ns|us|µs|ms|s|m|h|d|w)", text)
    if not parts or "".join(number + unit for number, unit in parts) != text:
        return None
    return round(sum(float(number) * units[unit] for number, unit in parts), 9)


def size_bytes(text):
    match = re.fullmatch(r"([0-9]+(?:\.[0-9]+)?) ?([kmgtp]?)(?:i?b)?", text, re.IGNORECASE)
    if not match:
        return None
    return int(float(match[1]) * 1024 ** " kmgtp".index(match[2].lower() or " "))


def number(text):
    try:
        return float(int(text, 0))
    except ValueError:
        pass
    try:
        return float(text)
    except ValueError:
        return None


def octal(text):
    try:
        return int(text.replace("0o", ""), 8)
    except ValueError:
        return None


def same_scalar(given, shown, directory):
    if given is None:
        return shown in (None, "") or shown == {} or isinstance(shown, (str, dict))
    if given == shown:
        return True
    if isinstance(given, (dict, list)) or isinstance(shown, (dict, list)) or shown is None:
        return False
    given = str(given).lower() if isinstance(given, bool) else str(given)
    shown = str(shown).lower() if isinstance(shown, bool) else str(shown)
    if given == shown or re.search(r"(?<!\$)(\$\$)*\$(?!\$)", given):
        return True  # a variable was put in; what it is is another test's matter
    home = os.path.join(os.path.dirname(directory), "home")  # as the tests set it
    absolute = os.path.normpath(os.path.join(directory, re.sub("^~", home, given)))
    if shown == absolute or shown == os.path.normpath(given):
        return True
    for reading in (number, seconds, size_bytes, octal):
        if reading(given) is not None and reading(given) == reading(shown):
            return True
    return octal(shown) is not None and number(given) == octal(shown)


# Short forms


def leaves(value):
    if isinstance(value, dict):
        return [leaf for inner in value.values() for leaf in leaves(inner)]
    return [value]


def expanded_ports(short):
    """The (published, target, protocol) that a short form stands for."""
    text, _, protocol = str(short).partition("/")
    *before, target = text.rsplit(":", 1)
    published = before[0].rsplit(":", 1)[-1] if before else ""

    def numbers(part):
        first, _, last = part.partition("-")
        return [str(port) for port in range(int(first), int(last or first) + 1)]

    targets = numbers(target)
    if not published:
        return [(None, port, protocol or "tcp") for port in targets]
    if len(targets) == 1 and "-" in published:
        return [(published, targets[0], protocol or "tcp")]
    return list(zip(numbers(published), targets, [protocol or "tcp"] * len(targets)))


def covers_port(short, ports):
    shown = {(port.get("published"), str(port["target"]), port["protocol"]) for port in ports}
    return all(port in shown for port in expanded_ports(short))


def covers_mount(short, mount, directory):
    parts = re.sub(r"\$\{[^}]*\}", "$X", short).split(":")
    if mount["target"] != os.path.normpath(parts[1] if len(parts) > 1 else parts[0]):
        return False
    options = parts[2].split(",") if len(parts) > 2 else []
    if len(parts) > 1 and not same_scalar(parts[0], mount.get("source"), directory):
        return False
    values = leaves(mount) + [key for inner in ("bind", "volume") for key in mount.get(inner, {})]
    return all(
        option == "rw" or (option == "ro" and mount.get("read_only")) or option in values
        for option in options
    )


def covers_text(short, shown, directory, path):
    """A short form and the map that it became."""
    if path.endswith(".build"):
        return same_scalar(short, shown.get("context"), directory)
    if path.endswith(".volumes[]"):
        return covers_mount(short, shown, directory)
    if path.endswith((".secrets[]", ".configs[]")):
        return shown.get("source") == short
    if path.endswith((".devices[]", ".targets[]")):
        return all(part in leaves(shown) for part in ([short] if "targets" in path else short.split(":")))
    return False


def covers_assignment(item, shown, directory):
    name, equals, value = str(item).partition("=")
    return name in shown and (not equals or same_scalar(value, shown[name], directory))


def covers_pairs(given, shown, path):
    """A map and the list of NAME=VALUE that it became."""
    for name, values in given.items():
        for value in values if isinstance(values, list) else [values]:
            if f"{name}={value}" not in shown and not (value is None and name in shown):
                return [f"{path}.{name}"]
    return []


# Trees


class Account:
    """Goes through what was written beside what is shown, and lists what is not found."""

    def __init__(self, directory, with_values=True, without=()):
        self.directory = str(directory)
        self.with_values = with_values
        self.without = without
        self.lost = []
        self.seen = 0

    def lose(self, path):
        self.lost.append(path)

    def check(self, given, shown, path):
        if isinstance(given, Override):
            given = given.value
        if isinstance(given, dict):
            self.check_map(given, shown, path)
        elif isinstance(given, list):
            self.check_list(given, shown, path)
        elif self.with_values and not self.covers_scalar(given, shown, path):
            self.lose(path)

    def covers_scalar(self, given, shown, path):
        if isinstance(given, str) and isinstance(shown, dict):
            return covers_text(given, shown, self.directory, path)
        if isinstance(shown, list):
            if given is None:
                return shown == []
            if path.endswith(".gpus"):
                return shown == [{"count": -1}]
            forms = [[str(given)], ["CMD-SHELL", str(given)]]
            return shown in forms or shown == shlex.split(str(given)) or "$" in str(given)
        return same_scalar(given, shown, self.directory)

    def check_map(self, given, shown, path):
        if isinstance(shown, list):
            self.seen += len(given)
            self.lost += covers_pairs(given, shown, path)
            return
        for key, value in given.items():
            here = f"{path}.{key}" if path else key
            self.seen += 1
            if isinstance(value, Reset) or here in self.without:
                continue
            if key == "external" and isinstance(value, dict):
                if shown.get("external") is not True or shown.get("name") != value.get("name"):
                    self.lose(here)
            elif not isinstance(shown, dict) or key not in shown:
                self.lose(here)
            else:
                self.check(value, shown[key], here)

    def check_list(self, given, shown, path):
        for item in given:
            if isinstance(item, Override):
                item = item.value
            here = f"{path}[]"
            self.seen += 1
            if not self.with_values:
                continue
            if not any(self.covers_item(item, other, here) for other in self.candidates(item, shown, path)):
                self.lose(f"{path}: {item!r}")

    def candidates(self, item, shown, path):
        """What an item may have become: one of a list, or all of it."""
        if isinstance(shown, dict) or (path.endswith(".ports") and not isinstance(item, dict)):
            return [shown]
        return shown if isinstance(shown, list) else []

    def covers_item(self, item, other, path):
        if path.endswith(".ports[]") and isinstance(other, list):
            return "$" in str(item) or covers_port(item, other)
        if isinstance(item, (dict, list)):
            inner = Account(self.directory)
            inner.check(item, other, path)
            return not inner.lost
        if isinstance(other, dict) and not re.search(r"(volumes|secrets|configs|devices|targets)\[\]$", path):
            return covers_assignment(item, other, self.directory)
        if path.endswith((".extra_hosts[]",)):
            return re.sub(r"[:=]", "=", str(item), count=1) == other
        return self.covers_scalar(item, other, path)


def tagged(value, path=""):
    """The paths below which a later file takes away or replaces what earlier ones said."""
    if isinstance(value, (Reset, Override)):
        yield path
    elif isinstance(value, dict):
        for key, inner in value.items():
            yield from tagged(inner, f"{path}.{key}" if path else key)


def names_in(path):
    for line in Path(path).read_text(encoding="utf-8").splitlines():
        name = line.split("=")[0].strip()
        if name and not name.startswith("#"):
            yield name


class Walk:
    """A whole project: its files, what they include and what their services extend."""

    def __init__(self, output):
        self.output = output
        self.lost = []
        self.seen = 0

    def add(self, account):
        self.lost += account.lost
        self.seen += account.seen

    def file(self, path, directory=None, with_values=True, without=()):
        document = read(path)
        directory = Path(directory or path.parent)
        for entry in document.pop("include", []):
            self.include(entry, directory)
        document.pop("version", None)
        for name, service in (document.get("services") or {}).items():
            self.service(name, service, path, directory)
        account = Account(directory, with_values, without)
        account.check(document, self.output, "")
        self.add(account)

    def include(self, entry, directory):
        if isinstance(entry, str):
            entry = {"path": entry}
        paths = entry["path"] if isinstance(entry["path"], list) else [entry["path"]]
        folder = directory / entry.get("project_directory", Path(paths[0]).parent)
        for number, path in enumerate(paths):
            self.file(directory / path, folder, with_values=number == len(paths) - 1)

    def service(self, name, service, path, directory):
        """Takes out of the service what is resolved away, once it is accounted for."""
        if not isinstance(service, dict):
            return
        shown = self.output.get("services", {}).get(name, {})
        self.files(name, service.pop("env_file", None), shown.get("environment", {}), directory)
        self.files(name, service.pop("label_file", None), shown.get("labels", {}), directory)
        extends = service.pop("extends", None)
        if extends is None:
            return
        base_path = directory / extends["file"] if "file" in dict_of(extends) else path
        base_name = dict_of(extends)["service"]
        base = read(base_path)["services"][base_name]
        self.service(name, base, base_path, base_path.parent)
        account = Account(base_path.parent, with_values=False, without=tuple(tagged(service)))
        account.check(base, shown, f"services.{name}")
        self.add(account)

    def files(self, name, files, shown, directory):
        for file in files if isinstance(files, list) else [files] if files else []:
            path = directory / (file["path"] if isinstance(file, dict) else file)
            if not path.exists():
                continue
            self.seen += 1
            self.lost += [f"{path.name}: {variable}" for variable in names_in(path) if variable not in shown]


def dict_of(extends):
    return extends if isinstance(extends, dict) else {"service": extends}


def unaccounted(files, output):
    """What stands in the files and not in the output, and how many keys were looked for."""
    walk = Walk(output)
    for number, path in enumerate(files):
        later = [read(other) for other in files[number + 1 :]]
        without = tuple(place for document in later for place in tagged(document))
        walk.file(path, with_values=not later, without=without)
    return walk.lost, walk.seen
