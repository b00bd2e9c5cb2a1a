# SPDX-License-Identifier: Apache-2.0
"""Reads the text format of Prometheus, strictly."""

import re

SAMPLE = re.compile(r'([a-zA-Z_:][a-zA-Z0-9_:]*)(?:\{(.*)\})? ([0-9.eE+-]+|\+Inf|NaN)')
LABEL = re.compile(r'([a-zA-Z_][a-zA-Z0-9_]*)="((?:[^"\\\n]|\\["\\n])*)"(?:,|$)')


def read(text):
    """The samples by name: lists of (labels, value). Whatever is not right fails."""
    assert text.endswith("\n")
    samples, types, helped = {}, {}, set()
    last = None
    for line in text.splitlines():
        if line.startswith("# HELP "):
            name = line.split(" ")[2]
            assert name not in helped, f"{name} is explained twice"
            helped.add(name)
        elif line.startswith("# TYPE "):
            _, _, name, kind = line.split(" ")
            assert name not in types and kind in ("counter", "gauge", "histogram"), line
            assert name in helped, line
            types[name] = kind
        else:
            match = SAMPLE.fullmatch(line)
            assert match, line
            name, labels, value = match[1], match[2] or "", float(match[3])
            pairs, end = {}, 0
            for label in LABEL.finditer(labels):
                assert label.start() == end and label[1] not in pairs, line
                pairs[label[1]], end = label[2], label.end()
            assert end == len(labels), line
            family = name if name in types else re.sub("_(bucket|sum|count)$", "", name)
            assert family in types, f"{name} has no type"
            assert last == family or family not in samples, f"{family} is not in one place"
            last = family
            samples.setdefault(family, [])
            key = (name, tuple(sorted(pairs.items())))
            entries = samples.setdefault(name, [])
            assert all(key != (name, tuple(sorted(other.items()))) for other, _ in entries), f"twice: {line}"
            entries.append((pairs, value))
    for name, kind in types.items():
        if kind == "histogram":
            check_histogram(samples, name)
    return samples


def check_histogram(samples, name):
    series = {}
    for labels, value in samples.get(f"{name}_bucket", ()):
        rest = tuple(sorted((key, text) for key, text in labels.items() if key != "le"))
        series.setdefault(rest, []).append((float(labels["le"]), value))
    counts = {tuple(sorted(labels.items())): value for labels, value in samples.get(f"{name}_count", ())}
    assert set(series) == set(counts)
    for rest, buckets in series.items():
        assert buckets == sorted(buckets) and [v for _, v in buckets] == sorted(v for _, v in buckets)
        assert buckets[-1] == (float("inf"), counts[rest])
