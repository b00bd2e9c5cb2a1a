# SPDX-License-Identifier: Apache-2.0

from support.access_log import AccessLog


def test_whole_lines_of_both(edge):
    log = AccessLog(edge)
    respond = {"default": {"respond": {"status": 200}}, "access_log": log.settings}
    edge.up({"web": respond, "other": respond})
    for _ in range(10):
        edge.get()
        edge.get(listener="other")
    names = [record["listener"] for record in log.records(20)]
    assert sorted(names) == ["other"] * 10 + ["web"] * 10
