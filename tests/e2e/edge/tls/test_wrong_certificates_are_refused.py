# SPDX-License-Identifier: Apache-2.0

from pathlib import Path

import pytest

from support.certificates import make_certificate


@pytest.mark.parametrize("fault", ["missing", "garbage", "empty", "other key"])
def test_wrong_certificates_are_refused(edge, certificates, tmp_path, fault):
    files = make_certificate(tmp_path, "mine", "a.example.com")
    if fault == "missing":
        Path(files["cert"]).unlink()
    elif fault == "garbage":
        Path(files["cert"]).write_text("-----BEGIN CERTIFICATE-----\nhello\n-----END CERTIFICATE-----\n")
    elif fault == "empty":
        Path(files["key"]).write_text("")
    else:
        files["key"] = certificates["shop"]["key"]
    listener = {"protocol": "https", "certificates": [files], "default": {"respond": {"status": 200}}}
    result = edge.try_up({"web": listener})
    assert result.returncode == 1
    assert "mine" in result.stderr
    assert edge.daemon.api("GET", f"/v1/projects/{edge.name}")[0] == 404
