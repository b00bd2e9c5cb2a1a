# SPDX-License-Identifier: Apache-2.0

def test_same_driver_merges_options(merged):
    logging = merged(
        "logging: {driver: syslog, options: {a: 1, b: 1}}",
        "logging: {driver: syslog, options: {b: 2}}",
    )["logging"]
    assert logging == {"driver": "syslog", "options": {"a": "1", "b": "2"}}


def test_missing_driver_merges_options(merged):
    logging = merged("logging: {driver: syslog, options: {a: 1}}", "logging: {options: {b: 2}}")["logging"]
    assert logging == {"driver": "syslog", "options": {"a": "1", "b": "2"}}


def test_other_driver_drops_the_earlier_options(merged):
    logging = merged(
        "logging: {driver: syslog, options: {a: 1}}", "logging: {driver: local, options: {b: 2}}"
    )["logging"]
    assert logging == {"driver": "local", "options": {"b": "2"}}
