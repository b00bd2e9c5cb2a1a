# SPDX-License-Identifier: Apache-2.0
from support.machine import Load, wait_until


def test_instances_go_on_and_are_found_again(installed, package):
    processes = installed.processes()
    ids = sorted(item["id"] for item in installed.ps())
    said = installed.remove("--remove")
    assert "shop-web-1" in said
    assert installed.processes() == processes
    assert installed.run("test", "-e", "/usr/bin/slipway", check=False).returncode == 1
    assert not installed.get()
    installed.install(package.file)
    wait_until(installed.get, "the project", installed.log)
    assert sorted(item["id"] for item in installed.ps()) == ids
    with Load(installed) as load:
        load.goes_on()
    assert load.failures == []
    assert installed.processes() == processes


def test_a_purge_keeps_what_is_known_of_those_that_run(installed, package):
    processes = installed.processes()
    said = installed.remove("--purge")
    assert "these still run" in said and "process shop/" in said
    assert installed.processes() == processes
    installed.install(package.file)
    wait_until(installed.get, "the project", installed.log)
    installed.run("slipway", "-p", "shop", "down")
    assert installed.processes() == []
    assert "these still run" not in installed.remove("--purge")
    for path in ("/var/lib/slipway", "/etc/slipway", "/run/slipway",
                 "/etc/systemd/system/multi-user.target.wants/slipway.service"):
        assert installed.run("test", "-e", path, check=False).returncode == 1, path


def test_own_settings_stay_over_a_removal(installed, package):
    installed.write("/etc/slipway/slipway.env", "SLIPWAY_EDGE_THREADS=1\n")
    installed.remove("--remove")
    installed.install(package.file)
    assert installed.run("cat", "/etc/slipway/slipway.env").stdout == "SLIPWAY_EDGE_THREADS=1\n"
    assert b"SLIPWAY_EDGE_THREADS=1" in installed.run(
        "cat", f"/proc/{installed.main}/environ").stdout.encode()
