# SPDX-License-Identifier: Apache-2.0

import shutil
from pathlib import Path

from support.certificates import certificate_name, make_certificate


def test_certificates_are_replaced_under_open_connections(edge, secure, tls, tmp_path):
    origin = edge.origin()
    first = make_certificate(tmp_path, "first", "default.example.com")
    second = make_certificate(tmp_path, "second", "default.example.com")
    files = {"cert": str(tmp_path / "now.pem"), "key": str(tmp_path / "now.key")}

    def use(certificate):
        shutil.copy(certificate["cert"], files["cert"])
        shutil.copy(certificate["key"], files["key"])
        secure(origin, names=(), certificates=[files])

    use(first)
    old = tls()
    assert certificate_name(old) == "first"
    assert old.get(host="default.example.com").status == 200
    use(second)
    assert certificate_name(tls()) == "second"
    assert old.get(host="default.example.com").status == 200
    # One that cannot be used is refused, and what was there serves on.
    Path(files["key"]).write_text(Path(first["key"]).read_text())
    result = edge.try_up(
        {"web": {"protocol": "https", "certificates": [files], "default": {"forward": "app"}}},
        {"app": {"targets": [origin]}},
    )
    assert result.returncode == 1
    assert "now" in result.stderr
    assert certificate_name(tls()) == "second"
    assert old.get(host="default.example.com").status == 200
