# SPDX-License-Identifier: Apache-2.0

def test_options_become_text(web):
    logging = web("logging: {driver: json-file, options: {max-size: 10m, max-file: 3}}")["logging"]
    assert logging == {"driver": "json-file", "options": {"max-file": "3", "max-size": "10m"}}
