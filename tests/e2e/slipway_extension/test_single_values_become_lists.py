# SPDX-License-Identifier: Apache-2.0

def test_conditions(extended):
    project = extended(
        """
        listeners:
          l:
            address: ":80"
            trusted: 10.0.0.0/8
            rules:
              - when: {host: a.example.com, path: /a, method: GET, source: 10.0.0.1, header: {X-A: "1"}, query: {q: [a, b]}}
                forward: api
        """
    )
    listener = project.config()["x-slipway"]["listeners"]["l"]
    assert listener["trusted"] == ["10.0.0.0/8"]
    assert listener["rules"][0]["when"] == {
        "host": ["a.example.com"],
        "path": ["/a"],
        "method": ["GET"],
        "header": {"X-A": ["1"]},
        "query": {"q": ["a", "b"]},
        "source": ["10.0.0.1"],
    }
