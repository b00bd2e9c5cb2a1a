# SPDX-License-Identifier: Apache-2.0

import subprocess


def test_renegotiation_is_refused(edge, secure):
    origin = edge.origin()
    secure(origin)
    result = subprocess.run(
        ["openssl", "s_client", "-tls1_2", "-legacy_renegotiation", "-connect", f"127.0.0.1:{edge.port()}"],
        input=b"R\nGET / HTTP/1.1\n",
        capture_output=True,
        timeout=20,
    )
    assert b"RENEGOTIATING" in result.stdout + result.stderr
    assert b"no renegotiation" in result.stderr or result.returncode != 0, result.stderr
    assert origin.received == b""
