# SPDX-License-Identifier: Apache-2.0
"""Whoever is told that a listener is gone finds nobody there, and may take its address."""

import socket

import pytest

TIMES = 20


@pytest.mark.parametrize("how", ["down", "up"])
def test_nobody_listens_any_more(edge, how):
    for _ in range(TIMES):
        edge.up({"web": {"default": {"respond": {"status": 200}}}})
        assert edge.get().status == 200
        if how == "down":
            status, text = edge.daemon.api("DELETE", f"/v1/projects/{edge.name}")
            assert status in (200, 204), text
        else:
            edge.up({"other": {"default": {"respond": {"status": 200}}}})
        with pytest.raises(ConnectionRefusedError):
            socket.create_connection(edge.address())
        # While another listens, this is refused.
        with socket.socket() as another:
            another.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            another.bind(edge.address())
            another.listen()
